/**
 * The instants of dates. The alphabetical order of ISO texts differs from the order of time: `10:00:00.500Z`
 * sorts before `10:00:00Z`.
 */

/**
 * Milliseconds from 1970 to an ISO text, or to the start of its year, month or day; NaN for any other text.
 */
export function timeOf(date: string): number {
  return Date.parse(date);
}

/** The part of an ISO text beyond milliseconds, as a fraction of a millisecond. */
function fractionOf(date: string): number {
  const digits = /\.\d{3}(\d+)/.exec(date)?.[1];
  return digits ? Number(`0.${digits}`) : 0;
}

/** Below 0 if `a` is before `b`, 0 if they are the same instant, above 0 if `a` is after `b`. */
export function compareInstants(a: string, b: string): number {
  return timeOf(a) - timeOf(b) || fractionOf(a) - fractionOf(b);
}

/** Dates in the order of time. */
export function inOrder(dates: readonly string[]): string[] {
  const read = dates.map((date) => ({ date, time: timeOf(date) }));
  return read.sort((a, b) => a.time - b.time || compareInstants(a.date, b.date)).map(({ date }) => date);
}
