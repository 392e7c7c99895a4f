import { backtestCollection, type CollectionBacktest, type CollectionFold } from '../collection/backtest';
import type { CollectionEvaluation } from '../collection/evaluation';
import { checkGlobalSeries } from './check-series';
import type { GlobalForecast } from './forecast-of';
import { fitGlobalForecaster, trainingRules } from './global-forecaster';
import type { GlobalSeries } from './global-series';
import { type GlobalSettings, resolveGlobal } from './global-settings';

export type GlobalEvaluation = CollectionEvaluation;
export type GlobalFold = CollectionFold<GlobalForecast>;

/**
 * Back-tests by walking forward, like `backtestHybrid`. In each fold a forecaster is fitted to all series
 * without their newest values, and forecasts `horizon` of these values. Folds do not overlap, and the last
 * fold ends with the series. Each fold fits its own models. It uses values and past columns only from before
 * its horizon, and known columns only up to the end of its horizon.
 *
 * @param folds default 1
 * @throws UnrolledError like `fitGlobalForecaster`, and if a series is too short for the folds
 */
export async function backtestGlobal(
  series: readonly GlobalSeries[],
  settings: GlobalSettings,
  folds = 1,
): Promise<CollectionBacktest<GlobalForecast>> {
  const scope = 'backtestGlobal';
  const resolved = resolveGlobal(scope, settings);
  const { horizon, season, levels } = resolved;
  const rules = trainingRules(resolved);
  const checked = checkGlobalSeries(scope, series, rules);
  const whole = checked.map((one, at) => ({
    name: one.name,
    values: Float64Array.from(series[at]!.values).subarray(one.skipped),
  }));
  return backtestCollection<GlobalForecast>({
    ...{ scope, what: 'the network', series: whole, horizon, season, levels, folds, fewest: rules.fewest },
    async forecast(known) {
      const older = series.map((one, at) => truncated(one, checked[at]!.skipped + known[at]!, horizon));
      return (await fitGlobalForecaster(older, settings)).forecast(older);
    },
    beside: () => ({}),
  });
}

/** A series cut after `rows` rows; its known columns extend `horizon` rows further. */
function truncated(series: GlobalSeries, rows: number, horizon: number): GlobalSeries {
  const cut = (values: ArrayLike<number>, end: number) =>
    values instanceof Float64Array ? values.subarray(0, end) : Float64Array.from(values).subarray(0, end);
  const columns = (group: GlobalSeries['past'], end: number) =>
    Object.fromEntries(Object.entries(group ?? {}).map(([name, values]) => [name, cut(values, end)]));
  return {
    ...series,
    values: cut(series.values, rows),
    past: columns(series.past, rows),
    known: columns(series.known, rows + horizon),
  };
}
