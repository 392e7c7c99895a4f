/**
 * The parts that load TensorFlow.js. Commands import this file when they run, so --help is fast.
 */
import path from 'node:path';
import { enableProdMode } from '@tensorflow/tfjs-core';
import { type BackendName, checkDatabaseBackend } from '@unrolled/app-shared';
import { type SelectedBackend, selectBackend } from '@unrolled/kernels/node';
import type { FoldPlan } from './method/fold';
import type { MethodForecast } from './method/method';
import { refuse } from './refuse';

export { backtestCollection, collectionFolds } from '@unrolled/forecaster';
export { interruptSignal } from '@unrolled/runs/node';
export { methodByName } from './method/by-name';
export { loadModel, modelFiles } from './model-directory';
export { selectBackend };

// Does the same as `quietTensorflow` when tfjs-core is already loaded.
enableProdMode();

/** Selects the backend of a back-test; with a database, that of its workers. */
export async function selectForBacktest(
  { backend: name, database }: { readonly backend: BackendName; readonly database?: string },
  units: number,
): Promise<SelectedBackend> {
  const backend = await selectBackend(name, { units, ...(database !== undefined && { threads: 1 }) });
  checkDatabaseBackend(refuse, database, backend.name);
  return backend;
}

/** The place of fits that this process does not run itself. */
export interface FitsElsewhere {
  readonly database: string;
  /** Number of parallel fits in this process, if the database is a directory. */
  readonly workers: number;
  /** Name of the selected backend. */
  readonly backend: string;
}

/**
 * Runs the fits of a back-test on the workers of a database.
 *
 * @param onFolds called with the number of completed folds
 * @returns the forecasts of each fold; if the signal aborts, those of the first completed folds
 */
export async function runFolds(
  plan: FoldPlan,
  { database, workers, backend }: FitsElsewhere,
  signal: AbortSignal,
  onFolds: (done: number) => void,
): Promise<MethodForecast[][]> {
  const { forecastFits, runOverDatabase } = await import('@unrolled/app-shared/backtests');
  const program = forecastFits(path.join(__dirname, '..', 'package.json'));
  let done = 0;
  const onTask = () => onFolds(++done);
  return runOverDatabase<MethodForecast[]>(
    { plan, backend: backend === 'cpu' ? 'cpu' : 'unrolled' },
    { address: database, workers, program, signal, onTask },
  );
}
