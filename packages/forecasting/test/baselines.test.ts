import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { driftForecast, movingAverageForecast, naiveForecast, seasonalNaiveForecast } from '../src/index';
import { expectClose, fixture, messageOf, type Numbers, number } from './support';

const golden = fixture<{
  history: Numbers;
  horizon: number;
  window: number;
  season: number;
  expected: Record<'naive' | 'drift' | 'movingAverage' | 'seasonalNaive', Numbers>;
}>('baselines');

test('NumPy', () => {
  const { horizon, window, season, expected } = golden;
  const history = golden.history.values;
  expectClose(naiveForecast(history, horizon), expected.naive);
  expectClose(driftForecast(history, horizon), expected.drift);
  expectClose(movingAverageForecast(history, horizon, { window }), expected.movingAverage);
  expectClose(seasonalNaiveForecast(history, horizon, { season }), expected.seasonalNaive);
});

describe('laws', () => {
  const history = fc.array(number, { minLength: 2, maxLength: 20 });
  const horizon = fc.integer({ min: 1, max: 9 });

  test('an average of one value and a season of one are the naive forecast', () => {
    fc.assert(
      fc.property(history, horizon, (values, steps) => {
        const naive = naiveForecast(values, steps);
        expect(movingAverageForecast(values, steps, { window: 1 })).toEqual(naive);
        expect(seasonalNaiveForecast(values, steps, { season: 1 })).toEqual(naive);
        expect(naive).toEqual(new Float64Array(steps).fill(values.at(-1)!));
      }),
    );
  });

  test('drift goes on as a line does, and only its ends count', () => {
    expect([...driftForecast([1, 3, 5], 3)]).toEqual([7, 9, 11]);
    expect(driftForecast([1, -40, 5], 3)).toEqual(driftForecast([1, 3, 5], 3));
  });

  test('a season comes back', () => {
    expect([...seasonalNaiveForecast([9, 1, 2, 3], 7, { season: 3 })]).toEqual([1, 2, 3, 1, 2, 3, 1]);
  });
});

test('refusals say how much history it takes', () => {
  expect(messageOf(() => naiveForecast([], 1))).toBe(
    'naiveForecast: expected history of at least 1, got 0: pass a longer series',
  );
  expect(messageOf(() => driftForecast([1], 1))).toBe(
    'driftForecast: expected history of at least 2, got 1: pass a longer series',
  );
  expect(messageOf(() => movingAverageForecast([1, 2], 1, { window: 3 }))).toContain(
    'history of at least 3, got 2',
  );
  expect(messageOf(() => seasonalNaiveForecast([1, 2], 1, { season: 5 }))).toContain(
    'history of at least 5, got 2',
  );
  expect(messageOf(() => naiveForecast([1], 0))).toContain('horizon to be a positive integer, got 0');
  expect(messageOf(() => naiveForecast([1, Number.POSITIVE_INFINITY], 1))).toContain(
    'got Infinity at index 1',
  );
});
