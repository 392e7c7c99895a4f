import { Worker } from 'node:worker_threads';
import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { type BacktestPlan, checkPlan } from '../walk/plan';
import type { TaskResult } from '../walk/run-task';
import type { WorkerAnswer, WorkerInput } from './run-in-threads';
import { errorOf } from './thread-failure';

/** A thread with a plan and its own backend, which uses one thread. */
export interface TaskThread {
  /**
   * Runs a task of the plan. Only one task may run at a time. The result has the same bits on every machine.
   *
   * @param task its index in the plan
   * @throws UnrolledError or Error as the task does, or if the thread is ended before the task
   */
  run(task: number): Promise<TaskResult>;
  /** Ends the thread, and the task that it runs. */
  end(): Promise<void>;
}

/** Settings of {@link openTaskThread}. */
export interface TaskThreadOptions {
  /** Default `unrolled`. */
  readonly backend?: WorkerInput['backend'] | undefined;
}

const KINDS: OptionKinds<TaskThreadOptions> = { backend: "'unrolled' or 'cpu'?" };

/**
 * Opens a thread that runs single tasks of a plan, for programs that distribute the tasks over several
 * machines. The caller's thread is not blocked.
 */
export function openTaskThread(plan: BacktestPlan, options: TaskThreadOptions = {}): TaskThread {
  checkPlan('openTaskThread', plan);
  checkOptions('openTaskThread', options, KINDS);
  const workerData: WorkerInput = { plan, backend: options.backend ?? 'unrolled' };
  const thread = new Worker(new URL('./worker.js', import.meta.url), { workerData });
  let waiting: { resolve(result: TaskResult): void; reject(error: unknown): void } | undefined;
  let ended: Error | undefined;
  const fail = (error: unknown) => {
    waiting?.reject(error);
    waiting = undefined;
  };
  thread.on('message', (answer: WorkerAnswer) => {
    if ('failure' in answer) return fail(errorOf(answer.failure));
    waiting?.resolve(answer.result);
    waiting = undefined;
  });
  thread.on('error', fail);
  thread.on('exit', () => {
    ended = new Error('the thread of a back-test ended before its task did');
    fail(ended);
  });
  return {
    run(task) {
      checkKind('run', 'the task', task, 'integer of at least 0');
      if (!plan.tasks[task] || waiting)
        refuse('run', {
          expected: waiting ? 'one task at a time' : `a task of the plan, 0 to ${plan.tasks.length - 1}`,
          got: waiting ? 'a second task before the first has ended' : String(task),
          remedy: waiting ? 'await it, or open a second thread' : 'pass its index',
        });
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
