import { Worker } from 'node:worker_threads';
import { type OptionKinds, UnrolledError } from '@unrolled/errors';
import { checkOptions } from '../refuse';
import { type BacktestPlan, checkPlan } from '../walk/plan';
import type { TaskResult } from '../walk/run-task';
import { type RunOptions, runTasks } from '../walk/run-tasks';
import { errorOf, type Failure } from './thread-failure';

/** The start of a worker. */
export interface WorkerInput {
  readonly plan: BacktestPlan;
  readonly backend: 'unrolled' | 'cpu';
}

/** A worker's answer to a task. */
export type WorkerAnswer = { readonly result: TaskResult } | { readonly failure: Failure };

export interface ThreadOptions extends RunOptions {
  /** Number of parallel threads; 1 fits in this thread, on the current backend. */
  readonly workers: number;
  /** The backend of the workers, each on one thread; default `unrolled`. */
  readonly backend?: WorkerInput['backend'] | undefined;
}

const KINDS: OptionKinds<ThreadOptions> = {
  workers: 'positive integer',
  backend: "'unrolled' or 'cpu'?",
  signal: 'AbortSignal?',
  onTask: 'function?',
};

/**
 * Runs a plan's tasks in parallel in worker threads. A task depends only on the plan, so the results have the
 * same bits for any number of workers.
 *
 * @returns the results in the order of the tasks; if the signal aborts, those of the first completed tasks
 * @throws UnrolledError or Error as a task does, or if there is too little memory. The other workers are then
 *   ended.
 */
export async function runInThreads(plan: BacktestPlan, options: ThreadOptions): Promise<TaskResult[]> {
  checkPlan('runInThreads', plan);
  checkOptions('runInThreads', options, KINDS);
  const workers = Math.min(options.workers, plan.tasks.length);
  if (workers <= 1) return runTasks(plan, { signal: options.signal, onTask: options.onTask });
  const results: (TaskResult | undefined)[] = plan.tasks.map(() => undefined);
  await runSideBySide(plan, { ...options, workers }, (result) => {
    results[result.index] = result;
    options.onTask?.(result);
  });
  const first = results.indexOf(undefined);
  return results.slice(0, first < 0 ? undefined : first) as TaskResult[];
}

async function runSideBySide(
  plan: BacktestPlan,
  { workers: count, backend = 'unrolled', signal }: ThreadOptions,
  done: (result: TaskResult) => void,
): Promise<void> {
  const waiting = plan.tasks.map(({ index }) => index);
  const workerData: WorkerInput = { plan, backend };
  const workers = Array.from(
    { length: count },
    () => new Worker(new URL('./worker.js', import.meta.url), { workerData }),
  );
  try {
    await new Promise<void>((resolve, reject) => {
      let working = count;
      signal?.addEventListener('abort', () => resolve(), { once: true });
      const next = (worker: Worker) => {
        const task = waiting.shift();
        if (task !== undefined) worker.postMessage(task);
        else if (--working === 0) resolve();
      };
      for (const worker of workers) {
        worker.on('message', (answer: WorkerAnswer) => {
          if ('failure' in answer) return reject(errorOf(answer.failure));
          done(answer.result);
          next(worker);
        });
        worker.on('error', (error) => reject(outOfMemory(error, count)));
        worker.on('exit', (code) =>
          reject(new Error(`a back-test worker ended with code ${code} before its task did`)),
        );
        next(worker);
      }
      if (signal?.aborted) resolve();
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Adds the remedy to the error of a worker that ran out of memory. Other errors are unchanged. */
function outOfMemory(error: unknown, workers: number): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return new UnrolledError('forecaster', 'workers', {
    expected: `enough memory for ${workers} parallel fits`,
    got: 'a worker that ran out of memory',
    remedy: 'use fewer `workers`, or a smaller model',
    code: 'memory',
  });
}
