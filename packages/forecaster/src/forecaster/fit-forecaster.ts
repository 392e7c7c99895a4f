import type { OptionKinds } from '@unrolled/errors';
import type { CalibrationJson } from '../model/calibration';
import type { FitOptions, TrainingHistory } from '../model/fit-model';
import { checkOptions } from '../refuse';
import type { Panel, SeriesInput } from '../series/panel';
import { type BacktestPlan, checkPlan, type FitSettings, planFit } from '../walk/plan';
import { runTask } from '../walk/run-task';
import { type BacktestResult, backtestResult } from './backtest';
import { type Forecaster, forecasterOf } from './forecaster';

/** A forecaster with the history of its training and its test. */
export interface FittedForecaster extends Forecaster {
  /** For each network of the ensemble, its losses by epoch. */
  readonly histories: readonly TrainingHistory[];
  /** The test on the held-out rows; undefined if there were none. */
  readonly test: BacktestResult | undefined;
}

const KINDS: OptionKinds<FitOptions> = {
  signal: 'AbortSignal?',
  onEpoch: 'function?',
};

/**
 * Fits a forecaster to series: its scalers, and its networks. Before training, a network is the linear
 * least-squares forecast. After training, it has the weights of its best epoch.
 *
 *     const forecaster = await fitForecaster(prices, { horizon: 5, trainShare: 0.8 });
 *     forecaster.forecast(prices)[0].rows; // the next five rows, with intervals
 *
 * @param series the values of one column, a table, or several tables for one model; oldest row first
 * @throws UnrolledError if settings contradict each other, there are too few rows, or a loss is not finite
 */
export async function fitForecaster(
  series: SeriesInput,
  settings: FitSettings = {},
  options: FitOptions = {},
): Promise<FittedForecaster> {
  checkOptions('fitForecaster', options, KINDS);
  return fitPlanned(planFit(series, settings), options);
}

/**
 * Fits a forecaster by a plan of `planFit`. If the signal aborts, the forecaster has the best epoch so far.
 * If it aborts before the first epoch, the forecaster has no network.
 */
export async function fitPlanned(plan: BacktestPlan, options: FitOptions = {}): Promise<FittedForecaster> {
  checkPlan('fitPlanned', plan);
  checkOptions('fitPlanned', options, KINDS);
  const [task] = plan.tasks;
  const { result, model } = await runTask(plan, task!, options);
  const test = result.forecasts.length > 0 ? backtestResult(plan, [result]) : undefined;
  const calibration = Object.fromEntries(
    (test?.outcomes ?? []).flatMap(({ name, calibration }): [string, CalibrationJson][] => {
      if (!calibration) return [];
      const { method, errors, margins } = calibration;
      return [[name, { method, errors, margins }]];
    }),
  );
  const fitted = { model, calibration, trainedOn: trainedOn(plan.panel, task!.train.end) };
  return { ...forecasterOf(fitted), histories: result.histories, test };
}

/** The last date of each series in training, and its number of rows. */
function trainedOn({ series }: Panel, end: number) {
  return Object.fromEntries(
    series.map(({ name, times, dates }) => {
      const rows = times.filter((time) => time < end).length;
      return [name, { until: dates?.[rows - 1] ?? null, rows }];
    }),
  );
}
