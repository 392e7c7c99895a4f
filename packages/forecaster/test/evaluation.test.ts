import { describe, expect, test } from 'vitest';
import { metricsTable } from '../src/evaluation/metrics';
import type { SeriesOutcome } from '../src/evaluation/outcome';
import { verdictOf } from '../src/evaluation/verdict';
import { calibrateIntervals, type IntervalInput } from '../src/model/intervals';
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
    const { intervals, calibration } = calibrateIntervals(input);
    expect(intervals!.from).toBe(10);
    expect(intervals!.calibration).toBe(10);
    // Before forecast 10 the errors 1 … 10 are known; ⌈11 · 0.9⌉ is the tenth of them.
    expect(intervals!.upper[0]).toBe(50 + 10);
    expect(intervals!.lower[0]).toBe(50 - 10);
    expect(intervals!.upper.at(-1)).toBe(50 + 39);
    expect(calibration!.margins).toMatchObject({ above: [40] });
  });

  test('wait for a whole horizon before an error is known', () => {
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

  test('have no share of a truth of 0, and no scale where training never changed', () => {
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
