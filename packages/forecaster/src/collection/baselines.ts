import {
  driftForecast,
  fitExponentialSmoothing,
  fitLinearAutoregression,
  isSeasonal,
  type SmoothingName,
  seasonalNaiveForecast,
  seasonalPattern,
  thetaForecast,
} from '@unrolled/forecasting';

/**
 * Theta, smoothing and autoregression are fitted to at most this number of the newest values, because a
 * search over 200,000 values would take minutes.
 */
const NEWEST = 2000;
const newest = (history: Float64Array) => history.subarray(-NEWEST);

/**
 * The longest season for which exponential smoothing has states, as in R's `ets`. A longer season is
 * subtracted first, because a search does not find that many states.
 */
const LONGEST_SEASON = 24;

/** Exponential smoothing of a series with at least four values. */
function smoothed(history: Float64Array, horizon: number, season: number, model?: SmoothingName) {
  const known = newest(history);
  const n = known.length;
  if (season <= LONGEST_SEASON || !isSeasonal(known, season)) {
    const own = season <= LONGEST_SEASON ? season : 1;
    const fitted = fitExponentialSmoothing(known, { season: own, ...(model && { model }) });
    return { model: fitted.model, forecast: fitted.forecast(horizon) };
  }
  const pattern = seasonalPattern(known, season, 'additive');
  const adjusted = known.map((value, t) => value - pattern[t % season]!);
  const isPositive = adjusted.every((value) => value > 0);
  const named = model && (isPositive || !model.includes('M')) ? { model } : {};
  const fitted = fitExponentialSmoothing(adjusted, named);
  const forecast = fitted.forecast(horizon).map((value, ahead) => value + pattern[(n + ahead) % season]!);
  return { model: fitted.model, forecast };
}

/** The baselines of a forecaster of many series. The history must have no gaps. */
export const BASELINES = {
  seasonalNaive: (history: Float64Array, horizon: number, season: number): Float64Array =>
    seasonalNaiveForecast(history, horizon, { season: Math.min(season, history.length) }),
  drift: (history: Float64Array, horizon: number): Float64Array => driftForecast(history, horizon),
  theta: (history: Float64Array, horizon: number, season: number): Float64Array =>
    history.length < 4
      ? driftForecast(history, horizon)
      : thetaForecast(newest(history), horizon, { season }),
  exponentialSmoothing: (history: Float64Array, horizon: number, season: number): Float64Array =>
    history.length < 4 ? driftForecast(history, horizon) : smoothed(history, horizon, season).forecast,
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
 * A baseline's forecast of a series. Exponential smoothing chooses its model at the series' first fold. At
 * later folds only the parameters are fitted again.
 *
 * @param chosen stores the chosen model
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
  const fitted = smoothed(history, horizon, season, model);
  chosen.smoothing = fitted.model;
  return fitted.forecast;
}
