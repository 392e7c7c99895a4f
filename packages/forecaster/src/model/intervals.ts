/**
 * Intervals around the forecasts of a back-test. Each interval is calibrated on the newest errors that were
 * known when its forecast was made. These are errors of earlier forecasts, on rows to which their model was
 * not fitted. The calibration therefore needs no rows of the training. The measured coverage is that of a
 * user who calibrates again for every forecast.
 *
 * Two mechanisms adapt the intervals to a series whose errors change. First, an error is divided by the usual
 * size of the errors before it, a running mean over about twenty forecasts, so intervals widen soon after the
 * volatility rises. Second, the level of the quantile follows adaptive conformal inference (Gibbs and Candès,
 * 2021): it rises after an interval that missed the true value, and falls after one that contained it.
 *
 * Errors are errors of changes, in the unit of the transform, so an interval of log returns grows with the
 * price.
 */
import { type AdaptiveLevel, adaptiveLevel, type Intervals } from '@unrolled/forecasting';
import { changeOf, priceAfter } from '../series/transform';
import { leastErrors } from '../settings/resolve-settings';
import type { TargetTransform } from '../settings/settings';
import { type Calibration, calibrationOf, type Forecasts, scoresOf } from './calibration';
import { usualSizes } from './usual-sizes';

/** Lower and upper prices, [n − from, horizon]. The first `from` forecasts have no intervals. */
export interface SeriesIntervals extends Intervals {
  readonly from: number;
  /** Number of errors on which each interval was calibrated; 0 without calibration. */
  readonly calibration: number;
}

export interface IntervalInput {
  /** [n], the first row of each forecast. */
  readonly rows: Int32Array;
  /** [n], the last known price. */
  readonly last: Float64Array;
  /** [n, horizon], prices. */
  readonly truth: Float64Array;
  /** [n, horizon], changes. */
  readonly point: Float64Array;
  /** [n, horizon, Q], changes. */
  readonly quantiles: Float64Array | undefined;
  readonly transform: TargetTransform;
  readonly horizon: number;
  readonly level: number;
  /** Number of errors for a calibration; default 500, or a quarter of the forecasts if that is less. */
  readonly calibration: number | undefined;
}

export interface CalibratedIntervals {
  /** Undefined if there were too few errors. */
  readonly intervals: SeriesIntervals | undefined;
  /** The network's own outermost quantiles; undefined for the squared loss. */
  readonly quantileIntervals: SeriesIntervals | undefined;
  /** The calibration by the newest errors, for future forecasts. */
  readonly calibration: Calibration | undefined;
}

const MOST_BY_DEFAULT = 500;

/**
 * Calibrates an interval for every forecast for which enough earlier errors are known, and once more for
 * future forecasts.
 */
export function calibrateIntervals(input: IntervalInput): CalibratedIntervals {
  const { rows, last, truth, horizon, transform, point } = input;
  const changes = truth.map((price, i) => changeOf(transform, last[Math.floor(i / horizon)]!, price));
  const ends = input.quantiles && outermost(input.quantiles, rows.length * horizon);
  const quantileIntervals = ends && { ...inPrices(input, ends, 0), from: 0, calibration: 0 };
  const count = calibrationCount(input);
  // All errors of a forecast are known `horizon` rows after its first row.
  const known = Array.from(rows, (row) => rowsUpTo(rows, row - horizon));
  const from = known.findIndex((earlier) => earlier >= count);
  if (from < 0 || count < leastErrors(input.level))
    return { intervals: undefined, quantileIntervals, calibration: undefined };
  const ready = { forecasts: { point, ends }, known, from, count };
  const { intervals, calibration } = eachCalibrated(input, changes, ready);
  return {
    intervals: { ...inPrices(input, intervals, from), from, calibration: count },
    quantileIntervals,
    calibration,
  };
}

interface Ready {
  readonly forecasts: Forecasts;
  /** [n], the number of earlier forecasts whose errors are known when a forecast is made. */
  readonly known: readonly number[];
  /** The first forecast for which enough errors are known. */
  readonly from: number;
  /** Number of errors on which an interval is calibrated. */
  readonly count: number;
}

