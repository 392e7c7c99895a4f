import type { CollectionBacktest, CollectionBaseline } from '@unrolled/forecaster';
import type { Method, MethodForecast } from './method/method';
import { upTo } from './method/method';
import type { Task } from './task';

/** With more series than this, exponential smoothing is left out: its search takes 0.1 s for each series. */
const MOST_SMOOTHED = 500;
const BASELINES: readonly CollectionBaseline[] = [
  ...(['seasonalNaive', 'drift', 'theta'] as const),
  ...(['exponentialSmoothing', 'linearAutoregression'] as const),
];

export type Backtest = CollectionBacktest<MethodForecast, 'withoutNetwork'>;

export interface BacktestAsked {
  readonly folds: number;
  readonly baselines: readonly string[] | undefined;
  onFold?(done: number): void;
}

/** Back-tests a method; undefined if no series changes, because there is nothing to compare. */
export async function backtestTask(
  { series, settings }: Task,
  method: Method,
  { folds, baselines, onFold }: BacktestAsked,
): Promise<Backtest | undefined> {
  const { backtestCollection } = await import('./engine');
  const { horizon, season, levels, history, signal } = settings;
  if (!series.some(({ values }) => values.some((value, at) => at > 0 && differs(value, values[at - 1]!))))
    return undefined;
  const all =
    series.length > MOST_SMOOTHED ? BASELINES.filter((name) => name !== 'exponentialSmoothing') : BASELINES;
  const longest = Math.max(...series.map(({ values }) => values.length));
  const fitting = Math.max(1, Math.min(folds, Math.floor((longest - method.fewest) / horizon)));
  const calibrated: (readonly number[])[] = [];
  const result = await backtestCollection<MethodForecast, 'withoutNetwork'>({
    ...{ what: method.words, series, horizon, season, levels, folds: fitting, fewest: method.fewest },
    ...{ shortSeries: 'leave-out', history: Math.min(history, BASELINE_HISTORY) },
    baselines: (baselines as readonly CollectionBaseline[] | undefined) ?? all,
    async forecast(known, places) {
      const older = known.map((count, at) => upTo(series[places[at]!]!, count, horizon));
      const fitted = await method.fit(older);
      const forecasts = fitted.forecast(older);
      calibrated.push(forecasts[0]!.intervals.map(({ level }) => level));
      return forecasts.map((one) => withAllLevels(one, levels));
    },
    beside: ({ withoutNetwork }): Record<string, Float64Array> => (withoutNetwork ? { withoutNetwork } : {}),
    ...(onFold && { onFold }),
    ...(signal && { signal }),
  });
  const there = levels.filter((level) => calibrated.every((own) => own.includes(level)));
  const { evaluation } = result;
  return {
    ...result,
    evaluation: {
      ...evaluation,
      intervals: evaluation.intervals.filter(({ level }) => there.includes(level)),
      meanWeightedQuantileLoss:
        there.length === levels.length ? evaluation.meanWeightedQuantileLoss : undefined,
    },
  };
}

/** Newest values that a baseline is fitted to. */
const BASELINE_HISTORY = 300;

const differs = (a: number, b: number) => !Number.isNaN(a) && !Number.isNaN(b) && a !== b;

/** A level that there were too few errors for has no width, and is left out of what is told. */
function withAllLevels(forecast: MethodForecast, levels: readonly number[]): MethodForecast {
  const intervals = levels.map(
    (level) =>
      forecast.intervals.find((one) => one.level === level) ?? {
        ...{ level, lower: forecast.values, upper: forecast.values },
      },
  );
  return { ...forecast, intervals };
}
