import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, checkSeries } from './refuse';
import { seasonallyAdjusted } from './seasonal-decomposition';

const KINDS: OptionKinds<{ readonly season?: number }> = { season: 'positive integer?' };

/**
 * Naive2 of the M competitions (Makridakis et al., 2020): the last value, of the seasonally adjusted series
 * where a test finds a season. The season is that of `thetaForecast`.
 *
 * @param history [n], oldest first
 * @param options `season`: steps after which the series repeats; default 1, none
 * @returns [horizon]
 * @throws UnrolledError when the history is empty, or a value is not finite
 */
export function naive2Forecast(
  history: ArrayLike<number>,
  horizon: number,
  options: { readonly season?: number } = {},
): Float64Array {
  const scope = 'naive2Forecast';
  checkOptions(scope, options, KINDS);
  checkSeries(scope, 'history', history);
  check.count(scope, 'horizon', horizon);
  const adjusted = seasonallyAdjusted(history, options.season ?? 1);
  return adjusted.restore(new Float64Array(horizon).fill(adjusted.values.at(-1)!));
}
