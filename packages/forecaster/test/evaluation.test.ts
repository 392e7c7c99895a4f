import { random } from '@unrolled/cells';
import { describe, expect, test } from 'vitest';
import { metricsTable } from '../src/evaluation/metrics';
import type { SeriesOutcome } from '../src/evaluation/outcome';
import { verdictOf } from '../src/evaluation/verdict';
import { calibrateIntervals, type IntervalInput } from '../src/model/intervals';
import { seasonOf } from '../src/model/season';
import { makePanel } from '../src/series/panel';
import { leastErrors } from '../src/settings/resolve-settings';
import { fitTasks, planFolds, type RowNeeds, trainingRowsNeeded } from '../src/walk/plan';

const needs: RowNeeds = {
  window: 3,
  horizon: 1,
  strategy: 'direct',
  validation: 0.2,
  season: 2,
  movingAverage: 2,
};

describe('the plan', () => {
  test('leaves every place of the newer part in one test range', () => {
    const folds = planFolds(100, { defaultFolds: 10 }, needs);
    expect(folds.map(({ test }) => test.start)).toEqual([50, 55, 60, 65, 70, 75, 80, 85, 90, 95]);
    expect(folds.at(-1)!.test.end).toBe(100);
  });

  test('begins no forecast that has no whole horizon', () => {
    const folds = planFolds(100, { stride: 7 }, { ...needs, horizon: 4 });
    expect(folds.at(-1)!.test.end).toBeLessThanOrEqual(97);
  });

  test('groups folds by the fit that they share', () => {
    const folds = planFolds(100, { folds: 5, refitEvery: 2 }, needs);
    expect(fitTasks(folds).map(({ folds: own }) => own.map(({ index }) => index))).toEqual([
      [0, 1],
      [2, 3],
      [4],
    ]);
  });

  test('asks for a window, the examples and what the baselines look back', () => {
    expect(trainingRowsNeeded(needs)).toBe(1 + 3 + 2);
    expect(trainingRowsNeeded({ ...needs, validation: 0 })).toBe(1 + 3 + 1);
    expect(trainingRowsNeeded({ ...needs, season: 30 })).toBe(30);
  });
});

describe('intervals', () => {
  const count = 40;
  const input: IntervalInput = {
    rows: Int32Array.from({ length: count }, (_, at) => 100 + at),
    last: new Float64Array(count).fill(50),
    // Errors of 1, 2, 3, … : an interval by the newest ten is as wide as the ninth … tenth of them.
    truth: Float64Array.from({ length: count }, (_, at) => 51 + at),
    point: new Float64Array(count),
    quantiles: undefined,
    transform: 'difference',
    horizon: 1,
    level: 0.9,
    calibration: 10,
  };

  test('are calibrated on the newest errors that were known, and on no other', () => {
    // One error after the other is 3 up or 3 down, so their usual size is 3 and stays so.
    const steady = input.truth.map((_, at) => 50 + (at % 2 ? 3 : -3));
    const { intervals, calibration } = calibrateIntervals({ ...input, truth: steady });
    expect(intervals!.from).toBe(10);
    expect(intervals!.calibration).toBe(10);
    expect(intervals!.upper[0]).toBeCloseTo(53, 9);
    expect(intervals!.lower.at(-1)).toBeCloseTo(47, 9);
    expect(calibration!.errors).toBe(10);
    // Row 25 changes no interval that was given before it.
    const moved = steady.map((price, at) => (at >= 25 ? price + 100 : price));
    const other = calibrateIntervals({ ...input, truth: moved });
    expect(other.intervals!.upper.slice(0, 16)).toEqual(intervals!.upper.slice(0, 16));
    expect(other.intervals!.upper[16]).not.toBe(intervals!.upper[16]);
  });

  test('keep the promised coverage after the volatility changes, in every tenth of the time', () => {
    const { normal } = random(8);
    const many = 1000;
    const wide: IntervalInput = {
      ...{ ...input, calibration: 250, rows: Int32Array.from({ length: many }, (_, at) => 100 + at) },
      last: new Float64Array(many).fill(50),
      truth: Float64Array.from({ length: many }, (_, at) => 50 + normal() * (at < 500 ? 1 : 5)),
      point: new Float64Array(many),
    };
    const { intervals } = calibrateIntervals(wide);
    const held = (from: number, end: number) => {
      let count = 0;
      for (let at = from; at < end; at++) {
        const i = at - intervals!.from;
        const value = wide.truth[at]!;
        if (value >= intervals!.lower[i]! && value <= intervals!.upper[i]!) count += 1;
      }
      return count / (end - from);
    };
    expect(held(250, 500)).toBeGreaterThan(0.86);
    expect(held(500, 600)).toBeGreaterThan(0.8);
    expect(held(600, 1000)).toBeGreaterThan(0.87);
    expect(held(600, 1000)).toBeLessThan(0.94);
  });

  test('use an error only after its whole horizon is known', () => {
    const twice = (values: Float64Array) =>
      Float64Array.from({ length: 2 * count }, (_, i) => values[i >> 1]!);
    const { intervals } = calibrateIntervals({
      ...{ ...input, horizon: 2, truth: twice(input.truth), point: twice(input.point) },
    });
    expect(intervals!.from).toBe(11);
  });

  test('grow with the price under log returns', () => {
    const last = Float64Array.from({ length: count }, (_, at) => (at < 20 ? 100 : 200));
    const truth = last.map((price, at) => price * Math.exp(at % 2 ? 0.01 : -0.01));
    const { intervals } = calibrateIntervals({ ...input, last, truth, transform: 'log-return' });
    const width = (at: number) => intervals!.upper[at]! - intervals!.lower[at]!;
    expect(width(29) / width(0)).toBeCloseTo(2, 9);
  });

  test('are none where the errors are too few', () => {
    expect(leastErrors(0.9)).toBe(9);
    expect(calibrateIntervals({ ...input, calibration: 60 }).intervals).toBeUndefined();
  });
});

