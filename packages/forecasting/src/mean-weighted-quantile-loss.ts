import type { OptionKinds } from '@unrolled/errors';
import { checkQuantileForecasts, pinballSum } from './quantile-forecasts';
import { checkOptions, checkPaired, checkSeries, refuse } from './refuse';

export interface QuantileForecastOptions {
  /** Q numbers in (0, 1), one for each forecast series. */
  readonly quantiles: ArrayLike<number>;
}

const KINDS: OptionKinds<QuantileForecastOptions> = { quantiles: 'array or typed array' };

/**
 * The mean weighted quantile loss (GluonTS's `mean_weighted_sum_quantile_loss`; Wen et al., 2017): over the
 * quantiles q, the mean of
 *
 *     2 · Σ max(q·e, (q − 1)·e) / Σ |truth|        with e = truth − forecast
 *
 * It is relative to the series' size, so series of different units can be combined: give the values of all of
 * them. Lower is better.
 *
 * @param truth [n]
 * @param forecasts Q series [n], one for each quantile
 * @throws UnrolledError when the lengths differ or are 0, a value is not finite, a quantile is outside (0,
 *   1), or every truth is 0
 */
export function meanWeightedQuantileLoss(
  truth: ArrayLike<number>,
  forecasts: readonly ArrayLike<number>[],
  options: QuantileForecastOptions,
): number {
  const scope = 'meanWeightedQuantileLoss';
  checkOptions(scope, options, KINDS);
  const quantiles = checkQuantileForecasts(scope, truth, forecasts, options.quantiles);
  let size = 0;
  for (let i = 0; i < truth.length; i++) size += Math.abs(truth[i]!);
  if (size === 0) {
    const remedy = 'weigh by another size: pinballLoss is in units of the series';
    refuse(scope, { expected: 'a truth that is not 0 throughout', got: `${truth.length} zeros`, remedy });
  }
  const sum = quantiles.reduce((total, q, at) => total + 2 * pinballSum(truth, forecasts[at]!, q), 0);
  return sum / size / quantiles.length;
}

const CRPS_KINDS: OptionKinds<Partial<QuantileForecastOptions>> = { quantiles: 'array or typed array?' };

/**
 * The mean continuous ranked probability score, in units of the series; of point forecasts it is the mean
 * absolute error. Lower is better.
 *
 * From S samples X of each value (the default) it is the score of their empirical distribution (Gneiting and
 * Raftery, 2007),
 *
 *     mean |X − truth| − ½ · mean |X − X′|
 *
 * over all S² pairs. With `quantiles` the forecasts are those quantiles, and it is twice their mean pinball
 * loss, which comes to the score as the quantiles become dense.
 *
 * @param truth [n]
 * @param forecasts S sample paths [n], or Q quantile series [n]
 * @throws UnrolledError when the lengths differ or are 0, a value is not finite, or a quantile is outside
 *   (0, 1)
 */
export function continuousRankedProbabilityScore(
  truth: ArrayLike<number>,
  forecasts: readonly ArrayLike<number>[],
  options: Partial<QuantileForecastOptions> = {},
): number {
  const scope = 'continuousRankedProbabilityScore';
  checkOptions(scope, options, CRPS_KINDS);
  if (options.quantiles) {
    const quantiles = checkQuantileForecasts(scope, truth, forecasts, options.quantiles);
    const sum = quantiles.reduce((total, q, at) => total + 2 * pinballSum(truth, forecasts[at]!, q), 0);
    return sum / quantiles.length / truth.length;
  }
  checkSeries(scope, 'truth', truth);
  checkForecasts(scope, truth, forecasts);
  const sample = new Float64Array(forecasts.length);
  let total = 0;
  for (let i = 0; i < truth.length; i++) {
    forecasts.forEach((path, at) => {
      sample[at] = path[i]!;
    });
    total += sampleScore(truth[i]!, sample.sort());
  }
  return total / truth.length;
}

/** Σ over all pairs of |X − X′| is 2·Σ (2k − S + 1)·X₍ₖ₎ of the sorted sample, k from 0. */
function sampleScore(truth: number, sorted: Float64Array): number {
  const count = sorted.length;
  let away = 0;
  let spread = 0;
  for (let k = 0; k < count; k++) {
    away += Math.abs(sorted[k]! - truth);
    spread += (2 * k - count + 1) * sorted[k]!;
  }
  return away / count - spread / (count * count);
}

function checkForecasts(
  scope: string,
  truth: ArrayLike<number>,
  forecasts: readonly ArrayLike<number>[],
): void {
  if (!Array.isArray(forecasts) || forecasts.length === 0) {
    const got = Array.isArray(forecasts) ? 'none' : typeof forecasts;
    refuse(scope, { expected: 'a list of sample paths', got, remedy: 'pass one series for each sample' });
  }
  for (const [at, path] of forecasts.entries()) checkPaired(scope, { truth, [`path ${at}`]: path });
}
