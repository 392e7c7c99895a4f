/**
 * One way to use the kernels, by its name: `node trial.js workers`. Prints the result of `trainAndTell` as
 * JSON. Each trial must end by itself. If a thread keeps the process alive, or does not end with its Worker,
 * the trial runs into its time limit.
 */
import childProcess from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { trainAndTell } from './train.js';

const self = fileURLToPath(import.meta.url);
const LONG = 1_000_000;

function startWorker(task) {
  return new Worker(self, { workerData: task });
}

async function inWorker() {
  const worker = startWorker('plain');
  const [told] = await once(worker, 'message');
  await worker.terminate();
  return told;
}

/** Throws unless all results are the same. */
function agree(all) {
  const [first, ...others] = all.map((told) => JSON.stringify(told));
  for (const other of others) if (other !== first) throw new Error(`${first} and ${other}`);
  return all[0];
}

const TRIALS = {
  plain: () => trainAndTell(),
  /** An engine on this thread and one in each of two Workers, at the same time. */
  workers: async () => agree(await Promise.all([trainAndTell(), inWorker(), inWorker()])),
  /** A Worker that is terminated during its jobs ends its own threads, and no others. */
  terminate: async () => {
    const worker = startWorker('endless');
    await once(worker, 'message');
    const told = trainAndTell();
    await worker.terminate();
    return agree([await told, await inWorker()]);
  },
  fork: async () => {
    const children = [1, 2].map(() => childProcess.fork(self, ['child']));
    return agree(await Promise.all(children.map(async (child) => (await once(child, 'message'))[0])));
  },
  child: async () => {
    process.send(await trainAndTell());
    process.disconnect();
  },
  cluster: async () => {
    const { default: cluster } = await import('node:cluster');
    if (!cluster.isPrimary) {
      process.send(await trainAndTell());
      process.disconnect();
      return undefined;
    }
    const workers = [cluster.fork(), cluster.fork()];
    return agree(await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0])));
  },
  /** The process ends while the threads sleep. */
  exit: async () => {
    const told = await trainAndTell();
    await new Promise((resolve) => setTimeout(resolve, 100));
    process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(0));
    return undefined;
  },
  /** While nothing computes for a second, the threads take no processor time. */
  idle: async () => {
    const told = await trainAndTell();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { user, system } = process.cpuUsage(before);
    const milliseconds = (user + system) / 1000;
    if (milliseconds > 300) throw new Error(`${milliseconds} ms of processor time in an idle second`);
    return told;
  },
  endless: async () => {
    const training = trainAndTell({ steps: LONG });
    await new Promise((resolve) => setTimeout(resolve, 300));
    parentPort.postMessage('started');
    return training;
  },
};

const told = await TRIALS[isMainThread ? process.argv[2] : workerData]();
if (told && isMainThread) console.log(JSON.stringify(told));
else if (told) parentPort.postMessage(told);
