import { backtestCollection, type CollectionBacktest, type CollectionFold } from '../collection/backtest';
import type { CollectionEvaluation } from '../collection/evaluation';
import { fitHybridForecaster, type HybridForecast } from './hybrid-forecaster';
import { checkHybridSeries, type HybridSeries } from './hybrid-series';
import { type HybridSettings, resolveHybrid } from './hybrid-settings';

export type HybridEvaluation = CollectionEvaluation<'withoutNetwork'>;
export type HybridFold = CollectionFold<HybridForecast>;

/**
 * Back-tests by walking forward. In each fold a forecaster is fitted to all series without their newest
 * values, and forecasts `horizon` of these values. Folds do not overlap, and the last fold ends with the
 * series. Each fold fits its own models, and uses only values from before its horizon.
 *
 * @param folds default 1
 * @throws UnrolledError like `fitHybridForecaster`, and if a series is too short for the folds
 */
export async function backtestHybrid(
  series: readonly HybridSeries[],
  settings: HybridSettings,
  folds = 1,
): Promise<CollectionBacktest<HybridForecast, 'withoutNetwork'>> {
  const scope = 'backtestHybrid';
  const { horizon, season, levels } = resolveHybrid(scope, settings);
  const checked = checkHybridSeries(scope, series);
  return backtestCollection<HybridForecast, 'withoutNetwork'>({
    ...{ scope, what: 'the hybrid', series: checked, horizon, season, levels, folds, fewest: 2 },
    async forecast(known) {
      const older = checked.map(({ name, values, category }, at) => ({
        ...{ name, values: values.slice(0, known[at]!) },
        ...(category === undefined ? {} : { category }),
      }));
      return (await fitHybridForecaster(older, settings)).forecast(older);
    },
    beside: ({ withoutNetwork }) => ({ withoutNetwork }),
  });
}
