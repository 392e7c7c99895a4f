/**
 * The instants of dates: the order of texts is not that of time, `10:00:00.500Z` sorts before `10:00:00Z`.
 */

/**
 * Milliseconds since 1970 of an ISO text (a year, month or day alone is its beginning); NaN for any other.
 */
export function timeOf(date: string): number {
  return Date.parse(date);
}

/** The part of an ISO text beyond milliseconds, as a fraction of one. */
function fractionOf(date: string): number {
  const digits = /\.\d{3}(\d+)/.exec(date)?.[1];
  return digits ? Number(`0.${digits}`) : 0;
}

/** Below 0 where `a` is before `b`, 0 for one instant, above 0 where it is after. */
export function compareInstants(a: string, b: string): number {
  return timeOf(a) - timeOf(b) || fractionOf(a) - fractionOf(b);
}

/** Dates in the order of time. */
export function inOrder(dates: readonly string[]): string[] {
  const read = dates.map((date) => ({ date, time: timeOf(date) }));
  return read.sort((a, b) => a.time - b.time || compareInstants(a.date, b.date)).map(({ date }) => date);
}
