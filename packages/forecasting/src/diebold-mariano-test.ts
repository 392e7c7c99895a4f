import type { OptionKinds } from '@unrolled/errors';
import { normalTwoSided, studentTwoSided } from './distributions';
import { type Kernel, longRunVariance, periodogramVariance } from './long-run-variance';
import { check, checkKind, checkOptions, checkPaired, checkSeries, checkShare, refuse } from './refuse';

export interface DieboldMarianoOptions {
  /** h: how many steps ahead the errors are; those of h-step forecasts depend on the h − 1 before. */
  readonly horizon: number;
  /** The loss of an error: e² or |e|; default `squared`. */
  readonly loss?: 'squared' | 'absolute';
  /**
   * Whether to apply Harvey, Leybourne and Newbold's correction for small samples; default true. The kernel
   * `daniell` has its own critical values, and no correction.
   */
  readonly correction?: boolean;
  /**
   * How neighbours' dependence counts; default `rectangular` one step ahead, where there is none, and
   * `daniell` above.
   */
  readonly kernel?: Kernel;
  /** The two-sided level below which a p-value counts; default 0.05. */
  readonly significance?: number;
}

const KINDS: OptionKinds<DieboldMarianoOptions> = {
  horizon: 'positive integer',
  loss: "'squared' or 'absolute'?",
  correction: 'boolean?',
  kernel: "'rectangular', 'bartlett' or 'daniell'?",
  significance: 'number?',
};

/** Plain JSON, but for a statistic that is infinite. */
export interface DieboldMarianoResult {
  /**
   * Below 0 where the model's losses are smaller; ±Infinity where they differ by the same amount throughout.
   */
  readonly statistic: number;
  /** Two-sided, 0 … 1. */
  readonly pValue: number;
  /** d̄, the mean of the model's loss − the baseline's. */
  readonly meanDifference: number;
  /** The estimated variance of d̄. */
  readonly variance: number;
  /** The kernel that the variance is by: Bartlett's where the rectangular one gave no positive variance. */
  readonly kernel: Kernel;
  /** Degrees of freedom of Student's t for the statistic; null for the normal distribution. */
  readonly degrees: number | null;
  readonly n: number;
  readonly horizon: number;
  readonly loss: 'squared' | 'absolute';
  readonly significance: number;
  /** Whether the model is significantly better or worse than the baseline. */
  readonly verdict: 'better' | 'worse' | 'undecided';
}

/**
 * Whether two forecasts of the same values differ in accuracy (Diebold and Mariano, 1995), with d = the
 * model's loss − the baseline's for each forecast, oldest first:
 *
 *     DM = d̄ / √variance,   variance = (γ₀ + 2·Σₖ γₖ) / n,   k = 1 … h − 1
 *
 * With the correction (Harvey, Leybourne and Newbold, 1997) it is multiplied by √((n + 1 − 2h + h(h − 1)/n) /
 * n) and judged by Student's t with n − 1 degrees of freedom, without it by the normal distribution.
 *
 * Several steps ahead that finds a difference too often where there is none: at 5 % in 9 to 15 of 100. There
 * the variance is by Daniell's estimate from the m = min(⌊∛n⌋, ⌊n/2h⌋) lowest frequencies, at least 1, and
 * Student's t has 2m degrees of freedom (Coroneo and Iacone, 2020).
 *
 * The rectangular sum can come out negative or 0; then the Bartlett weights 1 − k/h take its place, which
 * cannot be negative (as R's `forecast::dm.test` advises; Harvey, Leybourne and Whitehouse, 2017). Losses
 * that are the same throughout are undecided, with a p-value of 1. Losses that differ by the same amount
 * throughout have no variance: only their signs count, over ⌊n/h⌋ forecasts that share no step, and p = 2^(1
 * − ⌊n/h⌋). No p-value is below 2^(1 − n), the least of n signs.
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
  checkOptions(scope, options, KINDS);
  const { horizon, loss = 'squared', correction = true, significance = 0.05 } = options;
  const { kernel: preferred = horizon > 1 ? 'daniell' : 'rectangular' } = options;
  checkPaired(scope, { modelErrors, baselineErrors });
  check.choice(scope, 'kernel', preferred, ['rectangular', 'bartlett', 'daniell']);
  checkShare(scope, 'a significance', significance);
  const n = modelErrors.length;
  const least = Math.max(preferred === 'daniell' ? 3 : 2, horizon + 1);
  if (n < least) {
    refuse(scope, {
      expected: `at least ${least} errors for a horizon of ${horizon}`,
      got: String(n),
      remedy: 'compare over a longer period',
    });
  }
  const cost = loss === 'squared' ? (error: number) => error * error : Math.abs;
  const differences = Float64Array.from(modelErrors, (error, i) => cost(error) - cost(baselineErrors[i]!));
  checkSeries(scope, 'loss differences', differences);
  const meanDifference = differences.reduce((sum, difference) => sum + difference, 0) / n;
  const { variance, kernel, degrees, factor } = varianceOfMean(differences, horizon, preferred, correction);
  const constant = differences.every(
    (difference) => Math.abs(difference - meanDifference) <= ROUNDING * Math.abs(meanDifference),
  );
  // 0/0, the same losses throughout, is no difference.
  const statistic =
    meanDifference === 0 ? 0 : (factor * meanDifference) / (constant ? 0 : Math.sqrt(variance));
  const tail = degrees === null ? normalTwoSided(statistic) : studentTwoSided(statistic, degrees);
  const signs = constant ? Math.floor(n / horizon) : n;
  const pValue = Math.max(tail, 2 ** (1 - signs));
  const verdict = pValue < significance ? (statistic < 0 ? 'better' : 'worse') : 'undecided';
  const tested = { n, horizon, loss, significance, verdict } as const;
  return { statistic, pValue, meanDifference, variance, kernel, degrees, ...tested };
}

/** Losses whose differences are alike to this share are constant but for rounding. */
const ROUNDING = 1e-9;

