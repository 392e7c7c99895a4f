import type { OptionKinds } from '@unrolled/errors';
import { meanOf } from './mean';
import { check, checkOptions, checkSeries } from './refuse';

const KINDS: OptionKinds<{ readonly window: number }> = {
  window: 'positive integer',
};

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
  options: { readonly window: number },
): Float64Array {
  checkOptions('movingAverageForecast', options, KINDS);
  const { window } = options;
  checkSeries('movingAverageForecast', 'history', history, window);
  check.count('movingAverageForecast', 'horizon', horizon);
  const first = history.length - window;
  return new Float64Array(horizon).fill(meanOf(window, (i) => history[first + i]!));
}
