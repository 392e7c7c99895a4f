import { availableParallelism } from 'node:os';
import { counted, createProgress, fitsInWords, type Reporter } from '@unrolled/app-shared';
import type { FitsElsewhere } from '../engine';
import { refuse } from '../refuse';
import { methodOf, type Task } from '../task';
import { type Backtest, backtestTask, fittingFolds, planFolds } from '../walk';
import type { FitOptions, ModelOptions } from './options';

/** Prints a description of the input, the method and the notes. */
export function tellTask(reporter: Reporter, task: Task, { inputSentence }: { inputSentence: string }): void {
  reporter.line(inputSentence);
  reporter.line(`method: ${task.chosen.why}`);
  for (const note of task.notes) reporter.line(`note: ${note}`);
}

/** The place where the fits run; undefined for this thread. */
export function fitsElsewhere(
  { database, workers }: Pick<FitOptions, 'database' | 'workers'>,
  backend: string,
): FitsElsewhere | undefined {
  if (database !== undefined) return { database, workers: workers ?? availableParallelism(), backend };
  if (workers === undefined) return undefined;
  return refuse('--workers', {
    expected: '--database with a directory',
    got: 'no --database',
    remedy: 'add --database DIRECTORY, or leave --workers out',
  });
}

/** A back-test with its notes. */
export interface Tested {
  readonly backtest: Backtest | undefined;
  readonly notes: readonly string[];
  /** Whether it was interrupted while other processes ran its fits. `backtest` then has the first folds. */
  readonly interrupted?: boolean;
}

/**
 * Back-tests a task, and shows a bar of folds. If the series are too short for `folds`, there are fewer
 * folds.
 */
export async function backtestWithProgress(
  reporter: Reporter,
  task: Task,
  {
    folds: asked,
    room = fittingFolds(task, asked),
    baselines,
    fewest,
    elsewhere,
  }: Pick<ModelOptions, 'folds' | 'baselines'> & {
    readonly room?: number;
    readonly fewest?: number;
    readonly elsewhere?: FitsElsewhere | undefined;
  },
): Promise<Tested> {
  const method = await methodOf(task);
  const walk = { folds: room, ...(fewest !== undefined && { fewest }) };
  const plan = elsewhere && (await planFolds(task, method, walk));
  if (plan) reporter.line(fitsInWords(elsewhere, plan.tasks.length));
  const progress = createProgress({ reporter, total: room, unit: 'fold' });
  const onFold = (step: number) => progress.update({ step });
  const note = `the series are long enough for only ${counted(room, 'fold')} of ${task.settings.horizon} steps, not for ${asked}`;
  try {
    if (!plan) {
      const backtest = await backtestTask(task, method, { ...walk, baselines, onFold });
      return { backtest, notes: room < asked && backtest ? [note] : [] };
    }
    const { runFolds } = await import('../engine');
    const collected = await runFolds(plan, elsewhere, task.settings.signal!, onFold);
    const [done, planned] = [collected.length, plan.tasks.length];
    if (done === 0) return { backtest: undefined, notes: [], interrupted: true };
    const backtest = await backtestTask(task, method, { ...walk, baselines, collected });
    const stopped = `stopped after the first ${done} of ${planned} folds`;
    const notes = [...(room < asked ? [note] : []), ...(done < planned ? [stopped] : [])];
    return { backtest, notes, interrupted: done < planned };
  } finally {
    progress.stop();
  }
}
