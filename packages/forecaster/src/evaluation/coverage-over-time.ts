import type { SeriesIntervals } from '../model/intervals';
import type { SeriesOutcome } from './outcome';

/** A part of the time axis, and the coverage of the intervals there. Plain JSON. */
export interface CoveragePeriod {
  /** The half-open range of places on the time axis at which the forecasts begin. */
  readonly start: number;
  readonly end: number;
  /** The dates of its first and its last place; null without dates. */
  readonly first: string | null;
  readonly last: string | null;
  readonly coverage: number;
  /** In price units. */
  readonly meanWidth: number;
  /** Number of intervals. */
  readonly count: number;
}

/** One true value and its interval. */
export interface HeldTruth {
  /** On the panel's time axis. */
  readonly time: number;
  readonly date: string | undefined;
  readonly held: boolean;
  readonly width: number;
}

/** Minimum number of times in a period, and maximum number of periods. */
const LEAST_MOMENTS = 20;
const MOST_PERIODS = 10;

/**
 * The true values of a series that have an interval, oldest first.
 *
 * @param step only this step ahead, from 0; default all
 */
export function heldTruths(
  { truth, horizon, times, rows, dates }: SeriesOutcome,
  intervals: SeriesIntervals | undefined,
  step?: number,
): HeldTruth[] {
  if (!intervals) return [];
  const { from, lower, upper } = intervals;
  return Array.from(lower, (low, i): HeldTruth => {
    const at = from + Math.floor(i / horizon);
    const value = truth[from * horizon + i]!;
    const high = upper[i]!;
    return {
      time: times[at]!,
      date: dates?.[rows[at]!],
      held: value >= low && value <= high,
      width: high - low,
    };
  }).filter((_, i) => step === undefined || i % horizon === step);
}

/**
 * The coverage in up to ten periods with equal numbers of times. A single number would hide periods in which
 * the coverage was too low.
 */
export function coverageOverTime(truths: readonly HeldTruth[]): CoveragePeriod[] {
  const sorted = truths.toSorted((a, b) => a.time - b.time);
  const moments = [...new Set(sorted.map(({ time }) => time))];
  const periods = Math.min(MOST_PERIODS, Math.max(1, Math.floor(moments.length / LEAST_MOMENTS)));
  return Array.from({ length: periods }, (_, period): CoveragePeriod => {
    const start = moments[Math.floor((period * moments.length) / periods)]!;
    const last = moments[Math.floor(((period + 1) * moments.length) / periods) - 1]!;
    const own = sorted.filter(({ time }) => time >= start && time <= last);
    const mean = (of: (truth: HeldTruth) => number) =>
      own.reduce((sum, truth) => sum + of(truth), 0) / own.length;
    return {
      ...{ start, end: last + 1, first: own[0]!.date ?? null, last: own.at(-1)!.date ?? null },
      ...{
        coverage: mean(({ held }) => Number(held)),
        meanWidth: mean(({ width }) => width),
        count: own.length,
      },
    };
  });
}
