import type { OptionKinds } from '@unrolled/errors';
import { seasonalScale } from './mean-absolute-scaled-error';
import { checkOptions } from './refuse';
import { winklerScore } from './winkler-score';

export interface ScaledIntervalOptions {
  /** The share of truths that the intervals promise to hold, in (0, 1). */
  readonly level: number;
  /** The forecaster's training values, oldest first: more than `season` values. */
  readonly training: ArrayLike<number>;
  /** Steps after which the series repeats; default 1. */
  readonly season?: number;
}

const KINDS: OptionKinds<ScaledIntervalOptions> = {
  level: 'number',
  training: 'array or typed array',
  season: 'positive integer?',
};

/**
 * The mean interval score in units of the (seasonal) naive forecast's error on the training values, MSIS of
 * the M4 competition (Makridakis et al., 2020): `winklerScore` over the scale of `meanAbsoluteScaledError`.
 * Lower is better.
 *
 * @throws UnrolledError as those two do
 */
export function meanScaledIntervalScore(
  truth: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  options: ScaledIntervalOptions,
): number {
  const scope = 'meanScaledIntervalScore';
  checkOptions(scope, options, KINDS);
  const { level, training, season = 1 } = options;
  return winklerScore(truth, lower, upper, level) / seasonalScale(scope, training, season);
}
