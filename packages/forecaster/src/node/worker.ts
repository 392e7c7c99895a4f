/**
 * A worker thread that runs tasks of a plan, one at a time. A message has the number of a task. The engine
 * uses one thread.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { enableProdMode } from '@tensorflow/tfjs-core';
import { selectBackend } from '@unrolled/kernels/node';
import { runTask } from '../walk/run-task';
import type { WorkerAnswer, WorkerInput } from './run-in-threads';
import { failureOf } from './thread-failure';

const { plan, backend } = workerData as WorkerInput;
const port = parentPort!;
enableProdMode(); // suppresses tfjs's advice about tfjs-node
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
