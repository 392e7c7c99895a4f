import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, checkSeries } from './refuse';

const KINDS: OptionKinds<{ readonly season: number }> = {
  season: 'positive integer',
};

/**
 * For every step the last known value of its season: ŷₙ₊ₕ is the last season's value at the same place.
 *
 * @param history [n], oldest first, n ≥ season
 * @param options `season`: steps after which the series repeats
 * @returns [horizon]
 * @throws UnrolledError when the history is shorter than a season, or a value is not finite
 */
export function seasonalNaiveForecast(
  history: ArrayLike<number>,
  horizon: number,
  options: { readonly season: number },
): Float64Array {
  checkOptions('seasonalNaiveForecast', options, KINDS);
  const { season } = options;
  checkSeries('seasonalNaiveForecast', 'history', history, season);
  check.count('seasonalNaiveForecast', 'horizon', horizon);
  const first = history.length - season;
  return Float64Array.from({ length: horizon }, (_, ahead) => history[first + (ahead % season)]!);
}
