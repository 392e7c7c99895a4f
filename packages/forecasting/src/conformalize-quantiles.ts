/**
 * Conformalized quantile regression (Romano, Patterson and Candès, 2019): forecast quantiles keep their
 * changing width and are moved apart, or together, until they hold as many truths as they promise. With the
 * score of one forecast
 *
 *     E = max(lower − truth, truth − upper)
 *
 * the margin is the ⌈(n + 1)·level⌉-th smallest of n scores, and the interval [lower − margin, upper +
 * margin].
 */

import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkSteps, conformalMargins, isMargins } from './conformal-margins';
import { checkKind, checkOptions, checkPaired, checkShare, refuse } from './refuse';
import type { Intervals } from './split-conformal';

export interface ConformalizeQuantilesOptions {
  /** [n, horizon], row-major: what came, of rows that no model was fitted to. */
  readonly truth: ArrayLike<number>;
  /** `[n, horizon]`: the lower quantile that was forecast, (1 − level) / 2 for one. */
  readonly lower: ArrayLike<number>;
  /** `[n, horizon]`: the upper one. */
  readonly upper: ArrayLike<number>;
  /** The share of truths that an interval is to hold, in (0, 1). */
  readonly level: number;
  /** Steps of a forecast, each with a separate margin; default 1. */
  readonly horizon?: number;
}

const KINDS: OptionKinds<ConformalizeQuantilesOptions> = {
  truth: 'array or typed array',
  lower: 'array or typed array',
  upper: 'array or typed array',
  level: 'number',
  horizon: 'number?',
};

/** Plain JSON. */
export interface ConformalizedQuantilesJson {
  readonly level: number;
  /** `[horizon]`: how far both quantiles are moved out; below 0 where they were too wide. */
  readonly margins: readonly number[];
}

export interface ConformalizedQuantiles extends ConformalizedQuantilesJson {
  /**
   * The intervals of new forecast quantiles, each [m, horizon], row-major. If narrowing would make them
   * cross, both ends are their middle.
   */
  interval(lower: ArrayLike<number>, upper: ArrayLike<number>): Intervals;
  toJSON(): ConformalizedQuantilesJson;
}

/**
 * Calibrates forecast quantiles.
 *
 * @throws UnrolledError when n is too small for the level (it says how many it takes), shapes differ, or a
 * value is not finite
 */
export function conformalizeQuantiles(options: ConformalizeQuantilesOptions): ConformalizedQuantiles {
  const scope = 'conformalizeQuantiles';
  checkOptions(scope, options, KINDS);
  const { truth, lower, upper, level, horizon = 1 } = options;
  checkPaired(scope, { truth, lower, upper });
  checkSteps(scope, truth, horizon);
  checkShare(scope, 'a level', level);
  const scores = Float64Array.from(truth, (value, i) => Math.max(lower[i]! - value, value - upper[i]!));
  return calibrated({ level, margins: conformalMargins(scope, scores, level, horizon) });
}

/**
 * The calibration that `toJSON` described.
 *
 * @throws UnrolledError when the object is not one
 */
export function conformalizedQuantilesFromJSON(json: unknown): ConformalizedQuantiles {
  checkKind('conformalizedQuantilesFromJSON', 'json', json, 'object');
  const { level, margins } = (json ?? {}) as Partial<ConformalizedQuantilesJson>;
  if (!isMargins(margins)) {
    refuse('conformalizedQuantilesFromJSON', {
      expected: 'a level and margins',
      got: inWords(json),
      remedy: 'pass the result of toJSON',
    });
  }
  checkShare('conformalizedQuantilesFromJSON', 'a level', level!);
  return calibrated({ level: level!, margins });
}

function calibrated(json: ConformalizedQuantilesJson): ConformalizedQuantiles {
  const { margins } = json;
  const horizon = margins.length;
  return {
    ...json,
    interval(lower, upper) {
      checkPaired('interval', { lower, upper });
      checkSteps('interval', lower, horizon);
      const middle = (i: number) => (lower[i]! + upper[i]!) / 2;
      return {
        lower: Float64Array.from(lower, (value, i) => Math.min(value - margins[i % horizon]!, middle(i))),
        upper: Float64Array.from(upper, (value, i) => Math.max(value + margins[i % horizon]!, middle(i))),
      };
    },
    toJSON: () => ({ ...json, margins: [...margins] }),
  };
}
