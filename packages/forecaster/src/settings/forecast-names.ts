/** The baselines, which every table has in addition to the model. */
export const BASELINES = [
  'naive',
  'drift',
  'movingAverage',
  'seasonalNaive',
  'linearAutoregression',
] as const;
export type BaselineName = (typeof BASELINES)[number];

/** The baselines in sentences. */
export const BASELINE_NAMES: Record<BaselineName, string> = {
  naive: 'the naive forecast',
  drift: 'drift',
  movingAverage: 'the moving average',
  seasonalNaive: 'the seasonal naive forecast',
  linearAutoregression: 'the linear autoregression',
};

/** The model, and the baselines. */
export type ForecastName = 'model' | BaselineName;
export const FORECAST_NAMES: readonly ForecastName[] = ['model', ...BASELINES];
