// A worker of faults.mjs, or the owner of its PGlite: runs trials that save a checkpoint after each step, in
// the database or in a bucket.
import { setTimeout as wait } from 'node:timers/promises';
import { beginStudy, openSweepDatabase, runWorker, s3Store } from '../dist/database.js';
import { METHODS, next, STEPS, STUDY, start, worthOf } from './faults-study.mjs';

const [address, trials, concurrency = '1', bucket] = process.argv.slice(2);
process.on('uncaughtException', (error) => {
  // A restarting server is reported in one line. Any other error is a fault.
  const isTold = error.name === 'UnrolledError';
  console.error(isTold ? error.message : `a fault: ${error.stack}`);
  process.exit(isTold ? 1 : 2);
});
const database = await openSweepDatabase({ address });
process.stdout.write('open\n');
// Each worker is a scheduler, too: the study is started repeatedly, by several workers at once.
await beginStudy(database, STUDY, { ...METHODS, trials: Number(trials), attempts: 1000, keep: 'all' });

await runWorker(
  database,
  STUDY,
  async (trial) => {
    const saved = await trial.loadCheckpoint();
    let state = saved ? Buffer.from(saved.state) : start(trial.number, trial.parameters);
    for (let step = saved ? saved.step[0] : 0; step < STEPS && !trial.signal.aborted; step++) {
      await wait(10);
      state = next(state);
      // The report comes before the step's checkpoint. A worker that continues the trial reports the step
      // again, and it is counted once.
      if (!(await trial.report(step, worthOf(state)))) return Number.NaN;
      await trial.saveCheckpoint({ state, step: Uint8Array.of(step + 1) });
    }
    return worthOf(state);
  },
  { ...METHODS, concurrency: Number(concurrency), ...(bucket ? { store: await s3Store(bucket) } : {}) },
);
await database.close();
