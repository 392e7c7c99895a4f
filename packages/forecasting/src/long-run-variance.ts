/**
 * How the dependence of neighbours counts: covariances at lags 1 … h − 1 all alike, or by 1 − k/h (Newey and
 * West, 1987), never negative in sum; or by `daniell`, the mean of the periodogram over its lowest
 * frequencies, which needs no lag.
 */
export type Kernel = 'rectangular' | 'bartlett' | 'daniell';

/**
 * The variance of √n times the mean of a series whose values depend on up to `horizon` − 1 before them:
 *
 *     γ₀ + 2·Σₖ wₖ·γₖ,   γₖ = 1/n Σₜ (dₜ − d̄)(dₜ₋ₖ − d̄),   k = 1 … horizon − 1
 */
export function longRunVariance(
  values: Float64Array,
  horizon: number,
  kernel: Exclude<Kernel, 'daniell'>,
): number {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let variance = 0;
  for (let lag = 0; lag < horizon; lag++) {
    let covariance = 0;
    for (let t = lag; t < n; t++) covariance += (values[t]! - mean) * (values[t - lag]! - mean);
    const weight = lag === 0 ? 1 : 2 * (kernel === 'bartlett' ? 1 - lag / horizon : 1);
    variance += (weight * covariance) / n;
  }
  return variance;
}

/**
 * The same variance by Daniell's estimate, 2π times the mean of the periodogram over the frequencies 2πj/n,
 * j = 1 … m:
 *
 *     1/m Σⱼ 1/n |Σₜ dₜ·exp(−2πi·j·t/n)|²
 *
 * A mean over it is judged by Student's t with 2m degrees of freedom (Coroneo and Iacone, 2020).
 */
export function periodogramVariance(values: Float64Array, frequencies: number): number {
  const n = values.length;
  let power = 0;
  for (let j = 1; j <= frequencies; j++) {
    let real = 0;
    let imaginary = 0;
    for (let t = 0; t < n; t++) {
      const angle = (2 * Math.PI * ((j * t) % n)) / n;
      real += values[t]! * Math.cos(angle);
      imaginary += values[t]! * Math.sin(angle);
    }
    power += (real * real + imaginary * imaginary) / n;
  }
  return power / frequencies;
}
