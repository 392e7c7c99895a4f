import { check, checkOptions } from '../../refuse';
import { choose, countOf, type Dimension, type Parameters, type ParameterValue } from '../../space';
import type { TrialRecord } from '../../trial';
import { drawsOf } from '../draws';
import { randomSampler } from '../random';
import type { Sampler } from '../sampler';
import { type ParzenEstimator, parzenEstimator } from './parzen-estimator';
import { splitTrials } from './split';

/** Settings of {@link tpeSampler}. */
export interface TpeOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Finished trials before the first that is not drawn at random, default 10. */
  readonly startupTrials?: number;
  /** How many values are drawn, of which the most promising is taken, default 24. */
  readonly candidates?: number;
  /** Weight of the prior relative to one trial, above 0, default 1. */
  readonly priorWeight?: number;
  /**
   * Whether dimensions without a condition are drawn together, which captures their interaction; default
   * true.
   */
  readonly multivariate?: boolean;
}

/**
 * Models where good trials are (the tree-structured Parzen estimator): one density of the best tenth of the
 * trials, one of the others; of several values drawn from the first it takes the one with the highest ratio
 * of both. Running trials count among the others, so simultaneous workers get different values. The
 * estimators, and the choice among given candidates, are those of Optuna 5.
 *
 * Trial n depends on the seed, n and the trials it was shown. Conditional dimensions are drawn one by one.
 */
export function tpeSampler(options: TpeOptions = {}): Sampler {
  checkOptions('tpeSampler', options, {
    seed: 'number?',
    startupTrials: 'integer of at least 0?',
    candidates: 'positive integer?',
    priorWeight: 'number?',
    multivariate: 'boolean?',
  });
  const { seed = 0, startupTrials = 10, candidates = 24, priorWeight = 1, multivariate = true } = options;
  check.number('tpeSampler', 'priorWeight', priorWeight, priorWeight > 0, 'to be above 0');
  const atRandom = randomSampler({ seed });
  return {
    name: 'tpe',
    sample(request) {
      const { space, direction, number, trials } = request;
      const finished = trials.filter(({ state }) => state === 'complete' || state === 'pruned').length;
      if (finished < startupTrials || finished === 0) return atRandom.sample(request);
      const draw = drawsOf(seed, number);
      const { below, above } = splitTrials(trials, direction);
      const drawn = (names: readonly string[]): Parameters => {
        const dimensions = names.map((name) => space[name]!);
        const estimator = (part: readonly TrialRecord[]) =>
          parzenEstimator(dimensions, observedIn(part, names), priorWeight);
        const [good, other] = [estimator(below), estimator(above)];
        const values = Array.from({ length: candidates }, () => good.draw(draw));
        const best = bestCandidate(values, good, other);
        return Object.fromEntries(names.map((name, index) => [name, best[index]!]));
      };
      const isFree = (dimension: Dimension) => dimension.when === undefined && countOf(dimension) !== 1;
      const together = Object.keys(space).filter((name) => multivariate && isFree(space[name]!));
      const joint = together.length > 0 ? drawn(together) : {};
      return choose(space, (dimension, name) => {
        if (countOf(dimension) === 1)
          return dimension.kind === 'choice' ? dimension.values[0]! : dimension.low;
        return joint[name] ?? drawn([name])[name]!;
      });
    },
  };
}

/** The values of each dimension in the trials that have all of them. */
function observedIn(trials: readonly TrialRecord[], names: readonly string[]): ParameterValue[][] {
  const complete = trials.filter(({ parameters }) => names.every((name) => Object.hasOwn(parameters, name)));
  return names.map((name) => complete.map(({ parameters }) => parameters[name]!));
}

/**
 * The candidate with the highest ratio of the densities among good trials and among the others; the first of
 * equal ones.
 */
export function bestCandidate(
  candidates: readonly (readonly ParameterValue[])[],
  good: ParzenEstimator,
  other: ParzenEstimator,
): readonly ParameterValue[] {
  const scores = candidates.map((values) => good.logDensity(values) - other.logDensity(values));
  return candidates[scores.indexOf(scores.reduce((a, b) => Math.max(a, b)))]!;
}