/** The variance of d̄, what it is judged by, and what the statistic is multiplied with. */
function varianceOfMean(differences: Float64Array, horizon: number, asked: Kernel, correction: boolean) {
  const n = differences.length;
  if (asked === 'daniell') {
    const frequencies = Math.max(
      1,
      Math.min(Math.floor(Math.cbrt(n) + ROUNDING), Math.floor(n / 2 / horizon)),
    );
    const variance = periodogramVariance(differences, frequencies) / n;
    return { variance, kernel: asked, degrees: 2 * frequencies, factor: 1 };
  }
  const factor = correction ? Math.sqrt((n + 1 - 2 * horizon + (horizon * (horizon - 1)) / n) / n) : 1;
  const judged = { degrees: correction ? n - 1 : null, factor };
  const variance = longRunVariance(differences, horizon, asked) / n;
  if (variance > 0 || asked === 'bartlett')
    return { variance: Math.max(0, variance), kernel: asked, ...judged };
  const bartlett = longRunVariance(differences, horizon, 'bartlett') / n;
  return { variance: Math.max(0, bartlett), kernel: 'bartlett' as const, ...judged };
}

const NAME_KINDS: OptionKinds<{ readonly model?: string; readonly baseline?: string }> = {
  model: 'string?',
  baseline: 'string?',
};

/**
 * The verdict as a sentence: significantly better beats the baseline, significantly worse does not, and
 * anything else is undecided.
 *
 * @param names what to call the two; default `the model` and `the naive forecast`
 */
export function dieboldMarianoSentence(
  result: DieboldMarianoResult,
  names: { readonly model?: string; readonly baseline?: string } = {},
): string {
  checkKind('dieboldMarianoSentence', 'result', result, 'object');
  checkKind('dieboldMarianoSentence', 'verdict', result.verdict, "'better', 'worse' or 'undecided'");
  checkKind('dieboldMarianoSentence', 'pValue', result.pValue, 'number');
  checkKind('dieboldMarianoSentence', 'loss', result.loss, 'string');
  checkKind('dieboldMarianoSentence', 'n', result.n, 'number');
  checkOptions('dieboldMarianoSentence', names, NAME_KINDS);
  const { model = 'the model', baseline = 'the naive forecast' } = names;
  const { verdict, loss, pValue, n } = result;
  const evidence = `Diebold–Mariano test on ${loss} errors, n = ${n}, p ${pValue < 0.001 ? '< 0.001' : `= ${pValue.toFixed(3)}`}`;
  const difference =
    result.meanDifference === 0 ? 'their errors are the same in size' : 'the difference is not significant';
  const sentences = {
    better: `${model} beats ${baseline}: its errors are significantly smaller (${evidence}).`,
    worse: `${model} does not beat ${baseline}: its errors are significantly larger (${evidence}).`,
    undecided: `cannot tell whether ${model} beats ${baseline}: ${difference} (${evidence}).`,
  };
  const sentence = sentences[verdict];
  return sentence[0]!.toUpperCase() + sentence.slice(1);
}
