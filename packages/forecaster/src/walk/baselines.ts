import {
  fitLinearAutoregression,
  movingAverageForecast,
  naiveForecast,
  type RowRange,
  seasonalNaiveForecast,
} from '@unrolled/forecasting';
import type { BaselineName } from '../settings/forecast-names';
import type { ModelSettings, ResolvedEvaluation, TargetTransform } from '../settings/settings';

/** The prices that each baseline forecasts, [n, horizon]. */
export type BaselineForecasts = Readonly<Record<BaselineName, Float64Array>>;

/** Settings that a baseline depends on. */
export type BaselineSettings = Pick<ModelSettings, 'horizon' | 'window'> &
  Pick<ResolvedEvaluation, 'season' | 'movingAverage'> & { readonly targetTransform: TargetTransform };

/** The longest season that the autoregression's lags may cover if it is longer than the model's window. */
const LONGEST_SEASON_OF_LAGS = 31;

/**
 * The forecasts of every baseline from n rows on. If the model forecasts log returns, drift and
 * autoregression use logarithms. The linear autoregression is fitted to the training rows, like the model. It
 * reads changes, or prices if these return to a mean. Schwarz's criterion chooses its order. The maximum
 * order is the model's window or a season, whichever is longer, and at most a quarter of the rows.
 *
 * @param prices the target [rows], oldest first
 * @param train the rows to which the model was fitted
 * @param rows [n], the first row of each forecast, which reads the rows before it
 */
export function baselineForecasts(
  prices: Float64Array,
  train: RowRange,
  rows: ArrayLike<number>,
  { horizon, window, season, movingAverage, targetTransform }: BaselineSettings,
): BaselineForecasts {
  const logs = targetTransform === 'log-return' ? prices.map(Math.log) : undefined;
  const values = logs ?? prices;
  const training = values.subarray(train.start, train.end);
  const longest = Math.max(window, season <= LONGEST_SEASON_OF_LAGS ? season + 1 : 0);
  const maximum = Math.max(0, Math.min(longest, Math.floor(training.length / 4) - 1));
  const autoregression = fitLinearAutoregression(training, {
    lags: { maximum, criterion: 'bic' },
    of: 'auto',
  });
  const each = (forecast: (history: Float64Array) => Float64Array, of = prices) => {
    const forecasts = new Float64Array(rows.length * horizon);
    for (let at = 0; at < rows.length; at++)
      forecasts.set(forecast(of.subarray(train.start, rows[at]!)), at * horizon);
    return forecasts;
  };
  /** Forecasts of the values, as prices. */
  const ofValues = (forecast: (history: Float64Array) => Float64Array) => {
    const forecasts = each(forecast, values);
    return logs ? forecasts.map(Math.exp) : forecasts;
  };
  // Each history is cut to the values that its baseline reads, because the functions check every given value.
  return {
    naive: each((history) => naiveForecast(history.subarray(-1), horizon)),
    drift: ofValues((history) => driftLine(history, horizon)),
    movingAverage: each((history) =>
      movingAverageForecast(history.subarray(-movingAverage), horizon, { window: movingAverage }),
    ),
    seasonalNaive: each((history) => {
      const lastSeason = history.subarray(-season);
      return seasonalNaiveForecast(lastSeason, horizon, { season: lastSeason.length });
    }),
    linearAutoregression: ofValues((history) => autoregression.forecast(history, horizon)),
  };
}

/**
 * `driftForecast` in constant time. A walk has a history for each row, so a check of all values would be
 * slow.
 */
function driftLine(history: Float64Array, horizon: number): Float64Array {
  const last = history.at(-1)!;
  const slope = (last - history[0]!) / (history.length - 1);
  return Float64Array.from({ length: horizon }, (_, ahead) => last + (ahead + 1) * slope);
}
