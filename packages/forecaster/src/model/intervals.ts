/**
 * Intervals around a back-test's forecasts, each calibrated on the newest errors that were known when it was
 * made: earlier forecasts, of rows that their model was not fitted to, whose truth had come. No training row
 * is spent on calibration, and the measured coverage is that of a user who calibrates again every day.
 *
 * Errors are those of changes, in the unit of the transform: an interval of log returns grows with the price.
 */
import type { Intervals } from '@unrolled/forecasting';
import { changeOf, priceAfter } from '../series/transform';
import { leastErrors } from '../settings/resolve-settings';
import type { TargetTransform } from '../settings/settings';
import { type Calibration, calibrate, type Forecasts } from './calibration';

/** Lower and upper prices, [n − from, horizon]: the first `from` forecasts have none. */
export interface SeriesIntervals extends Intervals {
  readonly from: number;
  /** Errors that each was calibrated on; 0 where none were needed. */
  readonly calibration: number;
}

export interface IntervalInput {
  /** [n], the first row that each forecast is for. */
  readonly rows: Int32Array;
  /** [n], the last price that was known. */
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
  /** How many errors; default 500, or a quarter of the forecasts where they are fewer. */
  readonly calibration: number | undefined;
}

export interface CalibratedIntervals {
  /** Undefined when there were too few errors. */
  readonly intervals: SeriesIntervals | undefined;
  /** The outermost quantiles of the network's own; undefined for the squared loss. */
  readonly quantileIntervals: SeriesIntervals | undefined;
  /** By the newest errors of all, for forecasts to come. */
  readonly calibration: Calibration | undefined;
}

const MOST_BY_DEFAULT = 500;

/**
 * Calibrates an interval for every forecast that enough errors come before, and once more for those to come.
 */
export function calibrateIntervals(input: IntervalInput): CalibratedIntervals {
  const { rows, last, truth, horizon, transform, point } = input;
  const changes = truth.map((price, i) => changeOf(transform, last[Math.floor(i / horizon)]!, price));
  const ends = input.quantiles && outermost(input.quantiles, rows.length * horizon);
  const quantileIntervals = ends && { ...inPrices(input, ends, 0), from: 0, calibration: 0 };
  const count = calibrationCount(input);
  // A forecast's errors are all known once its last row is: `horizon` rows after its first.
  const known = Array.from(rows, (row) => rowsUpTo(rows, row - horizon));
  const from = known.findIndex((earlier) => earlier >= count);
  if (from < 0 || count < leastErrors(input.level))
    return { intervals: undefined, quantileIntervals, calibration: undefined };
  const upTo = (end: number) => {
    const past = (values: Float64Array) => values.subarray((end - count) * horizon, end * horizon);
    return calibrate(past(changes), part({ point, ends }, past), input);
  };
  return {
    intervals: {
      ...inPrices(input, eachCalibrated(input, { point, ends }, from, known, upTo), from),
      from,
      calibration: count,
    },
    quantileIntervals,
    calibration: upTo(rows.length),
  };
}

function eachCalibrated(
  { rows, horizon }: IntervalInput,
  forecasts: Forecasts,
  from: number,
  known: readonly number[],
  upTo: (end: number) => Calibration,
): Intervals {
  const size = (rows.length - from) * horizon;
  const all = { lower: new Float64Array(size), upper: new Float64Array(size) };
  for (let at = from; at < rows.length; at++) {
    const present = (values: Float64Array) => values.subarray(at * horizon, (at + 1) * horizon);
    const { lower, upper } = upTo(known[at]!).interval(part(forecasts, present));
    all.lower.set(lower, (at - from) * horizon);
    all.upper.set(upper, (at - from) * horizon);
  }
  return all;
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

/** How many of some ascending rows are at most `row`. */
function rowsUpTo(rows: Int32Array, row: number): number {
  const after = rows.findIndex((other) => other > row);
  return after < 0 ? rows.length : after;
}
