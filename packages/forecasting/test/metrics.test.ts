import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  coverage,
  directionalAccuracy,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanAbsoluteScaledError,
  meanError,
  meanIntervalWidth,
  naiveForecast,
  pinballLoss,
  rootMeanSquaredError,
  symmetricMeanAbsolutePercentageError,
  winklerScore,
} from '../src/index';
import { expectClose, fixture, messageOf, type Numbers, number } from './support';

type Series = 'truth' | 'forecast' | 'training' | 'previous' | 'lower' | 'upper';
type Case = { case: string; season: number; quantile: number; level: number } & Record<Series, Numbers> & {
    expected: Record<string, Numbers>;
  };

const pairwise = {
  meanError,
  rootMeanSquaredError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  symmetricMeanAbsolutePercentageError,
};

describe.each(fixture<{ cases: Case[] }>('metrics').cases)(
  'scikit-learn, statsmodels and NumPy: $case',
  (given) => {
    const { season, quantile, level, expected } = given;
    const [truth, forecast, training, previous, lower, upper] = (
      ['truth', 'forecast', 'training', 'previous', 'lower', 'upper'] as const
    ).map((name) => Float64Array.from(given[name].values)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];

    test.each([
      ...Object.entries(pairwise).map(([name, metric]) => [name, () => metric(truth, forecast)] as const),
      ['meanAbsoluteScaledError', () => meanAbsoluteScaledError(truth, forecast, { training, season })],
      ['directionalAccuracy', () => directionalAccuracy(truth, forecast, previous)],
      ['pinballLoss', () => pinballLoss(truth, forecast, quantile)],
      ['coverage', () => coverage(truth, lower, upper)],
      ['meanIntervalWidth', () => meanIntervalWidth(lower, upper)],
      ['winklerScore', () => winklerScore(truth, lower, upper, level)],
    ] as const)('%s', (name, metric) => {
      expectClose([metric()], expected[name]!, 1e-8);
    });
  },
);

const pairs = fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 30 });
const split = (rows: [number, number][]) => [rows.map(([a]) => a), rows.map(([, b]) => b)] as const;

describe('laws', () => {
  test('a perfect forecast has no error, and every error is at least its bias', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const [truth, forecast] = split(rows);
        expect(
          [meanError, rootMeanSquaredError, meanAbsoluteError].map((metric) => metric(truth, truth)),
        ).toEqual([0, 0, 0]);
        const absolute = meanAbsoluteError(truth, forecast);
        expect(Math.abs(meanError(truth, forecast))).toBeLessThanOrEqual(absolute * (1 + 1e-12));
        // Squares below 1e-308 are 0.
        expect(absolute).toBeLessThanOrEqual(rootMeanSquaredError(truth, forecast) * (1 + 1e-12) + 1e-150);
      }),
    );
  });

  test('the symmetric percentage error is in 0 … 200 and does not know which is the truth', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const [truth, forecast] = split(rows);
        const error = symmetricMeanAbsolutePercentageError(truth, forecast);
        expect(error).toBeGreaterThanOrEqual(0);
        expect(error).toBeLessThanOrEqual(200 * (1 + 1e-12));
        expect(symmetricMeanAbsolutePercentageError(forecast, truth)).toBe(error);
      }),
    );
    expect(symmetricMeanAbsolutePercentageError([0, 1], [0, -1])).toBe(100);
  });

  test('the pinball losses of q and 1 − q together are the absolute error', () => {
    fc.assert(
      fc.property(pairs, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (rows, quantile) => {
        const [truth, forecast] = split(rows);
        const both = pinballLoss(truth, forecast, quantile) + pinballLoss(truth, forecast, 1 - quantile);
        expect(Math.abs(both - meanAbsoluteError(truth, forecast))).toBeLessThanOrEqual(1e-9 * (1 + both));
      }),
    );
  });

  test("the scaled error of the naive forecast's own training is 1", () => {
    const training = [3, 5, 4, 8, 8.5];
    expect(meanAbsoluteScaledError(training.slice(1), training.slice(0, -1), { training })).toBe(1);
  });

  test('the interval score is the width, where all truths are inside', () => {
    expect(winklerScore([1, 2], [0, 2], [3, 2.5], 0.9)).toBe(meanIntervalWidth([0, 2], [3, 2.5]));
    expect(winklerScore([5], [0], [3], 0.8)).toBeCloseTo(3 + 10 * 2, 12);
    expect(coverage([0, 3, 4], [0, 0, 0], [3, 3, 3])).toBe(2 / 3);
  });

  test('a direction is met by the same one, no change by no change', () => {
    expect(directionalAccuracy([2, 0, 1, 1], [3, 2, 1, 2], [1, 1, 1, 1])).toBe(0.5);
    const history = [1, 2, 2, 3];
    expect(directionalAccuracy(history.slice(1), history.slice(0, -1), history.slice(0, -1))).toBe(1 / 3);
    expect(directionalAccuracy([2], naiveForecast([1], 1), [1])).toBe(0);
  });
});

describe('refusals', () => {
  test.each(Object.entries(pairwise))('%s names lengths and places', (name, metric) => {
    expect(messageOf(() => metric([1, 2], [1]))).toBe(
      `${name}: expected as many in forecast as in truth, 2, got 1: pass one for each value, in the same order`,
    );
    expect(messageOf(() => metric([], []))).toBe(
      `${name}: expected truth of at least 1, got 0: pass a longer series`,
    );
    expect(messageOf(() => metric([1, 2], [1, Number.NaN]))).toContain(
      `${name}: expected forecast of finite numbers, got NaN at index 1`,
    );
    expect(messageOf(() => metric(undefined as never, [1]))).toContain(
      'expected truth to be an array or typed array, got undefined',
    );
  });

  test('a truth of 0 has no percentage', () => {
    expect(messageOf(() => meanAbsolutePercentageError([1, 0], [1, 1]))).toBe(
      'meanAbsolutePercentageError: expected true values other than 0, got 0 at index 1: use the scaled error instead (meanAbsoluteScaledError)',
    );
  });

  test('a training series that gives no scale', () => {
    expect(messageOf(() => meanAbsoluteScaledError([1], [2], { training: [5, 5, 5] }))).toBe(
      'meanAbsoluteScaledError: expected training values that change, got 3 that repeat with a season of 1: pass the values that the model was trained on, and their season',
    );
    expect(messageOf(() => meanAbsoluteScaledError([1], [2], { training: [5, 6], season: 2 }))).toContain(
      'training of at least 3, got 2',
    );
    expect(messageOf(() => meanAbsoluteScaledError([1], [2], { training: [5, 6], season: 0.5 }))).toContain(
      'season',
    );
  });

  test('a quantile or a level outside (0, 1)', () => {
    expect(messageOf(() => pinballLoss([1], [2], 1))).toContain(
      'pinballLoss: expected a quantile in (0, 1), got 1',
    );
    expect(messageOf(() => winklerScore([1], [0], [2], 90))).toContain(
      'winklerScore: expected a level in (0, 1), got 90',
    );
  });
});
