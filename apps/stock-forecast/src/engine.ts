/**
 * The parts that load TensorFlow.js. Commands import this file when they run, so --help is fast.
 */
import { availableParallelism } from 'node:os';
import { enableProdMode } from '@tensorflow/tfjs-core';
import {
  type BackendName,
  withRunDirectory as inRunDirectory,
  type Reporter,
  type RunDirectory,
} from '@unrolled/app-shared';
import { type BacktestPlan, backtestResult, fitPlanned, planBacktest, planFit } from '@unrolled/forecaster';
import { runInThreads } from '@unrolled/forecaster/node';
import { type SelectedBackend, selectBackend } from '@unrolled/kernels/node';
import { refuse } from './refuse';

export { saveForecaster } from '@unrolled/forecaster/node';
export { interruptSignal } from '@unrolled/runs/node';
export { loadModel } from './model-file';
export { tellReport } from './report/tell-report';
export { backtestResult, fitPlanned, planBacktest, planFit, selectBackend };

/** Runs `work` in a separate directory, with its model in `model.safetensors`. */
export function withRunDirectory<T>(
  given: string | undefined,
  work: (directory: RunDirectory) => Promise<T>,
): Promise<T> {
  return inRunDirectory({ given, program: 'stock-forecast', refuse }, work);
}

// Does the same as `quietTensorflow` when tfjs-core is already loaded.
enableProdMode();

/** A backend for parallel fits. */
export interface SideBySide {
  readonly backend: SelectedBackend;
  /** Number of threads that fit, each with its own backend. */
  readonly workers: number;
}

/**
 * Selects a backend of one thread, and the number of parallel fits: as requested, or one for each core.
 * TensorFlow uses all cores itself, so it fits in one thread.
 */
export async function startSideBySide(
  name: BackendName,
  asked: number | undefined,
  { units, batchSize }: { readonly units: number; readonly batchSize: number },
): Promise<SideBySide> {
  const backend = await selectBackend(name, { threads: 1, units, batchSize });
  const own = backend.name === 'unrolled' || backend.name === 'cpu';
  return { backend, workers: own ? (asked ?? availableParallelism()) : 1 };
}

/**
 * Runs a plan's tasks, side by side where there is more than one worker.
 *
 * @param onFolds gets the number of finished folds
 */
export function runPlan(
  plan: BacktestPlan,
  { backend, workers }: SideBySide,
  signal: AbortSignal,
  onFolds: (done: number) => void,
) {
  let done = 0;
  return runInThreads(plan, {
    ...{ signal, workers, backend: backend.name === 'cpu' ? 'cpu' : 'unrolled' },
    onTask: ({ index }) => {
      done += plan.tasks[index]!.folds.length;
      onFolds(done);
    },
  });
}

/** Says which backend computes, and why. */
export function tellBackend(reporter: Reporter, { name, reason }: SelectedBackend, more = ''): void {
  reporter.line(`backend ${name}: ${reason}${more}`);
}
