import { check, checkOptions, refuse } from '../refuse';
import { drawIndex, drawsOf } from '../samplers/draws';
import type { Pruner } from './pruner';
import { successiveHalvingPruner } from './successive-halving';

/** Settings of {@link hyperbandPruner}. */
export interface HyperbandOptions {
  /** The step of the first decision of the quickest bracket, at least 1, default 1. */
  readonly minimumSteps?: number;
  /** The last step of a trial that is never given up. */
  readonly maximumSteps: number;
  /** The same as in `successiveHalvingPruner`, default 3. */
  readonly reductionFactor?: number;
}

/**
 * Hyperband (Li et al., 2018): trials are dealt to brackets of successive halving, from one that gives trials
 * up early to one that never does, for the case that early reports mislead. The shares of the brackets are
 * the paper's; which trial goes where depends on its number.
 */
export function hyperbandPruner(options: HyperbandOptions): Pruner {
  checkOptions('hyperbandPruner', options, {
    minimumSteps: 'positive integer?',
    maximumSteps: 'positive integer',
    reductionFactor: 'positive integer?',
  });
  const { minimumSteps = 1, maximumSteps, reductionFactor = 3 } = options;
  check.count('hyperbandPruner', 'reductionFactor', reductionFactor, 2);
  if (maximumSteps < minimumSteps) {
    const expected = `maximumSteps of at least minimumSteps, ${minimumSteps}`;
    refuse('hyperbandPruner', {
      expected,
      got: String(maximumSteps),
      remedy: 'pass the steps of a complete trial',
    });
  }
  const shares = sharesOf(minimumSteps, maximumSteps, reductionFactor);
  const brackets = shares.map((_, skippedRungs) =>
    successiveHalvingPruner({ minimumSteps, reductionFactor, skippedRungs }),
  );
  const bracketOf = (number: number) => drawIndex(shares, drawsOf(0, number)());
  return {
    name: 'hyperband',
    shouldPrune({ trial, trials, direction }) {
      const bracket = bracketOf(trial.number);
      const own = trials.filter(({ number }) => bracketOf(number) === bracket);
      return brackets[bracket]!.shouldPrune({ trial, trials: own, direction });
    },
  };
}

/**
 * The share of the trials that each bracket takes: ⌈(s_max + 1) / (s + 1) · η^s⌉ of a whole round, s from
 * s_max to 0.
 */
function sharesOf(minimumSteps: number, maximumSteps: number, factor: number): number[] {
  let rungs = 0;
  while (minimumSteps * factor ** (rungs + 1) <= maximumSteps) rungs++;
  const counts = Array.from({ length: rungs + 1 }, (_, bracket) => {
    const s = rungs - bracket;
    return Math.ceil(((rungs + 1) * factor ** s) / (s + 1));
  });
  const total = counts.reduce((sum, count) => sum + count);
  return counts.map((count) => count / total);
}