function outcome(
  name: string,
  errors: readonly number[],
  naive: readonly number[],
  scale = 1,
): SeriesOutcome {
  const truth = Float64Array.from(errors, (_, at) => scale * (10 + at));
  const minus = (some: readonly number[]) => truth.map((value, at) => value - scale * some[at]!);
  const forecasts = { model: minus(errors), naive: minus(naive) };
  const others = { drift: forecasts.naive, movingAverage: forecasts.naive, seasonalNaive: forecasts.naive };
  return {
    ...{ name, horizon: 1, truth, dates: undefined },
    rows: Int32Array.from(truth.keys()),
    times: Int32Array.from(truth.keys()),
    last: truth.map((value) => value - scale),
    forecasts: { ...forecasts, ...others, linearAutoregression: forecasts.naive },
    ...{ intervals: undefined, quantileIntervals: undefined, calibration: undefined },
    training: Float64Array.of(1, 3, 2, 5).map((value) => value * scale),
  };
}

describe('scores', () => {
  const model = [1, -1, 2, 0];
  const naive = [2, -2, 3, 1];

  test('are in price units, the scaled error in mean training changes', () => {
    const { model: scores, naive: other } = metricsTable([outcome('a', model, naive)]);
    expect(scores.rmse).toBeCloseTo(Math.sqrt(6 / 4), 12);
    expect(scores.mae).toBe(1);
    expect(scores.mase).toBe(1 / 2);
    expect(other.mae).toBe(2);
  });

  test('of several series weigh each by its own scale', () => {
    const both = [outcome('a', model, naive), outcome('b', model, naive, 100)];
    expect(metricsTable(both).model.mase).toBe(1 / 2);
    const one = verdictOf([both[0]!], 'LSTM')!;
    const two = verdictOf(both, 'LSTM')!;
    expect(two.statistic).toBeCloseTo(one.statistic, 9);
    expect(two.n).toBe(4);
    expect(two.sentence).toContain('LSTM');
  });

  test('are tested against the best baseline: beating only the last price is not enough', () => {
    const errors = (size: number, seed: number) => {
      const { normal } = random(seed);
      return Array.from({ length: 60 }, () => size * normal());
    };
    const made = outcome('a', errors(1, 1), errors(3, 2));
    const better = made.truth.map((value, at) => value - errors(0.3, 3)[at]!);
    const verdict = verdictOf(
      [{ ...made, forecasts: { ...made.forecasts, seasonalNaive: better } }],
      'LSTM',
    )!;
    expect(verdict).toMatchObject({ baseline: 'seasonalNaive', verdict: 'worse' });
    expect(verdict.baselines.naive.verdict).toBe('better');
    expect(verdict.sentence).toMatch(
      /^The LSTM does not beat the seasonal naive forecast, the best of 5 baselines: its errors are significantly larger/,
    );
  });

  test('count rounding errors as 0', () => {
    const made = outcome('a', new Array(20).fill(0), new Array(20).fill(1));
    const rounded = made.truth.map((value) => value * (1 + 2 ** -26));
    const verdict = verdictOf(
      [{ ...made, forecasts: { ...made.forecasts, model: rounded, drift: made.truth } }],
      'LSTM',
    )!;
    expect(verdict).toMatchObject({ baseline: 'drift', verdict: 'undecided', pValue: 1 });
  });

  test('have no percentage error if a true value is 0, and no scaled error if training never changes', () => {
    const flat = { ...outcome('a', model, naive), training: Float64Array.of(2, 2, 2) };
    expect(metricsTable([{ ...flat, truth: Float64Array.of(0, 1, 2, 3) }]).model).toMatchObject({
      mape: null,
      mase: null,
    });
  });
});

