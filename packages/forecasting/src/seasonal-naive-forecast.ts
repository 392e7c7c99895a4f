import { check, checkSeries } from './refuse';

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
  { season }: { readonly season: number },
): Float64Array {
  check.count('seasonalNaiveForecast', 'season', season);
  checkSeries('seasonalNaiveForecast', 'history', history, season);
  check.count('seasonalNaiveForecast', 'horizon', horizon);
  const first = history.length - season;
  return Float64Array.from({ length: horizon }, (_, ahead) => history[first + (ahead % season)]!);
}
