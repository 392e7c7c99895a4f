import { checkKind, checkPaired, checkShare, refuse } from './refuse';

/** The quantiles as an array, each with a forecast series as long as the truth; or refuses. */
export function checkQuantileForecasts(
  scope: string,
  truth: ArrayLike<number>,
  forecasts: readonly ArrayLike<number>[],
  quantiles: ArrayLike<number>,
): number[] {
  checkKind(scope, 'forecasts', forecasts, 'array');
  const levels = Array.from(quantiles);
  for (const quantile of levels) checkShare(scope, 'a quantile', quantile);
  if (levels.length === 0 || forecasts.length !== levels.length) {
    refuse(scope, {
      expected: 'a forecast series for each quantile, and at least one',
      got: `${forecasts.length} of ${levels.length}`,
      remedy: 'pass the forecasts in the order of the quantiles',
    });
  }
  for (const [at, forecast] of forecasts.entries())
    checkPaired(scope, { truth, [`the forecast of ${levels[at]}`]: forecast });
  return levels;
}

/** Σ max(q·e, (q − 1)·e), e = truth − forecast. */
export function pinballSum(truth: ArrayLike<number>, forecast: ArrayLike<number>, quantile: number): number {
  let sum = 0;
  for (let i = 0; i < truth.length; i++) {
    const error = truth[i]! - forecast[i]!;
    sum += Math.max(quantile * error, (quantile - 1) * error);
  }
  return sum;
}
