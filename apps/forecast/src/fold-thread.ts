/**
 * A thread that runs the fits of a back-test by their numbers, one at a time, on one thread of the engine. It
 * is a file of its own beside the command line; the workers of a database start it too.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { enableProdMode } from '@tensorflow/tfjs-core';
import type { Backend, FitAnswer } from '@unrolled/app-shared/backtests';
import { selectBackend } from '@unrolled/kernels/node';
import { methodByName } from './method/by-name';
import { type FoldPlan, forecastFold } from './method/fold';

const { plan, backend } = workerData as { readonly plan: FoldPlan; readonly backend: Backend };
const port = parentPort!;
enableProdMode(); // keeps tfjs's advice about other packages off the standard error
const ready = selectBackend(backend, { threads: 1 });
/** The hybrid keeps its newest fit, which calibrates the fit of the next fold. */
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
