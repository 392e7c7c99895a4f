import { normalTwoSided, studentTwoSided } from './distributions';
import { type Kernel, longRunVariance } from './long-run-variance';
import { check, checkPaired, checkSeries, checkShare, refuse } from './refuse';

export interface DieboldMarianoOptions {
  /** h: how many steps ahead the errors are; those of h-step forecasts depend on the h − 1 before. */
  readonly horizon: number;
  /** What an error costs: e² or |e|; default `squared`. */
  readonly loss?: 'squared' | 'absolute';
  /** Whether Harvey, Leybourne and Newbold's correction for small samples is made; default true. */
  readonly correction?: boolean;
  /** How the covariances at lags 1 … h − 1 count; default `rectangular`, as Diebold and Mariano have it. */
  readonly kernel?: Kernel;
  /** The two-sided level below which a p-value counts; default 0.05. */
  readonly significance?: number;
}

/** Plain JSON, but for a statistic that is infinite. */
export interface DieboldMarianoResult {
  /** Below 0 where the model's losses are smaller; ±Infinity where they differ by the same amount throughout. */
  readonly statistic: number;
  /** Two-sided, 0 … 1. */
  readonly pValue: number;
  /** d̄, the mean of the model's loss − the baseline's. */
  readonly meanDifference: number;
  /** The estimated variance of d̄. */
  readonly variance: number;
  /** The kernel that the variance is by: Bartlett's where the rectangular one gave no positive variance. */
  readonly kernel: Kernel;
  readonly n: number;
  readonly horizon: number;
  readonly loss: 'squared' | 'absolute';
  readonly significance: number;
  /** Whether the model is significantly better or worse than the baseline. */
  readonly verdict: 'better' | 'worse' | 'undecided';
}

/**
 * Whether two forecasts of the same values differ in accuracy (Diebold and Mariano, 1995), with d = the model's loss − the
 * baseline's for each forecast, oldest first:
 *
 *     DM = d̄ / √variance,   variance = (γ₀ + 2·Σₖ γₖ) / n,   k = 1 … h − 1
 *
 * With the correction (Harvey, Leybourne and Newbold, 1997) it is multiplied by √((n + 1 − 2h + h(h − 1)/n) / n) and
 * judged by Student's t with n − 1 degrees of freedom, without it by the normal distribution.
 *
 * The rectangular sum can come out negative or 0; then the Bartlett weights 1 − k/h take its place, which cannot be
 * negative (as R's `forecast::dm.test` advises; Harvey, Leybourne and Whitehouse, 2017). Losses that are the same throughout are
 * undecided, with a p-value of 1.
 *
 * @param modelErrors [n], truth − forecast, oldest first, each `horizon` steps ahead
 * @param baselineErrors [n], of the same truths
 * @throws UnrolledError when the lengths differ, a value is not finite, or n is not above the horizon
 */
export function dieboldMarianoTest(
  modelErrors: ArrayLike<number>,
  baselineErrors: ArrayLike<number>,
  options: DieboldMarianoOptions,
): DieboldMarianoResult {
  const scope = 'dieboldMarianoTest';
  const { horizon, loss = 'squared', correction = true, significance = 0.05 } = options;
  const { kernel: preferred = 'rectangular' } = options;
  checkPaired(scope, { modelErrors, baselineErrors });
  check.count(scope, 'horizon', horizon);
  check.choice(scope, 'loss', loss, ['squared', 'absolute']);
  check.choice(scope, 'kernel', preferred, ['rectangular', 'bartlett']);
  checkShare(scope, 'a significance', significance);
  const n = modelErrors.length;
  if (n < 2 || n <= horizon) {
    refuse(scope, {
      expected: `at least ${Math.max(2, horizon + 1)} errors for a horizon of ${horizon}`,
      got: String(n),
    });
  }
  const cost = loss === 'squared' ? (error: number) => error * error : Math.abs;
  const differences = Float64Array.from(modelErrors, (error, i) => cost(error) - cost(baselineErrors[i]!));
  checkSeries(scope, 'loss differences', differences);
  const meanDifference = differences.reduce((sum, difference) => sum + difference, 0) / n;
  const { variance, kernel } = varianceOfMean(differences, horizon, preferred);
  const factor = correction ? Math.sqrt((n + 1 - 2 * horizon + (horizon * (horizon - 1)) / n) / n) : 1;
  // 0/0, the same losses throughout, is no difference.
  const statistic = meanDifference === 0 ? 0 : (factor * meanDifference) / Math.sqrt(variance);
  const pValue = correction ? studentTwoSided(statistic, n - 1) : normalTwoSided(statistic);
  const verdict = pValue < significance ? (statistic < 0 ? 'better' : 'worse') : 'undecided';
  return { statistic, pValue, meanDifference, variance, kernel, n, horizon, loss, significance, verdict };
}

function varianceOfMean(differences: Float64Array, horizon: number, kernel: Kernel) {
  const variance = longRunVariance(differences, horizon, kernel) / differences.length;
  if (variance > 0 || kernel === 'bartlett') return { variance: Math.max(0, variance), kernel };
  const bartlett = longRunVariance(differences, horizon, 'bartlett') / differences.length;
  return { variance: Math.max(0, bartlett), kernel: 'bartlett' as const };
}

/**
 * The verdict as a sentence to print: significantly better beats the baseline, significantly worse does not, anything else
 * cannot be told.
 *
 * @param names what to call the two; default `the model` and `the naive forecast`
 */
export function dieboldMarianoSentence(
  result: DieboldMarianoResult,
  names: { readonly model?: string; readonly baseline?: string } = {},
): string {
  const { model = 'the model', baseline = 'the naive forecast' } = names;
  const { verdict, loss, pValue, n } = result;
  const evidence = `Diebold–Mariano test on ${loss} errors, n = ${n}, p ${pValue < 0.001 ? '< 0.001' : `= ${pValue.toFixed(3)}`}`;
  const sentences = {
    better: `${model} beats ${baseline}: its errors are significantly smaller (${evidence}).`,
    worse: `${model} does not beat ${baseline}: its errors are significantly larger (${evidence}).`,
    undecided: `cannot tell whether ${model} beats ${baseline}: the difference is not significant (${evidence}).`,
  };
  const sentence = sentences[verdict];
  return sentence[0]!.toUpperCase() + sentence.slice(1);
}
