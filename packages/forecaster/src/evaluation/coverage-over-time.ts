import type { SeriesIntervals } from '../model/intervals';
import type { SeriesOutcome } from './outcome';

/** A part of the time axis, and the coverage of the intervals there. Plain JSON. */
export interface CoveragePeriod {
  /** Places on the time axis, half-open, of the rows that forecasts begin at. */
  readonly start: number;
  readonly end: number;
  /** The dates of the first and the last such row; null without dates. */
  readonly first: string | null;
  readonly last: string | null;
  readonly coverage: number;
  /** In price units. */
  readonly meanWidth: number;
  /** Intervals measured. */
  readonly count: number;
}

/** One truth and its interval. */
export interface HeldTruth {
  /** On the panel's time axis. */
  readonly time: number;
  readonly date: string | undefined;
  readonly held: boolean;
  readonly width: number;
}

/** Moments of a period, at least; and periods, at most. */
const LEAST_MOMENTS = 20;
const MOST_PERIODS = 10;

/** The truths of a series that have an interval, oldest first. @param step one step ahead alone, from 0 */
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
 * The coverage in up to ten periods of as many moments each: one number for all would hide where it was not
 * met.
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
