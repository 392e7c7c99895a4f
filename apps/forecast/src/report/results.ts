import type { CollectionBaseline, SeriesRecord } from '@unrolled/forecaster';
import type { MethodForecast } from '../method/method';
import type { InputSeries } from '../read/input';
import type { Task } from '../task';
import type { Backtest } from '../walk';

/** The results of a command. */
export interface Report {
  readonly command: 'backtest' | 'train';
  readonly task: Task;
  /** Undefined if every series is constant. */
  readonly backtest: Backtest | undefined;
  /** The next steps; empty for a back-test. */
  readonly next: readonly MethodForecast[];
  readonly notes: readonly string[];
}

/** The results of one series. */
export interface SeriesScore {
  readonly name: string;
  readonly mase: number;
  /** The baseline with the smallest error on this series. */
  readonly best: CollectionBaseline;
  readonly bestMase: number;
  readonly forecasts: number;
  readonly record: SeriesRecord;
  /** The index of the series in the task. */
  readonly place: number;
}

export const NAMES: Readonly<Record<string, string>> = {
  ...{
    model: 'model',
    withoutNetwork: 'hybrid without its network',
    seasonalNaive: 'seasonal naive',
    drift: 'drift',
  },
  ...{ theta: 'theta', exponentialSmoothing: 'exponential smoothing' },
  ...{ linearAutoregression: 'linear autoregression' },
};

const NO_BASELINES = ['model', 'withoutNetwork', 'naive2'];

/** The scores of the series that have a scale and actual values, the best first. */
export function seriesScores({ backtest }: Pick<Report, 'backtest'>): SeriesScore[] {
  if (!backtest) return [];
  const scores = backtest.records.flatMap((record, place): SeriesScore[] => {
    const { scale } = record;
    if (record.truth.length === 0 || !(scale > 0)) return [];
    const maseOf = (name: string) =>
      record.truth.reduce((sum, value, at) => sum + Math.abs(value - record.forecasts[name]![at]!), 0) /
      record.truth.length /
      scale;
    const baselines = Object.keys(record.forecasts).filter((name) => !NO_BASELINES.includes(name));
    const best = baselines.reduce((a, b) => (maseOf(b) < maseOf(a) ? b : a)) as CollectionBaseline;
    const { name, truth } = record;
    return [
      {
        ...{ name, record, place, best },
        mase: maseOf('model'),
        bestMase: maseOf(best),
        forecasts: truth.length,
      },
    ];
  });
  return scores.sort((a, b) => a.mase - b.mase);
}

/** The row of a series at the first step of the oldest fold. */
export function firstRow({ backtest, task }: Pick<Report, 'backtest' | 'task'>, place: number): number {
  const newest = backtest!.folds.at(-1)!;
  const known = newest.known[newest.places.indexOf(place)]!;
  return known - (backtestFolds(backtest!) - 1) * task.settings.horizon;
}

/** Number of folds in the walk, including folds for which no series was long enough. */
function backtestFolds({ folds }: Backtest): number {
  return folds.length;
}

/** The date of a row of a series, or its number from 1. */
export function placeOfRow({ dates, dateAhead, values }: InputSeries, row: number): string | number {
  if (!dates) return row + 1;
  return row < values.length ? dates[row]! : dateAhead!(row - values.length + 1);
}

/** The number of series for each rule that replaces the network. */
export function rulesOf(forecasts: readonly MethodForecast[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { by } of forecasts) if (by !== 'network') counts.set(by, (counts.get(by) ?? 0) + 1);
  return counts;
}
