/**
 * A thread that fits and forecasts the tasks of a plan by their numbers, one after the other, on one thread
 * of the engine.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { enableProdMode } from '@tensorflow/tfjs-core';
import { selectBackend } from '@unrolled/kernels/node';
import { runTask } from '../walk/run-task';
import type { WorkerAnswer, WorkerInput } from './run-in-threads';
import { failureOf } from './thread-failure';

const { plan, backend } = workerData as WorkerInput;
const port = parentPort!;
enableProdMode(); // keeps tfjs's advice about other packages off the standard error
const ready = selectBackend(backend, { threads: 1 });

port.on('message', async (task: number) => {
  port.postMessage(await answer(task));
});

async function answer(task: number): Promise<WorkerAnswer> {
  try {
    await ready;
    const { result } = await runTask(plan, plan.tasks[task]!);
    return { result };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}
