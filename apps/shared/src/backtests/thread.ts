import { Worker } from 'node:worker_threads';

/** A thread that runs one fit at a time. */
export interface FitThread {
  /** Runs a task of the plan. */
  run(task: number): Promise<unknown>;
  /** Ends the thread, and the fit that it runs. */
  end(): Promise<void>;
}

/** A thread's answer to a task. */
export type FitAnswer = { readonly result: unknown } | { readonly failure: string };

/**
 * Opens a thread that answers the number of a task with a {@link FitAnswer}.
 *
 * @param file the program of the thread
 * @param data its `workerData`
 */
export function openFitThread(file: string, data: unknown): FitThread {
  const thread = new Worker(file, { workerData: data });
  let ended: Error | undefined;
  let waiting: { resolve(result: unknown): void; reject(error: Error): void } | undefined;
  const end = (error: Error) => {
    ended ??= error;
    waiting?.reject(ended);
  };
  thread.on('message', (answer: FitAnswer) => {
    if ('failure' in answer) waiting?.reject(new Error(answer.failure));
    else waiting?.resolve(answer.result);
  });
  thread.on('error', end);
  thread.on('exit', () => end(new Error('the thread of a back-test ended before its task did')));
  return {
    run(task) {
      return new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        waiting = { resolve, reject };
        thread.postMessage(task);
      });
    },
    async end() {
      await thread.terminate();
    },
  };
}
