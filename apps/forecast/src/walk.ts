import type { CollectionBacktest, CollectionBaseline } from '@unrolled/forecaster';
import { type FoldPlan, forecastFold } from './method/fold';
import { changes, foldsWithin, learnsFrom } from './method/lengths';
import type { Method, MethodForecast } from './method/method';
import type { Task } from './task';

/** With more series than this, exponential smoothing is left out. Its search takes 0.1 s for each series. */
const MOST_SMOOTHED = 500;
const BASELINES: readonly CollectionBaseline[] = [
  ...(['seasonalNaive', 'drift', 'theta'] as const),
  ...(['exponentialSmoothing', 'linearAutoregression'] as const),
];

export type Backtest = CollectionBacktest<MethodForecast, 'withoutNetwork'>;

export interface BacktestAsked {
  /** The result of {@link fittingFolds}. */
  readonly folds: number;
  /** Minimum number of values of a series before a fold. Default: the method's minimum. */
  readonly fewest?: number;
  readonly baselines: readonly string[] | undefined;
  /** The forecasts of the first folds, at least one, if other processes have computed them. */
  readonly collected?: readonly (readonly MethodForecast[])[] | undefined;
  onFold?(done: number): void;
}

/** The number of folds for which the longest series has enough training values; at least one. */
export function fittingFolds({ series, settings, chosen }: Task, folds: number): number {
  const { horizon, season } = settings;
  const longest = Math.max(...series.map(({ values }) => values.length));
  return foldsWithin(longest, learnsFrom(chosen.name, season, horizon), horizon, folds);
}

/** The options of a back-test that determine its folds. */
const foldsOf = (
  { series, settings: { horizon } }: Task,
  { folds, fewest }: { readonly folds: number; readonly fewest: number },
) => ({ series, horizon, folds, fewest, shortSeries: 'leave-out' as const });

/** The fits of a back-test for other processes; undefined if all series are constant. */
export async function planFolds(
  task: Task,
  method: Method,
  { folds, fewest = method.fewest }: Pick<BacktestAsked, 'folds' | 'fewest'>,
): Promise<FoldPlan | undefined> {
  const { collectionFolds } = await import('./engine');
  const { series, chosen } = task;
  if (!series.some(({ values }) => changes(values))) return undefined;
  const { signal: _, ...settings } = task.settings;
  return { method: chosen.name, settings, series, tasks: collectionFolds(foldsOf(task, { folds, fewest })) };
}

/** Back-tests a method. Returns undefined if all series are constant, because there is nothing to compare. */
export async function backtestTask(
  task: Task,
  method: Method,
  { folds, fewest = method.fewest, baselines, collected, onFold }: BacktestAsked,
): Promise<Backtest | undefined> {
  const { backtestCollection } = await import('./engine');
  const { series, settings } = task;
  const { season, levels, history } = settings;
  const stop = new AbortController();
  const signal = collected ? stop.signal : settings.signal;
  if (!series.some(({ values }) => changes(values))) return undefined;
  const all =
    series.length > MOST_SMOOTHED ? BASELINES.filter((name) => name !== 'exponentialSmoothing') : BASELINES;
  const calibrated: (readonly number[])[] = [];
  let walked = 0;
  const result = await backtestCollection<MethodForecast, 'withoutNetwork'>({
    ...{ what: method.words, season, levels, ...foldsOf(task, { folds, fewest }) },
    history: Math.min(history, baselineHistory(season)),
    baselines: (baselines as readonly CollectionBaseline[] | undefined) ?? all,
    async forecast(known, places) {
      const forecasts = collected?.[walked++] ?? (await forecastFold(method, task, { known, places }));
      if (walked === collected?.length) stop.abort();
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

/**
 * Number of newest values to which a baseline is fitted: at least eight seasons, which show that they repeat.
 */
const baselineHistory = (season: number) => Math.max(300, 8 * season);

/**
 * Adds an interval of width 0 for each level that had too few errors for its calibration. The evaluation
 * later omits these levels.
 */
function withAllLevels(forecast: MethodForecast, levels: readonly number[]): MethodForecast {
  const intervals = levels.map(
    (level) =>
      forecast.intervals.find((one) => one.level === level) ?? {
        ...{ level, lower: forecast.values, upper: forecast.values },
      },
  );
  return { ...forecast, intervals };
}
