import { meanOf } from './mean';
import { check, checkSeries } from './refuse';

/**
 * The mean of the last `window` values, for every step.
 *
 * @param history [n], oldest first, n ≥ window
 * @returns [horizon]
 * @throws UnrolledError when the history is shorter than the window, or a value is not finite
 */
export function movingAverageForecast(
  history: ArrayLike<number>,
  horizon: number,
  { window }: { readonly window: number },
): Float64Array {
  check.count('movingAverageForecast', 'window', window);
  checkSeries('movingAverageForecast', 'history', history, window);
  check.count('movingAverageForecast', 'horizon', horizon);
  const first = history.length - window;
  return new Float64Array(horizon).fill(meanOf(window, (i) => history[first + i]!));
}
