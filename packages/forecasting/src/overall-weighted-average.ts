import type { OptionKinds } from '@unrolled/errors';
import { checkOptions, refuse } from './refuse';

export interface PointScores {
  /** The mean `symmetricMeanAbsolutePercentageError` over the series. */
  readonly smape: number;
  /** The mean `meanAbsoluteScaledError` over the series. */
  readonly mase: number;
}

const KINDS: OptionKinds<PointScores> = { smape: 'number', mase: 'number' };

/**
 * The overall weighted average of the M4 competition (Makridakis et al., 2020): the mean of two ratios,
 *
 *     ½ · (sMAPE / sMAPE of the baseline + MASE / MASE of the baseline)
 *
 * each of the means over all series, not a mean of ratios. In M4 the baseline is `naive2Forecast`. Below 1 is
 * better than it.
 *
 * @throws UnrolledError when a score is negative or not finite, or the baseline's is 0
 */
export function overallWeightedAverage(scores: PointScores, baseline: PointScores): number {
  const scope = 'overallWeightedAverage';
  for (const one of [scores, baseline]) {
    checkOptions(scope, one, KINDS);
    for (const [name, value] of Object.entries(one)) {
      if (Number.isFinite(value) && value >= 0 && (one === scores || value > 0)) continue;
      const least = one === baseline ? 'above 0' : 'of at least 0';
      const remedy = 'give means over the series, of forecasts that differ from the truth';
      refuse(scope, { expected: `a ${name} ${least}`, got: String(value), remedy });
    }
  }
  return (scores.smape / baseline.smape + scores.mase / baseline.mase) / 2;
}
