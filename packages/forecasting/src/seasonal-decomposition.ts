/**
 * The classical decomposition, and the seasonal pattern that it leaves; as statsmodels' `seasonal_decompose`
 * computes it.
 */

import { check, checkKind, checkSeries } from './refuse';

export type SeasonKind = 'additive' | 'multiplicative';

/**
 * The mean of each place of the season, of what a centred moving average over a season leaves; they sum to 0,
 * or average 1.
 *
 * @param values [n], n ≥ 2·season
 * @param kind what the season is to the trend: `additive`, a difference, or `multiplicative`, a factor
 * @returns [season], the first value's place first
 * @throws UnrolledError when there are fewer than two seasons, or a value is not finite
 */
export function seasonalPattern(values: ArrayLike<number>, season: number, kind: SeasonKind): Float64Array {
  const scope = 'seasonalPattern';
  check.count(scope, 'season', season);
  checkSeries(scope, 'values', values, 2 * season);
  checkKind(scope, 'kind', kind, "'additive' or 'multiplicative'");
  const half = Math.floor(season / 2);
  const even = season % 2 === 0;
  const sums = new Float64Array(season);
  const counts = new Float64Array(season);
  for (let t = half; t < values.length - half; t++) {
    let trend = 0;
    for (let k = t - half; k <= t + half; k++) {
      trend += (even && (k === t - half || k === t + half) ? 0.5 : 1) * values[k]!;
    }
    trend /= season;
    sums[t % season]! += kind === 'additive' ? values[t]! - trend : values[t]! / trend;
    counts[t % season]! += 1;
  }
  const means = sums.map((sum, place) => sum / counts[place]!);
  const centre = means.reduce((sum, value) => sum + value, 0) / season;
  return means.map((value) => (kind === 'additive' ? value - centre : value / centre));
}

const NORMAL_95 = 1.6448536269514722;

/**
 * Whether the autocorrelation at the season is more than chance at 90 %, against Bartlett's standard error:
 * the test of the theta method and of the M competitions' Naive2 (Assimakopoulos and Nikolopoulos, 2000).
 * Seasons below 4, and less than two of them, are none.
 *
 * @throws UnrolledError when a value is not finite
 */
export function isSeasonal(values: ArrayLike<number>, season: number): boolean {
  check.count('isSeasonal', 'season', season);
  checkSeries('isSeasonal', 'values', values);
  const n = values.length;
  if (season < 4 || n < 2 * season) return false;
  let mean = 0;
  for (let t = 0; t < n; t++) mean += values[t]! / n;
  const covariance = (lag: number) => {
    let sum = 0;
    for (let t = lag; t < n; t++) sum += (values[t]! - mean) * (values[t - lag]! - mean);
    return sum;
  };
  const variance = covariance(0);
  if (!(variance > 0)) return false;
  let squares = 0;
  for (let lag = 1; lag < season; lag++) squares += (covariance(lag) / variance) ** 2;
  return Math.abs(covariance(season) / variance) > NORMAL_95 * Math.sqrt((1 + 2 * squares) / n);
}

/** A series without its season, and how to put the season of later steps back. */
export interface Adjusted {
  readonly values: Float64Array;
  readonly kind: SeasonKind | 'none';
  /** [season] as `seasonalPattern` gives it; of `none` [1]. */
  readonly pattern: Float64Array;
  /** A forecast of the adjusted series, with the season of the steps ahead. */
  restore(forecast: Float64Array): Float64Array;
}

/**
 * Divides the season out where there is one and all values are above 0, or subtracts it; of values without
 * one it is a copy.
 */
export function seasonallyAdjusted(values: ArrayLike<number>, season: number): Adjusted {
  const n = values.length;
  if (!isSeasonal(values, season)) {
    const copy = Float64Array.from(values);
    return { values: copy, kind: 'none', pattern: Float64Array.of(0), restore: (forecast) => forecast };
  }
  let kind: SeasonKind = 'multiplicative';
  for (let t = 0; t < n; t++) if (!(values[t]! > 0)) kind = 'additive';
  let pattern = seasonalPattern(values, season, kind);
  if (kind === 'multiplicative' && pattern.some((factor) => factor < 0.01)) {
    kind = 'additive';
    pattern = seasonalPattern(values, season, kind);
  }
  const divides = kind === 'multiplicative';
  return {
    kind,
    pattern,
    values: Float64Array.from({ length: n }, (_, t) =>
      divides ? values[t]! / pattern[t % season]! : values[t]! - pattern[t % season]!,
    ),
    restore: (forecast) =>
      forecast.map((value, ahead) => {
        const place = pattern[(n + ahead) % season]!;
        return divides ? value * place : value + place;
      }),
  };
}
