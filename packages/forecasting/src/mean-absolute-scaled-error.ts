import type { OptionKinds } from '@unrolled/errors';
import { meanOf } from './mean';
import { meanAbsoluteError } from './mean-absolute-error';
import { checkOptions, checkPaired, checkSeries, refuse } from './refuse';

export interface ScaledErrorOptions {
  /** The forecaster's training values, oldest first: more than `season` values. */
  readonly training: ArrayLike<number>;
  /** Steps after which the series repeats; default 1, the naive forecast. */
  readonly season?: number;
}

const KINDS: OptionKinds<ScaledErrorOptions> = {
  training: 'array or typed array',
  season: 'positive integer?',
};

/**
 * The mean absolute error in units of the (seasonal) naive forecast's on the training values (Hyndman and
 * Koehler, 2006):
 *
 *     mean |truth − forecast| / mean |trainingₜ − trainingₜ₋season|
 *
 * Below 1 the forecasts are better than the naive one is, one season ahead, in training.
 *
 * @throws UnrolledError when the lengths differ or are 0, a value is not finite, the training values are no
 *   more than a season, or all repeat the season before, so the scale is 0
 */
export function meanAbsoluteScaledError(
  truth: ArrayLike<number>,
  forecast: ArrayLike<number>,
  options: ScaledErrorOptions,
): number {
  const scope = 'meanAbsoluteScaledError';
  checkOptions(scope, options, KINDS);
  const { training, season = 1 } = options;
  checkPaired(scope, { truth, forecast });
  return meanAbsoluteError(truth, forecast) / seasonalScale(scope, training, season);
}

/** mean |trainingₜ − trainingₜ₋season|; or refuses where there is none, or it is 0. */
export function seasonalScale(scope: string, training: ArrayLike<number>, season: number): number {
  checkSeries(scope, 'training', training, season + 1);
  const scale = meanOf(training.length - season, (i) => Math.abs(training[i + season]! - training[i]!));
  if (scale === 0) {
    refuse(scope, {
      expected: 'training values that change',
      got: `${training.length} that repeat with a season of ${season}`,
      remedy: 'pass the values that the model was trained on, and their season',
    });
  }
  return scale;
}
