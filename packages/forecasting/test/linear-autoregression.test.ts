import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitLinearAutoregression } from '../src/index';
import { expectClose, fixture, messageOf, type Numbers, normals } from './support';

const golden = fixture<{
  series: Record<string, Numbers>;
  fits: {
    series: string;
    lags: number;
    intercept: boolean;
    expected: { intercept: Numbers; coefficients: Numbers; forecast: Numbers };
  }[];
  orders: {
    series: string;
    maximum: number;
    criterion: 'aic' | 'bic';
    intercept: boolean;
    expected: number;
  }[];
}>('autoregression');

describe("statsmodels' AutoReg", () => {
  test.each(golden.fits)(
    '$series, $lags lags, intercept $intercept',
    ({ series, lags, intercept, expected }) => {
      const { values } = golden.series[series]!;
      const fitted = fitLinearAutoregression(values, { lags, intercept });
      expectClose(fitted.coefficients, expected.coefficients, 1e-7);
      expectClose([fitted.intercept], expected.intercept, 1e-7);
      expectClose(fitted.forecast(values, 6), expected.forecast, 1e-8);
    },
  );

  test.each(golden.orders)(
    'chooses the order of $series by $criterion, intercept $intercept: $expected',
    ({ series, maximum, criterion, intercept, expected }) => {
      const { values } = golden.series[series]!;
      const chosen = fitLinearAutoregression(values, { lags: { maximum, criterion }, intercept });
      expect(chosen.coefficients).toHaveLength(expected);
      // The fit is to all values, as that with the order given.
      expect(chosen.coefficients).toEqual(
        fitLinearAutoregression(values, { lags: expected, intercept }).coefficients,
      );
    },
  );
});

describe('laws', () => {
  test('the order of a series of many blocks of rows is that of its equation', () => {
    const noise = normals(9000, 5);
    const values = [0, 0];
    for (const shock of noise) values.push(0.5 * values.at(-1)! - 0.3 * values.at(-2)! + shock);
    const { coefficients } = fitLinearAutoregression(values, { lags: { maximum: 6 }, of: 'auto' });
    expect(coefficients).toHaveLength(2);
    expect(coefficients[0]).toBeCloseTo(0.5, 1);
    expect(coefficients[1]).toBeCloseTo(-0.3, 1);
  });

  test('what follows the equation without noise is found, and forecast exactly', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -0.9, max: 0.9, noNaN: true }),
        fc.double({ min: -100, max: 100, noNaN: true }),
        (coefficient, intercept) => {
          fc.pre(Math.abs(coefficient) > 0.05);
          const values = [intercept + 1000];
          while (values.length < 12) values.push(intercept + coefficient * values.at(-1)!);
          const fitted = fitLinearAutoregression(values.slice(0, 9), { lags: 1 });
          expect(fitted.coefficients[0]).toBeCloseTo(coefficient, 6);
          for (const [step, value] of fitted.forecast(values.slice(0, 9), 3).entries()) {
            expect(Math.abs(value - values[9 + step]!)).toBeLessThan(1e-4);
          }
        },
      ),
    );
  });

  test('shifting and stretching a series shifts and stretches its forecasts', () => {
    const values = normals(80, 1);
    const forecast = fitLinearAutoregression(values, { lags: 3 }).forecast(values, 4);
    const moved = values.map((value) => 5000 + 0.01 * value);
    const again = fitLinearAutoregression(moved, { lags: 3 }).forecast(moved, 4);
    for (const [step, value] of again.entries()) expect(value).toBeCloseTo(5000 + 0.01 * forecast[step]!, 9);
  });

  test('only the last values of a history count', () => {
    const values = normals(60, 2);
    const { forecast } = fitLinearAutoregression(values, { lags: 2 });
    expect(forecast([Number.NaN, ...values.subarray(-2)], 3)).toEqual(forecast(values, 3));
  });
});

describe('series without a unique solution', () => {
  test.each([
    [8.5, 1],
    [8.5, 3],
    [0.1, 3],
    [0, 2],
  ])('a constant %d is forecast to stay, with %i lags', (value, lags) => {
    const constant = new Array<number>(20).fill(value);
    for (const forecast of fitLinearAutoregression(constant, { lags }).forecast(constant, 3)) {
      expect(forecast).toBeCloseTo(value, 14);
    }
  });

  test('a line goes on, whatever the lags', () => {
    const line = Array.from({ length: 30 }, (_, index) => 3 + 2 * index);
    for (const lags of [1, 2, 4, { maximum: 5 }]) {
      for (const [step, value] of fitLinearAutoregression(line, { lags }).forecast(line, 3).entries()) {
        expect(value).toBeCloseTo(63 + 2 * step, 6);
      }
    }
  });

  test('an order of 0 forecasts the mean, without an intercept 0', () => {
    expect([...fitLinearAutoregression([1, 2, 6], { lags: 0 }).forecast([], 2)]).toEqual([3, 3]);
    expect([...fitLinearAutoregression([1, 2, 6], { lags: 0, intercept: false }).forecast([1], 1)]).toEqual([
      0,
    ]);
  });
});

test('refusals', () => {
  expect(messageOf(() => fitLinearAutoregression([1, 2, 3, 4], { lags: 2 }))).toBe(
    'fitLinearAutoregression: expected values of at least 5, got 4: pass a longer series',
  );
  expect(messageOf(() => fitLinearAutoregression([1, 2, 3], { lags: 1.5 }))).toContain(
    'lags to be an integer of at least 0',
  );
  expect(messageOf(() => fitLinearAutoregression([1, 2, 3], { lags: { maximum: -1 } }))).toContain(
    'lags.maximum',
  );
  expect(messageOf(() => fitLinearAutoregression([1, 2, Number.NaN], { lags: 1 }))).toContain(
    'NaN at index 2',
  );
  expect(
    messageOf(() =>
      fitLinearAutoregression([1, 2, 3, 5], { lags: { maximum: 1, criterion: 'hqic' as never } }),
    ),
  ).toContain("criterion 'aic', 'aicc' or 'bic'");
  const { forecast } = fitLinearAutoregression(normals(20, 3), { lags: 3 });
  expect(messageOf(() => forecast([1, 2], 1))).toBe(
    'forecast: expected a history of at least 3, got 2: pass a longer one',
  );
  expect(messageOf(() => forecast([1, Number.NaN, 2], 1))).toContain('NaN at index 1');
});
