import { check, checkSeries } from './refuse';

/**
 * The last value, for every step: what a random walk without drift is best forecast by.
 *
 * @param history [n], oldest first
 * @returns [horizon]
 * @throws UnrolledError when there is no history, or a value is not finite
 */
export function naiveForecast(history: ArrayLike<number>, horizon: number): Float64Array {
  checkSeries('naiveForecast', 'history', history);
  check.count('naiveForecast', 'horizon', horizon);
  return new Float64Array(horizon).fill(history[history.length - 1]!);
}
