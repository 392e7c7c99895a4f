import type { OptionKinds } from '@unrolled/errors';
import { checkOptions } from '../refuse';
import { type BacktestPlan, checkPlan } from './plan';
import { runTask, type TaskResult } from './run-task';

export interface RunOptions {
  /** Ends the run. The result then has the completed folds. */
  readonly signal?: AbortSignal | undefined;
  /** Called when a fit and its forecasts are complete, in the order of completion. */
  readonly onTask?: ((result: TaskResult) => void) | undefined;
}

const KINDS: OptionKinds<RunOptions> = {
  signal: 'AbortSignal?',
  onTask: 'function?',
};

/** A way to run all tasks of a plan: in this thread, or in several. */
export type RunTasks = (plan: BacktestPlan, options: RunOptions) => Promise<TaskResult[]>;

/**
 * Runs a plan's tasks one after the other in this thread, on the current backend.
 *
 * @returns the results in the order of the tasks; if the signal aborts, those of the first completed tasks
 * @throws UnrolledError if a loss or gradient is not finite
 */
export async function runTasks(plan: BacktestPlan, options: RunOptions = {}): Promise<TaskResult[]> {
  checkPlan('runTasks', plan);
  checkOptions('runTasks', options, KINDS);
  const { signal, onTask } = options;
  const results: TaskResult[] = [];
  for (const task of plan.tasks) {
    const { result } = await runTask(plan, task, { signal });
    if (signal?.aborted) break;
    results.push(result);
    onTask?.(result);
  }
  return results;
}
