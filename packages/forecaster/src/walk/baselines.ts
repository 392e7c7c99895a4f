import {
  driftForecast,
  fitLinearAutoregression,
  movingAverageForecast,
  naiveForecast,
  type RowRange,
  seasonalNaiveForecast,
} from '@unrolled/forecasting';
import type { BaselineName } from '../settings/forecast-names';
import type { EvaluationSettings, ModelSettings } from '../settings/settings';

/** Prices forecast by each baseline, [n, horizon]. */
export type BaselineForecasts = Readonly<Record<BaselineName, Float64Array>>;

/** Settings that a baseline depends on. */
export type BaselineSettings = Pick<ModelSettings, 'horizon' | 'window'> &
  Pick<EvaluationSettings, 'season' | 'movingAverage'>;

/**
 * Forecasts from some rows on by every baseline. The linear autoregression is fitted to the training rows,
 * like the model; its order, up to the model's window, is chosen by Schwarz's criterion.
 *
 * @param prices the target [rows], oldest first
 * @param train the rows that the model was fitted to
 * @param rows the first row that each forecast is for; each sees the rows before it
 */
export function baselineForecasts(
  prices: Float64Array,
  train: RowRange,
  rows: ArrayLike<number>,
  { horizon, window, season, movingAverage }: BaselineSettings,
): BaselineForecasts {
  const training = prices.subarray(train.start, train.end);
  const maximum = Math.min(window, Math.floor((training.length - 1) / 2));
  const autoregression = fitLinearAutoregression(training, { lags: { maximum } });
  const each = (forecast: (history: Float64Array) => Float64Array) => {
    const forecasts = new Float64Array(rows.length * horizon);
    for (let at = 0; at < rows.length; at++)
      forecasts.set(forecast(prices.subarray(train.start, rows[at]!)), at * horizon);
    return forecasts;
  };
  return {
    naive: each((history) => naiveForecast(history, horizon)),
    drift: each((history) => driftForecast(history, horizon)),
    movingAverage: each((history) => movingAverageForecast(history, horizon, { window: movingAverage })),
    seasonalNaive: each((history) => seasonalNaiveForecast(history, horizon, { season })),
    linearAutoregression: each((history) => autoregression.forecast(history, horizon)),
  };
}
