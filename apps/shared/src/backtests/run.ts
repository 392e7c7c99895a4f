/** Distributes the fits of a back-test, and collects their results. */
import { refuser } from '@unrolled/errors';
import {
  beginStudy,
  openSweepDatabase,
  readCheckpoint,
  removeStudy,
  type SweepDatabase,
  serveQueue,
  stopStudy,
  watchStudy,
} from '@unrolled/sweeps/database';
import type { FitProgram } from './programs';
import {
  type BacktestStudy,
  methodsOf,
  nameOf,
  PLAN,
  packed,
  RESULT,
  type SharedPlan,
  unpacked,
} from './study';
import { BacktestWorker } from './work';

/** The queue that `sweep worker` serves. */
export const SWEEP_QUEUE = 'sweep';

/** Options for running a plan over a database. */
export interface OverDatabase {
  /** A server, whose `sweep worker`s run the fits; or a directory, in which case this process runs them. */
  readonly address: string;
  /** Number of parallel fits in this process, if the database is a directory. */
  readonly workers: number;
  readonly program: FitProgram;
  readonly signal: AbortSignal;
  onTask(index: number): void;
}

/**
 * Runs a plan's tasks on the workers of a database, with the same bits as in this process.
 *
 * @returns the results in the order of the tasks; if the signal aborts, those of the first completed tasks.
 *   The same plan continues with them later.
 */
export async function runOverDatabase<Result>(
  shared: SharedPlan,
  { address, workers, program, signal, onTask }: OverDatabase,
): Promise<Result[]> {
  const database = await openSweepDatabase({ address });
  const worker = new BacktestWorker(database, [program]);
  const { version } = program;
  const name = nameOf(shared, version);
  const isServer = /^postgres(ql)?:/i.test(address);
  const tasks = shared.plan.tasks.length;
  const plan: BacktestStudy = { format: 'unrolled-backtest-1', program: program.name, version, tasks };
  try {
    await beginStudy(database, name, {
      ...methodsOf(tasks),
      ...{ plan, files: { [PLAN]: packed(shared) }, keep: 'all' },
      // The other studies of a directory need programs that this process cannot run.
      queue: isServer ? SWEEP_QUEUE : name,
    });
    const watching = new AbortController();
    signal.addEventListener('abort', () => watching.abort());
    if (signal.aborted) watching.abort();
    const here = isServer
      ? Promise.resolve()
      : serveQueue(database, {
          ...{ queue: name, until: name, concurrency: Math.min(workers, tasks), signal },
          workOf: (study) => worker.workOf(study),
        });
    here.catch(() => watching.abort());
    const study = await watchStudy(database, name, {
      signal: watching.signal,
      onTrial: ({ state, parameters }) => {
        if (state === 'complete') onTask(parameters.task as number);
      },
    });
    if (signal.aborted) await stopStudy(database, name);
    await here;
    const failed = study.records.find(({ state }) => state === 'failed');
    if (failed) {
      // No result is worth keeping, so the next attempt starts again.
      await removeStudy(database, name);
      refuser('sweep')('backtest', {
        expected: `the fit ${failed.parameters.task} to succeed`,
        got: failed.reason ?? 'a failure',
        remedy: 'run the back-test without --database to see the whole error',
        code: 'state',
      });
    }
    const done = study.records.filter(({ state }) => state === 'complete');
    const results = await resultsOf<Result>(database, name, done);
    if (results.length === tasks) await removeStudy(database, name);
    return results;
  } finally {
    await worker.close();
    await database.close();
  }
}

/** The results of the first completed tasks. */
async function resultsOf<Result>(
  database: SweepDatabase,
  name: string,
  done: readonly { readonly number: number; readonly parameters: Readonly<Record<string, unknown>> }[],
): Promise<Result[]> {
  const numbers = new Map(done.map(({ number, parameters }) => [parameters.task as number, number]));
  const results: Result[] = [];
  for (let task = 0; numbers.has(task); task++) {
    const files = await readCheckpoint(database, name, numbers.get(task)!);
    results.push(unpacked(files![RESULT]!) as Result);
  }
  return results;
}
