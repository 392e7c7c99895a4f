import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromDifferences, fromLogReturns, toDifferences, toLogReturns } from '../src/index';
import { messageOf, number } from './support';

const price = fc.double({ min: 1e-3, max: 1e6, noNaN: true });

test('differences and log returns give the prices back from the first one', () => {
  fc.assert(
    fc.property(fc.array(price, { minLength: 2, maxLength: 50 }), (prices) => {
      const largest = Math.max(...prices);
      const [first, ...rest] = prices;
      for (const [index, value] of fromDifferences(toDifferences(prices), first!).entries()) {
        expect(Math.abs(value - rest[index]!)).toBeLessThanOrEqual(1e-13 * largest * prices.length);
      }
      for (const [index, value] of fromLogReturns(toLogReturns(prices), first!).entries()) {
        expect(Math.abs(value / rest[index]! - 1)).toBeLessThanOrEqual(1e-13 * prices.length);
      }
    }),
  );
});

test('a forecast of no change is the last price', () => {
  fc.assert(
    fc.property(price, fc.integer({ min: 1, max: 9 }), (last, horizon) => {
      expect(fromDifferences(new Float64Array(horizon), last)).toEqual(new Float64Array(horizon).fill(last));
      expect(fromLogReturns(new Float64Array(horizon), last)).toEqual(new Float64Array(horizon).fill(last));
    }),
  );
});

test('their numbers', () => {
  expect([...toDifferences([1, 4, 2])]).toEqual([3, -2]);
  expect([...fromDifferences([3, -2], 1)]).toEqual([4, 2]);
  expect([...toLogReturns([1, Math.E])]).toEqual([1]);
  expect([...fromLogReturns([1, -1], 2)]).toEqual([2 * Math.E, 2]);
});

test('prices without a logarithm are refused', () => {
  expect(messageOf(() => toLogReturns([1, 0, 2]))).toBe(
    'toLogReturns: expected prices above 0, got 0 at index 1: use differences, which need no ratio (toDifferences)',
  );
  expect(messageOf(() => toLogReturns([-1, 2]))).toContain('got -1 at index 0');
  expect(messageOf(() => fromLogReturns([0.1], 0))).toContain('prices above 0, got 0');
  expect(messageOf(() => toDifferences([1]))).toBe(
    'toDifferences: expected values of at least 2, got 1: pass a longer series',
  );
  expect(messageOf(() => fromDifferences([1], Number.NaN))).toContain('last of finite numbers');
  fc.assert(fc.property(number, (value) => void fromDifferences([value], 0)));
});
