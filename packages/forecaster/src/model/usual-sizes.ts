/** Decay of the running mean for each forecast. After 13 forecasts, half of a weight remains. */
const KEPT = 0.95;

/**
 * No size is below this share of the first errors' mean. Otherwise errors after a time of small errors would
 * have too large quotients.
 */
const LEAST = 0.05;

export interface SizeInput {
  readonly horizon: number;
  /** [m], the number of forecasts whose errors are known at each place, ascending. */
  readonly known: readonly number[];
  /** Number of first forecasts whose mean error initialises a size. */
  readonly first: number;
}

/**
 * The usual size of the errors at each place and step ahead: the running mean of the absolute errors that are
 * known there. Its initial value is the mean of the first `first` errors.
 *
 * The sizes of the first forecasts therefore depend on their own errors. This leaks nothing: these sizes only
 * divide errors for calibrations, and every interval is made after the first errors are known.
 *
 * @param errors [n, horizon], absolute
 * @returns [m, horizon], above 0
 */
export function usualSizes(errors: Float64Array, { horizon, known, first }: SizeInput): Float64Array {
  const sizes = new Float64Array(known.length * horizon);
  for (let step = 0; step < horizon; step++) {
    let beginning = 0;
    for (let at = 0; at < first; at++) beginning += errors[at * horizon + step]! / first;
    let size = beginning;
    let taken = 0;
    for (const [place, count] of known.entries()) {
      for (; taken < count; taken++) size = KEPT * size + (1 - KEPT) * errors[taken * horizon + step]!;
      sizes[place * horizon + step] = Math.max(size, LEAST * beginning) || 1;
    }
  }
  return sizes;
}
