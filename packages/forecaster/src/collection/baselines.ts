import {
  driftForecast,
  fitExponentialSmoothing,
  fitLinearAutoregression,
  type SmoothingName,
  seasonalNaiveForecast,
  thetaForecast,
} from '@unrolled/forecasting';

/**
 * Theta, smoothing and autoregression are fitted to this many of the newest values at most: a search through
 * 200,000 would take minutes.
 */
const NEWEST = 2000;
const newest = (history: Float64Array) => history.subarray(-NEWEST);

/** The baselines for a forecaster of many series, for a series without gaps. */
export const BASELINES = {
  seasonalNaive: (history: Float64Array, horizon: number, season: number): Float64Array =>
    seasonalNaiveForecast(history, horizon, { season: Math.min(season, history.length) }),
  drift: (history: Float64Array, horizon: number): Float64Array => driftForecast(history, horizon),
  theta: (history: Float64Array, horizon: number, season: number): Float64Array =>
    history.length < 4
      ? driftForecast(history, horizon)
      : thetaForecast(newest(history), horizon, { season }),
  exponentialSmoothing: (history: Float64Array, horizon: number, season: number): Float64Array =>
    history.length < 4
      ? driftForecast(history, horizon)
      : fitExponentialSmoothing(newest(history), { season }).forecast(horizon),
  linearAutoregression: (history: Float64Array, horizon: number, season: number): Float64Array => {
    const maximum = Math.min(season > 1 ? season + 1 : 4, Math.floor((history.length - 3) / 2));
    return maximum < 1
      ? driftForecast(history, horizon)
      : fitLinearAutoregression(newest(history), { lags: { maximum }, of: 'auto' }).forecast(
          newest(history),
          horizon,
        );
  },
} as const;

export type CollectionBaseline = keyof typeof BASELINES;
export const COLLECTION_BASELINES = /* @__PURE__ */ Object.keys(BASELINES) as CollectionBaseline[];

/**
 * A baseline's forecast of a series. Exponential smoothing keeps the model chosen at a series' first fold,
 * and refits its parameters.
 *
 * @param chosen where that model is noted
 */
export function baselineForecast(
  name: CollectionBaseline,
  history: Float64Array,
  horizon: number,
  season: number,
  chosen: { smoothing?: SmoothingName },
): Float64Array {
  const isConstant = history.every((value) => value === history[0]);
  if (name !== 'exponentialSmoothing' || history.length < 4 || isConstant)
    return BASELINES[name](history, horizon, season);
  const isPositive = history.every((value) => value > 0);
  const model = isPositive || !chosen.smoothing?.includes('M') ? chosen.smoothing : undefined;
  const fitted = fitExponentialSmoothing(newest(history), { season, ...(model && { model }) });
  chosen.smoothing = fitted.model;
  return fitted.forecast(horizon);
}
