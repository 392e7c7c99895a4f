// A worker of costs.mjs: `costs-worker.mjs ADDRESS STUDY CONCURRENCY MILLISECONDS`. It prints `ready`, waits
// for a line, runs trials that sleep for MILLISECONDS, and prints their processor time and their start and
// end times.
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { openSweepDatabase, runWorker } from '../dist/database.js';
import { float, randomSampler } from '../dist/index.js';

const [address, study, concurrency, sleep] = process.argv.slice(2);
const database = await openSweepDatabase({ address });
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const before = process.cpuUsage();
const times = [];
const objective = async ({ parameters }) => {
  const began = performance.now();
  if (Number(sleep) > 0) await wait(Number(sleep));
  times.push([began, performance.now()]);
  return parameters.x;
};
await runWorker(database, study, objective, {
  ...{ space: { x: float(0, 1) }, sampler: randomSampler({ seed: 1 }) },
  concurrency: Number(concurrency),
});
const { user, system } = process.cpuUsage(before);
process.stdout.write(`${JSON.stringify({ cpu: (user + system) / 1e6, times })}\n`);
// The owner of a PGlite serves it until the other workers have ended, too.
await once(process.stdin, 'end');
await database.close();
