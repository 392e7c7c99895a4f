import type { OptionKinds } from '@unrolled/errors';
import { type Evaluation, evaluate } from '../evaluation/evaluate';
import { type FoldSummary, foldSummaries } from '../evaluation/fold-summaries';
import { outcomesOf, type SeriesOutcome } from '../evaluation/outcome';
import type { TrainingHistory } from '../model/fit-model';
import { checkKind, checkOptions, refuse } from '../refuse';
import type { SeriesInput } from '../series/panel';
import { modelName } from '../settings/settings';
import { type BacktestPlan, type BacktestSettings, checkPlan, planBacktest } from '../walk/plan';
import type { TaskResult } from '../walk/run-task';
import { type RunOptions, type RunTasks, runTasks } from '../walk/run-tasks';

/** The results of a back-test, or of a fit's test. */
export interface BacktestResult {
  readonly plan: BacktestPlan;
  /** Errors of the model and of the baselines, the Diebold–Mariano test, and the intervals' coverage. */
  readonly evaluation: Evaluation;
  /** All forecasts of each series with the true values. */
  readonly outcomes: readonly SeriesOutcome[];
  /** The completed folds; fewer than planned if the signal aborted. */
  readonly folds: readonly FoldSummary[];
  /** For each fit, the training history of each network of the ensemble. */
  readonly histories: readonly (readonly TrainingHistory[])[];
}

export interface BacktestOptions extends RunOptions {
  /** Runs the fits; default in this thread. `@unrolled/forecaster/node` runs them in several. */
  readonly run?: RunTasks | undefined;
}

const KINDS: OptionKinds<BacktestOptions> = {
  run: 'function?',
  signal: 'AbortSignal?',
  onTask: 'function?',
};

const RESULT_KINDS: OptionKinds<Pick<TaskResult, 'forecasts' | 'histories'>> = {
  forecasts: 'array',
  histories: 'array',
};

/**
 * Walks forward through the rows of series: fits to the rows before a cut, forecasts the rows after it, moves
 * the cut forward, and compares all forecasts with those of five baselines. Scalers, transform and weights
 * use only the rows before a cut.
 *
 *     const { evaluation } = await backtest(prices, { horizon: 5, folds: 20 });
 *     evaluation.metrics.model.rmse; evaluation.dieboldMariano?.sentence;
 *
 * @throws UnrolledError if settings contradict each other, there are too few rows, a loss is not finite, or
 *   the signal aborts before a fit is complete
 */
export async function backtest(
  series: SeriesInput,
  settings: BacktestSettings = {},
  options: BacktestOptions = {},
): Promise<BacktestResult> {
  checkOptions('backtest', options, KINDS);
  const { run = runTasks, ...others } = options;
  const plan = planBacktest(series, settings);
  return backtestResult(plan, await run(plan, others));
}

/**
 * Evaluates the results of a plan's tasks.
 *
 * @throws UnrolledError if there is no result
 */
export function backtestResult(plan: BacktestPlan, results: readonly TaskResult[]): BacktestResult {
  checkPlan('backtestResult', plan);
  checkKind('backtestResult', 'results', results, 'array');
  for (const result of results) checkOptions('backtestResult', result, RESULT_KINDS, true);
  const { settings, evaluation } = plan;
  const outcomes = outcomesOf(plan, results);
  if (outcomes.length === 0)
    refuse('backtest', {
      expected: 'at least one forecast',
      got: 'none',
      remedy: 'abort the signal only after the first task is complete',
      code: 'state',
    });
  return {
    plan,
    evaluation: evaluate(outcomes, {
      loss: settings.loss,
      modelName: modelName(settings),
      level: evaluation.level,
    }),
    outcomes,
    folds: foldSummaries(plan, results, outcomes),
    histories: results.map(({ histories }) => histories),
  };
}
