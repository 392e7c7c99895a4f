import { createProgress, type Reporter } from '@unrolled/app-shared';
import { methodOf, type Task } from '../task';
import { type Backtest, backtestTask } from '../walk';
import type { ModelOptions } from './options';

/** Says what was read and what forecasts it. */
export function tellTask(reporter: Reporter, task: Task, { inputSentence }: { inputSentence: string }): void {
  reporter.line(inputSentence);
  reporter.line(`method: ${task.chosen.why}`);
  for (const note of task.notes) reporter.line(`note: ${note}`);
}

/** Back-tests a task with a bar of folds. */
export async function backtestWithProgress(
  reporter: Reporter,
  task: Task,
  { folds, baselines }: Pick<ModelOptions, 'folds' | 'baselines'>,
): Promise<Backtest | undefined> {
  const progress = createProgress({ reporter, total: folds, unit: 'fold' });
  const method = await methodOf(task);
  return backtestTask(task, method, {
    ...{ folds, baselines },
    onFold: (step) => progress.update({ step }),
  }).finally(progress.stop);
}
