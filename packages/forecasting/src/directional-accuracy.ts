import { meanOf } from './mean';
import { checkPaired } from './refuse';

/**
 * The share, 0 … 1, of forecasts that tell the direction: sign(forecast − previous) = sign(truth − previous).
 *
 * No change is a separate direction, which matches only no change: a forecast that repeats the previous value
 * is correct only if the truth does too.
 *
 * @param previous for each forecast the last value that was known when it was made
 * @throws UnrolledError when the lengths differ or are 0, or a value is not finite
 */
export function directionalAccuracy(
  truth: ArrayLike<number>,
  forecast: ArrayLike<number>,
  previous: ArrayLike<number>,
): number {
  checkPaired('directionalAccuracy', { truth, forecast, previous });
  const direction = (values: ArrayLike<number>, i: number) => Math.sign(values[i]! - previous[i]!);
  return meanOf(truth.length, (i) => (direction(forecast, i) === direction(truth, i) ? 1 : 0));
}
