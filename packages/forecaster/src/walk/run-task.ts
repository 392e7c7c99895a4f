import { type FitOptions, type FittedModel, fitModel, type TrainingHistory } from '../model/fit-model';
import { type ChangeForecasts, forecastChanges } from '../model/forecast-changes';
import { type PanelSeries, rowsBefore } from '../series/panel';
import { type BaselineForecasts, baselineForecasts } from './baselines';
import { fingerprintOf } from './fingerprint';
import type { BacktestPlan, FitTask } from './plan';

/** The n forecasts of one series by one fit, oldest first. Each is of a whole horizon. */
export interface SeriesForecasts extends ChangeForecasts {
  /** The index of the series in the panel. */
  readonly series: number;
  /** [n], the first row of each forecast. */
  readonly rows: Int32Array;
  /** In prices. */
  readonly baselines: BaselineForecasts;
}

/** The result of one fit. Plain data, with the same bits in any thread. */
export interface TaskResult {
  readonly index: number;
  readonly forecasts: readonly SeriesForecasts[];
  readonly histories: readonly TrainingHistory[];
  /** SHA-256 of the fitted scalers and weights. */
  readonly fingerprint: string;
}

/** Fits a model to the task's training range, and forecasts from every row of its test ranges. */
export async function runTask(
  { panel, settings, evaluation }: BacktestPlan,
  task: FitTask,
  options: FitOptions = {},
): Promise<{ result: TaskResult; model: FittedModel }> {
  const { model, histories } = await fitModel(panel, task.train, settings, options);
  const forecasts = panel.series.flatMap((series, number): SeriesForecasts[] => {
    const rows = forecastRows(series, task, settings.horizon);
    if (rows.length === 0 || !model.scaling[series.name] || model.members.length === 0) return [];
    const train = { start: rowsBefore(series, task.train.start), end: rowsBefore(series, task.train.end) };
    const needs = { ...settings, ...evaluation };
    const baselines = baselineForecasts(series.columns[panel.target]!, train, rows, needs);
    return [{ series: number, rows, ...forecastChanges(model, panel, series, rows), baselines }];
  });
  return { result: { index: task.index, forecasts, histories, fingerprint: fingerprintOf(model) }, model };
}

/** The rows of a series that lie in the task's test ranges and have a whole horizon. */
function forecastRows(series: PanelSeries, { folds }: FitTask, horizon: number): Int32Array {
  const start = folds[0]!.test.start;
  const end = folds.at(-1)!.test.end;
  const { times } = series;
  const last = times.length - horizon;
  return Int32Array.from(times.keys()).filter(
    (row) => times[row]! >= start && times[row]! < end && row <= last,
  );
}
