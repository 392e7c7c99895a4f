import { counted, createProgress, type Reporter } from '@unrolled/app-shared';
import { methodOf, type Task } from '../task';
import { type Backtest, backtestTask, fittingFolds } from '../walk';
import type { ModelOptions } from './options';

/** Says what was read and what forecasts it. */
export function tellTask(reporter: Reporter, task: Task, { inputSentence }: { inputSentence: string }): void {
  reporter.line(inputSentence);
  reporter.line(`method: ${task.chosen.why}`);
  for (const note of task.notes) reporter.line(`note: ${note}`);
}

/** A back-test, and what a reader should know of it. */
export interface Tested {
  readonly backtest: Backtest | undefined;
  readonly notes: readonly string[];
}

/** Back-tests a task with a bar of folds; fewer than asked where the series have no room for them. */
export async function backtestWithProgress(
  reporter: Reporter,
  task: Task,
  {
    folds: asked,
    room = fittingFolds(task, asked),
    baselines,
    fewest,
  }: Pick<ModelOptions, 'folds' | 'baselines'> & { readonly room?: number; readonly fewest?: number },
): Promise<Tested> {
  const progress = createProgress({ reporter, total: room, unit: 'fold' });
  const method = await methodOf(task);
  const backtest = await backtestTask(task, method, {
    ...{ folds: room, baselines, ...(fewest !== undefined && { fewest }) },
    onFold: (step) => progress.update({ step }),
  }).finally(progress.stop);
  const note = `the series have room for ${counted(room, 'fold')} of ${task.settings.horizon} steps, of the ${asked} asked for`;
  return { backtest, notes: room < asked && backtest ? [note] : [] };
}
