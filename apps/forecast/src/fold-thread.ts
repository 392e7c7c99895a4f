/**
 * A worker thread that runs the fits of a back-test, one at a time. A message has the number of a fit. The
 * engine uses one thread. This file is built separately from the command line, because the workers of a
 * database also start it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { enableProdMode } from '@tensorflow/tfjs-core';
import type { Backend, FitAnswer } from '@unrolled/app-shared/backtests';
import { selectBackend } from '@unrolled/kernels/node';
import { methodByName } from './method/by-name';
import { type FoldPlan, forecastFold } from './method/fold';

const { plan, backend } = workerData as { readonly plan: FoldPlan; readonly backend: Backend };
const port = parentPort!;
enableProdMode(); // suppresses tfjs's advice about tfjs-node
const ready = selectBackend(backend, { threads: 1 });
/** One object for all fits: the hybrid keeps its newest fit, which calibrates the next fold. */
const method = methodByName(plan.method, plan.settings);

port.on('message', async (task: number) => {
  port.postMessage(await answer(task));
});

async function answer(task: number): Promise<FitAnswer> {
  try {
    await ready;
    return { result: await forecastFold(method, plan, plan.tasks[task]!) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
