import { meanOf } from './mean';

/**
 * How fits of several orders are compared: Akaike's criterion, the same corrected for small samples,
 * Schwarz's.
 */
export type Criterion = 'aic' | 'aicc' | 'bic';

/**
 * Residual sums below this share of the whole are rounding: a series that is fitted exactly has no better
 * order.
 */
export const EXACT = 1e-20;

/**
 * The criterion of a fit to n values of variance 1: n·ln(RSS/n) + 2k (`aic`), + 2(k + 1)·n/(n − k − 2)
 * (`aicc`, Hurvich and Tsai, 1989), or
 * + k·ln n (`bic`). Infinity where n is too small for k.
 */
export function criterionOf(criterion: Criterion, residual: number, n: number, k: number): number {
  const penalties = {
    aic: 2 * k,
    aicc: n - k - 2 > 0 ? (2 * (k + 1) * n) / (n - k - 2) : Number.POSITIVE_INFINITY,
    bic: k * Math.log(n),
  };
  return n * Math.log(Math.max(residual / n, EXACT)) + penalties[criterion];
}

/** (y − centre) / scale; without an intercept the centre is 0, since the model knows no other. */
export function standardise(values: ArrayLike<number>, intercept: boolean) {
  const centre = intercept ? meanOf(values.length, (i) => values[i]!) : 0;
  const scale = Math.sqrt(meanOf(values.length, (i) => (values[i]! - centre) ** 2)) || 1;
  return { scaled: Float64Array.from(values, (value) => (value - centre) / scale), centre, scale };
}
