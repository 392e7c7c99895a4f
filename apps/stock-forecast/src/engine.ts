/** The modules that load TensorFlow.js. Commands import this file when they run, so --help is fast. */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { enableProdMode } from '@tensorflow/tfjs-core';
import {
  type BackendName,
  checkDatabaseBackend,
  hasSameBits,
  withRunDirectory as inRunDirectory,
  type Reporter,
  type RunDirectory,
} from '@unrolled/app-shared';
import {
  type BacktestPlan,
  backtestResult,
  fitPlanned,
  planBacktest,
  planFit,
  type TaskResult,
} from '@unrolled/forecaster';
import { runInThreads } from '@unrolled/forecaster/node';
import { type SelectedBackend, selectBackend } from '@unrolled/kernels/node';
import { refuse } from './refuse';

export { saveForecaster } from '@unrolled/forecaster/node';
export { interruptSignal } from '@unrolled/runs/node';
export { loadModel } from './model-file';
export { tellReport } from './report/tell-report';
export { backtestResult, fitPlanned, planBacktest, planFit, selectBackend };

/** Runs `work` in a separate directory; the model is in `model.safetensors`. */
export function withRunDirectory<T>(
  given: string | undefined,
  work: (directory: RunDirectory) => Promise<T>,
): Promise<T> {
  return inRunDirectory({ given, program: 'stock-forecast', refuse }, work);
}

// The same as `quietTensorflow`, if tfjs-core is already loaded.
enableProdMode();

/** The backend of parallel fits. */
export interface SideBySide {
  readonly backend: SelectedBackend;
  /** Number of threads that fit models, each with its own backend. */
  readonly workers: number;
  /** A database whose workers fit instead. */
  readonly database?: string | undefined;
}

/**
 * Selects a single-threaded backend, and the number of parallel fits: as requested, or one per core.
 * TensorFlow uses all cores itself, so it runs one fit at a time.
 */
export async function startSideBySide(
  name: BackendName,
  { workers: asked, database }: { readonly workers?: number; readonly database?: string },
  { units, batchSize }: { readonly units: number; readonly batchSize: number },
): Promise<SideBySide> {
  const backend = await selectBackend(name, { threads: 1, units, batchSize });
  checkDatabaseBackend(refuse, database, backend.name);
  return { backend, workers: hasSameBits(backend.name) ? (asked ?? availableParallelism()) : 1, database };
}

/**
 * Runs a plan's tasks, in parallel if there is more than one worker, or on the workers of a database.
 *
 * @param onFolds called with the number of completed folds
 */
export async function runPlan(
  plan: BacktestPlan,
  { backend: { name }, workers, database }: SideBySide,
  signal: AbortSignal,
  onFolds: (done: number) => void,
) {
  let done = 0;
  const onTask = (index: number) => {
    done += plan.tasks[index]!.folds.length;
    onFolds(done);
  };
  const backend = name === 'cpu' ? 'cpu' : 'unrolled';
  if (database === undefined)
    return runInThreads(plan, { signal, workers, backend, onTask: ({ index }) => onTask(index) });
  const { forecasterFits, runOverDatabase } = await import('@unrolled/app-shared/backtests');
  const program = forecasterFits(createRequire(__filename)('@unrolled/forecaster/package.json').version);
  const over = { address: database, workers, program, signal, onTask };
  return runOverDatabase<TaskResult>({ plan, backend }, over);
}

/** Prints the selected backend and the reason. */
export function tellBackend(reporter: Reporter, { name, reason }: SelectedBackend, more = ''): void {
  reporter.line(`backend ${name}: ${reason}${more}`);
}