/** The intervals of the forecasts from `from` on, and the calibration for future forecasts. */
function eachCalibrated(input: IntervalInput, changes: Float64Array, ready: Ready) {
  const { rows, horizon, level } = input;
  const { forecasts, known, from, count } = ready;
  const scores = scoresOf(changes, forecasts);
  const errors = changes.map((change, i) => Math.abs(change - forecasts.point[i]!));
  const sizes = usualSizes(errors, { horizon, known: [...known, rows.length], first: count });
  // With few errors, the quantile has few possible levels. One miss must be enough for the next level.
  const rate = Math.max(0.02, 1 / (count + 1));
  const levels = Array.from({ length: horizon }, () => adaptiveLevel({ level, rate }));
  const calibratedAt = (at: number, end: number): Calibration => {
    const margins = levels.map(({ level: now }, step) => {
      const size = sizes[at * horizon + step]!;
      const relative = Float64Array.from({ length: count }, (_, i) => {
        const place = (end - count + i) * horizon + step;
        return scores[place]! / sizes[place]!;
      });
      return size * quantileOf(relative, now);
    });
    return calibrationOf(forecasts, { level, errors: count, margins });
  };
  const length = (rows.length - from) * horizon;
  const intervals = { lower: new Float64Array(length), upper: new Float64Array(length) };
  let told = from;
  for (let at = from; at < rows.length; at++) {
    for (; told < known[at]!; told++)
      tell(levels, changes, intervals, (told - from) * horizon, told * horizon);
    const present = (values: Float64Array) => values.subarray(at * horizon, (at + 1) * horizon);
    const { lower, upper } = calibratedAt(at, known[at]!).interval(part(forecasts, present));
    intervals.lower.set(lower, (at - from) * horizon);
    intervals.upper.set(upper, (at - from) * horizon);
  }
  for (; told < rows.length; told++)
    tell(levels, changes, intervals, (told - from) * horizon, told * horizon);
  return { intervals, calibration: calibratedAt(rows.length, rows.length) };
}

/** Records in each step's level whether the interval of one forecast contained the true value. */
function tell(
  levels: readonly AdaptiveLevel[],
  changes: Float64Array,
  { lower, upper }: Intervals,
  at: number,
  truth: number,
): void {
  for (const [step, level] of levels.entries()) {
    const change = changes[truth + step]!;
    level.update(change >= lower[at + step]! && change <= upper[at + step]!);
  }
}

/** The ⌈(n + 1)·level⌉-th smallest score, or the largest if there are fewer. */
function quantileOf(scores: Float64Array, level: number): number {
  const rank = Math.ceil((scores.length + 1) * level - 1e-9);
  return scores.sort()[Math.min(scores.length, Math.max(1, rank)) - 1]!;
}

function part({ point, ends }: Forecasts, take: (values: Float64Array) => Float64Array): Forecasts {
  return { point: take(point), ends: ends && { lower: take(ends.lower), upper: take(ends.upper) } };
}

function inPrices({ last, horizon, transform }: IntervalInput, ends: Intervals, from: number): Intervals {
  const prices = (changes: Float64Array) =>
    changes.map((change, i) => priceAfter(transform, last[from + Math.floor(i / horizon)]!, change));
  return { lower: prices(ends.lower), upper: prices(ends.upper) };
}

/** The lowest and the highest of [count, Q] quantiles. */
export function outermost(quantiles: Float64Array, count: number): Intervals {
  const width = quantiles.length / count;
  return {
    lower: quantiles.filter((_, i) => i % width === 0),
    upper: quantiles.filter((_, i) => i % width === width - 1),
  };
}

function calibrationCount({ rows, level, calibration }: IntervalInput): number {
  return calibration ?? Math.max(leastErrors(level), Math.min(MOST_BY_DEFAULT, Math.floor(rows.length / 4)));
}

/** The number of ascending rows that are at most `row`, by bisection. */
function rowsUpTo(rows: Int32Array, row: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]! > row) high = middle;
    else low = middle + 1;
  }
  return low;
}
