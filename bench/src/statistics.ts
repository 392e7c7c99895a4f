/** The middle value, or the mean of the two middle ones. NaN without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A configuration's time per step in each round; undefined for rounds in which it did not take part. */
export type Rounds = readonly (number | undefined)[];

const present = (rounds: Rounds) => rounds.filter((time) => time !== undefined);

export const medianOf = (rounds: Rounds) => median(present(rounds));

/**
 * How many times faster `ours` is than `theirs`: the median of their time over ours, over the rounds in which
 * both took part. A temporary slowdown of the machine then affects both. Null without a common round.
 */
export function pairedRatio(theirs: Rounds, ours: Rounds): number | null {
  const ratios = ours.flatMap((time, round) => {
    const other = theirs[round];
    return time === undefined || other === undefined ? [] : [other / time];
  });
  return ratios.length === 0 ? null : median(ratios);
}

/** The one with the smallest median: an engine with its best number of threads. */
export function fastest<T extends { readonly rounds: Rounds }>(rows: readonly T[]): T | undefined {
  return rows
    .filter(({ rounds }) => present(rounds).length > 0)
    .reduce<T | undefined>(
      (best, row) => (best && medianOf(best.rounds) <= medianOf(row.rounds) ? best : row),
      undefined,
    );
}

/** A median, with an interval that contains the true median 19 times in 20. */
export interface MedianInterval {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
}

/** With fewer values, no two of them enclose the true median 19 times in 20. */
export const LEAST_VALUES = 6;

/**
 * The median and its 95 % interval by order statistics, which make no assumption about the distribution: of n
 * values the k-th smallest and the k-th largest, with the largest k for which P(Binomial(n, ½) < k) ≤ 2.5 %.
 * The interval is infinite below {@link LEAST_VALUES} values.
 */
export function medianInterval(values: readonly number[]): MedianInterval {
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  let place = 0;
  let outside = 0;
  for (let term = 0.5 ** count; outside + term <= 0.025; place++) {
    outside += term;
    term *= (count - place) / (place + 1);
  }
  const enclosed = place > 0;
  return {
    median: median(sorted),
    lower: enclosed ? sorted[place - 1]! : Number.NEGATIVE_INFINITY,
    upper: enclosed ? sorted[count - place]! : Number.POSITIVE_INFINITY,
  };
}
