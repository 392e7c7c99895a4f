import { expect, test } from 'vitest';
import { factorInWords, fittedFactor } from '../src/inspection/gradient-profile';
import { correlation, orderUnits } from '../src/inspection/unit-order';

test('a fitted factor is that of a geometric series, whatever underflowed', () => {
  expect(fittedFactor([8, 4, 2, 1])).toBeCloseTo(0.5, 12);
  expect(fittedFactor([1, 3, 9, 0, 0, Number.POSITIVE_INFINITY])).toBeCloseTo(3, 12);
  expect(factorInWords(0.5)).toBe('× 0.500 per step: vanishing, halved after 1.0 steps');
  expect(factorInWords(2)).toBe('× 2.000 per step: exploding, doubled after 1.0 steps');
  expect(factorInWords(1.001)).toBe('× 1.001 per step: preserved');
  expect(factorInWords(fittedFactor([0, 0]))).toMatch('the gradient is 0 everywhere');
});

test('units go with the place in the line, or with quotation marks', () => {
  const symbols = Array.from('ab "c" d\nab "cd"');
  const place = [1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7];
  const quoted = [0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0];
  const noise = symbols.map((_, n) => ((n * 7) % 5) / 10);
  const values = Float32Array.from(symbols.flatMap((_, n) => [noise[n]!, -place[n]!, quoted[n]!]));
  const first = (order: 'line-position' | 'quotes' | 'variance') =>
    orderUnits({ layer: 1, units: 3, values }, symbols, order)[0]!;
  expect(first('line-position').unit).toBe(1);
  expect(first('line-position').measure).toBeCloseTo(-1, 6);
  expect(first('quotes').unit).toBe(2);
  expect(first('quotes').measure).toBeCloseTo(1, 6);
  expect(first('variance').unit).toBe(1);
  expect(correlation([1, 1], [1, 2])).toBe(0);
});
