import { check, checkSeries } from './refuse';

/**
 * The line through the first and the last value, drawn on (Hyndman and Athanasopoulos, 2021, 5.2):
 *
 *     ŷₙ₊ₕ = yₙ + h·(yₙ − y₁) / (n − 1)
 *
 * @param history [n], oldest first, n ≥ 2
 * @returns [horizon]
 * @throws UnrolledError when there are fewer than two values, or one is not finite
 */
export function driftForecast(history: ArrayLike<number>, horizon: number): Float64Array {
  checkSeries('driftForecast', 'history', history, 2);
  check.count('driftForecast', 'horizon', horizon);
  const last = history[history.length - 1]!;
  const slope = (last - history[0]!) / (history.length - 1);
  return Float64Array.from({ length: horizon }, (_, ahead) => last + (ahead + 1) * slope);
}