describe('the time axis', () => {
  const series = (name: string, dates: readonly string[]) => ({
    ...{ name, dates, lines: Int32Array.from(dates.keys()) },
    columns: { Close: Float64Array.from(dates, (_, at) => at) },
  });

  test('puts the dates of several series in one order', () => {
    const panel = makePanel(
      [series('a', ['2020-01-01', '2020-01-03']), series('b', ['2020-01-02', '2020-01-03', '2020-01-04'])],
      { target: 'Close', features: ['Close'] },
    );
    expect(panel.priceColumns).toEqual(['Close']);
    expect(panel.dates).toEqual(['2020-01-01', '2020-01-02', '2020-01-03', '2020-01-04']);
    expect(panel.series.map(({ times }) => [...times])).toEqual([
      [0, 2],
      [1, 2, 3],
    ]);
  });

  test('puts instants in the order of time, and one instant in two writings at one place', () => {
    const clocks = ['10:00:00Z', '10:00:00.500Z', '10:00:01Z'].map((clock) => `2020-01-01T${clock}`);
    const panel = makePanel([series('a', clocks), series('b', ['2020-01-01T10:00:00.000Z', clocks[2]!])], {
      ...{ target: 'Close', features: ['Close'] },
    });
    expect(panel.series.map(({ times }) => [...times])).toEqual([
      [0, 1, 2],
      [0, 2],
    ]);
    expect(panel.length).toBe(3);
  });

  test.each([
    [['2020-01-02', '2020-01-01'], /each after the one before, got "2020-01-01" after "2020-01-02" in row 1/],
    [['2020-01-01', '2020-01-01T00:00:00Z'], /in row 1/],
    [['soon', 'later'], /dates in a as ISO text, each after the one before, got "soon" in row 0/],
  ])('refuses dates that do not rise: %j', (dates, message) => {
    expect(() => makePanel(series('a', dates), { target: 'Close', features: ['Close'] })).toThrow(message);
  });
});

describe('the season', () => {
  const dates = (count: number, of: (row: number) => number) =>
    Array.from({ length: count }, (_, row) => new Date(of(row)).toISOString());
  const day = 86_400_000;
  const start = Date.UTC(2020, 0, 6);
  const noise = new Float64Array(400);
  test.each([
    ['months', dates(60, (row) => Date.UTC(2010, row + 1, 0)), 12],
    ['quarters', dates(40, (row) => Date.UTC(2010, 3 * row, 1)), 4],
    ['weeks', dates(200, (row) => start + 7 * row * day), 52],
    ['years', dates(50, (row) => Date.UTC(1950 + row, 0, 1)), 1],
    ['days', dates(100, (row) => start + row * day), 7],
    ['days of trading', dates(100, (row) => start + (Math.floor(row / 5) * 7 + (row % 5)) * day), 5],
    [
      'days of trading and a Saturday',
      dates(100, (row) => start + (Math.floor(row / 5) * 7 + (row % 5) + Number(row === 9)) * day),
      5,
    ],
    ['hours', dates(300, (row) => start + (row * day) / 24), 24],
    [
      'hours of seven a session',
      dates(300, (row) => start + Math.floor(row / 7) * day + ((9 + (row % 7)) * day) / 24),
      7,
    ],
  ])('of %s', (_, times, season) => {
    expect(seasonOf(times, noise)).toBe(season);
  });

  test('is none where the training rows do not hold it twice', () => {
    expect(
      seasonOf(
        dates(60, (row) => start + 7 * row * day),
        noise.subarray(0, 60),
      ),
    ).toBe(1);
  });

  test('without dates is the one that the rows repeat after', () => {
    expect(
      seasonOf(
        undefined,
        Float64Array.from({ length: 100 }, (_, t) => Math.sin((2 * Math.PI * t) / 12)),
      ),
    ).toBe(12);
    expect(seasonOf(undefined, Float64Array.of(1, 2, 3))).toBe(3);
  });
});
