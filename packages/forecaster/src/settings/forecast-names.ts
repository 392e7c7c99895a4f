/** The forecasts beside the model's in every table. */
export const BASELINES = [
  'naive',
  'drift',
  'movingAverage',
  'seasonalNaive',
  'linearAutoregression',
] as const;
export type BaselineName = (typeof BASELINES)[number];

/** The model, and the baselines beside it. */
export type ForecastName = 'model' | BaselineName;
export const FORECAST_NAMES: readonly ForecastName[] = ['model', ...BASELINES];
