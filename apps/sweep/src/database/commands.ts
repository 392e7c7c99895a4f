/** The commands for studies in a database. */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import * as kind from '@unrolled/app-shared';
import { createReporter, type Reporter } from '@unrolled/app-shared';
import { BacktestWorker, forecasterFits, forecastFits, isBacktest } from '@unrolled/app-shared/backtests';
import { quoted } from '@unrolled/errors';
import { interruptSignal } from '@unrolled/runs/node';
import type { StudyEvent } from '@unrolled/sweeps';
import {
  beginStudy,
  type CheckpointStore,
  folderStore,
  listStudies,
  openSweepDatabase,
  readStudy,
  type StoredStudy,
  type StudyInDatabase,
  type SweepDatabase,
  s3Store,
  serveQueue,
  stopStudy,
  watchStudy,
  workersOf,
} from '@unrolled/sweeps/database';
import { Command } from 'commander';
import { type State, sayState } from '../live';
import { commandOf, programOf } from '../programs';
import { refuse } from '../refuse';
import { prunerOf, samplerOf } from '../strategies';
import { type Plan, planOf } from '../study-files';
import { lineOf, rankedTrials, tableOf } from '../table';
import { type ReportOptions, tellReport } from '../tell-report';
import { checkHere, type PlanInDatabase, runOnWorker, storedPlan } from './run-on-worker';

/** The queue that every `sweep worker` serves. */
const QUEUE = 'sweep';

/** Options of all commands that use a database. */
export interface DatabaseOptions {
  readonly database: string;
  readonly json?: boolean;
}

interface WorkerOptions extends DatabaseOptions {
  readonly workers?: number | undefined;
  readonly memory?: number | undefined;
  readonly folder?: string | undefined;
  readonly checkpointMegabytes?: number | undefined;
}

export const DATABASE_OPTION = [
  '--database <address>',
  'run the trials on the sweep workers of a database, postgres://user@host/name, or of a directory',
] as const;

/** `sweep worker`: runs trials until it is stopped. */
export function workerCommand(): Command {
  return new Command('worker')
    .description('Runs trials of the studies in a database, on any machine, until Ctrl-C.')
    .requiredOption(
      '--database <address>',
      'postgres://user@host/name, or the directory of a study on this machine',
    )
    .option(
      '--workers <count>',
      'number of parallel trials (default: one for each core)',
      kind.positiveInteger,
    )
    .option(
      '--memory <megabytes>',
      'maximum memory of a trial; a trial that uses more is stopped and counts as failed',
      kind.positiveInteger,
    )
    .option(
      '--folder <place>',
      'place for checkpoints, instead of the database: a directory that all workers can access, or s3://bucket/prefix',
    )
    .option(
      '--checkpoint-megabytes <count>',
      'maximum size of a checkpoint in the database, in MiB',
      kind.positiveInteger,
      64,
    )
    .action(async (options: WorkerOptions) => {
      const database = await openSweepDatabase({ address: options.database, install: false, own: false });
      try {
        await work(database, options, createReporter({}));
      } finally {
        await database.close();
      }
    });
}

async function work(
  database: SweepDatabase,
  { workers, memory, folder, checkpointMegabytes = 64 }: Partial<WorkerOptions>,
  reporter: Reporter | undefined,
  until?: string,
): Promise<void> {
  const cores = availableParallelism();
  const concurrency = workers ?? cores;
  const store = folder === undefined ? undefined : await storeAt(folder);
  reporter?.line(`running trials from ${database.place}; Ctrl-C returns unfinished trials to the queue`);
  const threads = Math.max(1, Math.floor(cores / concurrency));
  const limits = { threads, megabytes: memory, hasBucket: folder !== undefined && isBucket(folder) };
  const backtests = new BacktestWorker(database, fitPrograms());
  await serveQueue(database, {
    ...{ queue: QUEUE, concurrency, signal: interruptSignal() },
    ...(until === undefined ? {} : { until }),
    checkpointBytes: checkpointMegabytes * 2 ** 20,
    ...(store ? { store } : {}),
    workOf(study) {
      if (isBacktest(study.plan)) return backtests.workOf(study);
      const stored = planIn(study);
      checkHere(stored);
      return {
        ...methodsOf(stored.plan),
        objective: (trial) => runOnWorker(database, stored, trial, limits),
      };
    },
    onRefused: ({ name }, error) => reporter?.line(`${name} is left to other workers: ${messageOf(error)}`),
    ...(reporter ? { onTrial: (trial, { name }) => reporter.line(`${name}, ${lineOf(trial)}`) } : {}),
  }).finally(() => backtests.close());
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

const isBucket = (place: string) => /^s3:\/\//i.test(place);

async function storeAt(place: string): Promise<CheckpointStore> {
  if (isBucket(place)) return s3Store(place);
  const store = folderStore(place);
  // An error of the store is reported before a trial runs.
  await store.load('', 0);
  return store;
}

/** The programs whose back-tests a worker runs. */
function fitPrograms() {
  const require = createRequire(__filename);
  return [
    forecasterFits(require('@unrolled/forecaster/package.json').version),
    forecastFits(require.resolve('@unrolled/forecast/package.json')),
  ];
}

/** Starts a study from a plan, and shows its progress until its end. */
export async function beginInDatabase(
  plan: Plan,
  {
    study,
    workers,
    ...options
  }: DatabaseOptions & { study?: string | undefined; workers?: number | undefined },
): Promise<void> {
  const database = await openSweepDatabase({ address: options.database });
  try {
    const name = study ?? (await nextName(database, plan.program));
    await start(database, name, storedPlan(plan));
    await watch(database, name, options, workers);
  } finally {
    await database.close();
  }
}

/** Continues a study, with more trials if requested. */
export async function resumeInDatabase(
  name: string,
  { trials, workers, ...options }: DatabaseOptions & { trials?: number; workers?: number },
): Promise<void> {
  const database = await openSweepDatabase({ address: options.database });
  try {
    const { plan, ...others } = planIn(await studyIn(database, name));
    await start(database, name, { plan: { ...plan, trials: trials ?? plan.trials }, ...others });
    await watch(database, name, options, workers);
  } finally {
    await database.close();
  }
}

async function start(database: SweepDatabase, name: string, stored: PlanInDatabase): Promise<void> {
  const { plan } = stored;
  const { space, trials } = plan;
  await beginStudy(database, name, { space, trials, ...methodsOf(plan), plan: stored, queue: QUEUE });
}

/** If the database is a directory, this process also runs trials, because no other process may be there. */
async function watch(
  database: SweepDatabase,
  name: string,
  { database: address, json }: DatabaseOptions,
  workers: number | undefined,
): Promise<void> {
  const reporter = createReporter({ json: json ?? false });
  const isServer = /^postgres(ql)?:/i.test(address);
  const signal = interruptSignal();
  const begun = await readStudy(database, name);
  reporter.line(
    `${name} in ${database.place}: up to ${begun.trials} trials of ${programOf(planIn(begun).plan).title}`,
  );
  const runsHere = !isServer || workers !== undefined;
  if (!runsHere) reporter.line('on each machine, run: sweep worker --database …');
  const here = runsHere ? work(database, { workers }, undefined, name) : Promise.resolve();
  const watching = new AbortController();
  signal.addEventListener('abort', () => watching.abort());
  if (signal.aborted) watching.abort();
  // If the trials in this process fail, watching stops, too; `await here` below reports the error.
  here.catch(() => watching.abort());
  const onTrial = (trial: Parameters<typeof lineOf>[0]) => reporter.line(lineOf(trial));
  await watchStudy(database, name, { signal: watching.signal, onTrial });
  if (signal.aborted) await stopStudy(database, name);
  await here;
  summarize(reporter, await readStudy(database, name), signal.aborted);
}

function summarize(reporter: Reporter, study: StudyInDatabase, isInterrupted: boolean): void {
  const { plan } = planIn(study);
  const { records, events, name, reason } = study;
  const { direction } = plan;
  const { reports } = programOf(plan);
  const best = rankedTrials(records, direction).find(({ state }) => state === 'complete');
  const command = best && commandOf(plan, best, events);
  reporter.line(`\n${tableOf(records, 10, { direction, reports })}`);
  if (command) reporter.line(`\nrepeat the best trial: ${command}`);
  if (reason) reporter.line(`stopped: ${reason}`);
  reporter.line(`write the report: sweep report ${name} --database …`);
  if (isInterrupted || reason) reporter.line(`continue: sweep resume ${name} --database …`);
  const count = (state: string) => records.filter((trial) => trial.state === state).length;
  reporter.result({
    best: best ? { number: best.number, value: best.value, parameters: best.parameters, command } : null,
    trials: { complete: count('complete'), pruned: count('pruned'), failed: count('failed') },
    interrupted: isInterrupted,
    study: name,
  });
}

/** Prints the progress of a study and its current trials; without a name, a list of the studies. */
export async function statusInDatabase(
  name: string | undefined,
  { database: address, most, json, watch }: DatabaseOptions & { most: number; watch?: boolean | undefined },
): Promise<void> {
  await reading(address, async (database) => {
    const reporter = createReporter({ json: json ?? false });
    if (name === undefined) {
      const studies = await listStudies(database);
      for (const study of studies) reporter.line(`${study.name}: ${study.trials} trials, ${study.state}`);
      return reporter.result({
        studies: studies.map(({ name: one, trials, state }) => ({ name: one, trials, state })),
      });
    }
    await studyIn(database, name);
    await sayState(async () => stateOf(database, await readStudy(database, name), most), { reporter, watch });
    reporter.result({ trials: (await readStudy(database, name)).records });
  });
}

async function stateOf(database: SweepDatabase, study: StudyInDatabase, most: number): Promise<State> {
  const { name, records, trials, reason, state } = study;
  const ended = records.filter((trial) => trial.state !== 'running').length;
  const plan = isBacktest(study.plan) ? undefined : planIn(study).plan;
  const what = plan ? `trials of ${programOf(plan).title}` : 'fits of a back-test';
  const lines = [`${name}: ${ended} of ${trials} ${what} have ended`];
  if (state === 'stopped') lines.push(`stopped${reason ? `: ${reason}` : ''}`);
  for (const [number, worker] of await workersOf(database, name))
    lines.push(`${plan ? 'trial' : 'fit'} ${number} runs on ${worker}`);
  if (plan && ended > 0) {
    const { direction } = plan;
    lines.push('', tableOf(records, most, { direction, reports: programOf(plan).reports }));
  }
  return { words: lines.join('\n'), isOver: ended >= trials || state === 'stopped' };
}

/** Writes the report of a study into this folder. */
export async function reportFromDatabase(
  name: string,
  { database: address, ...options }: DatabaseOptions & ReportOptions,
): Promise<void> {
  await reading(address, async (database) => {
    const { plan, events } = await recordIn(database, name);
    const places = { page: `${name}.html`, table: `${name}.csv`, tensorboard: `${name}-tensorboard` };
    await tellReport({ study: name, plan, events }, places, options);
  });
}

/** The plan of a study, and its events. */
export async function recordFromDatabase(name: string, address: string) {
  let record: { plan: Plan; events: readonly StudyEvent[] } | undefined;
  await reading(address, async (database) => {
    record = await recordIn(database, name);
  });
  return record!;
}

async function recordIn(database: SweepDatabase, name: string) {
  const { trials, events, ...study } = await studyIn(database, name);
  return { plan: { ...planIn(study).plan, trials }, events };
}

/** Finds a study by the given name. */
async function studyIn(database: SweepDatabase, name: string): Promise<StudyInDatabase> {
  const studies = await listStudies(database);
  if (studies.some((study) => study.name === name)) return readStudy(database, name);
  return refuse('study', {
    expected: `the name of a study in ${database.place}`,
    got: quoted(name),
    remedy: studies.length > 0 ? `list the studies: sweep status --database …` : 'start a study first',
    code: 'state',
  });
}

async function reading(address: string, work: (database: SweepDatabase) => Promise<void>): Promise<void> {
  const database = await openSweepDatabase({ address, install: false });
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

const methodsOf = (plan: Plan) => {
  const pruner = prunerOf(plan);
  const { direction = 'minimize' } = plan;
  return { direction, sampler: samplerOf(plan), ...(pruner ? { pruner } : {}) };
};

/** The plan of a study. It is checked, because another program may have written it. */
function planIn({ name, plan }: Pick<StoredStudy, 'name' | 'plan'>): PlanInDatabase {
  const { plan: own, hashes = {}, version } = Object(plan) as Partial<PlanInDatabase>;
  return { plan: planOf(JSON.stringify(own ?? null), `the study ${name}`), hashes, version };
}

/** Adds a number if a name is already in use: `char-rnn-3`. */
async function nextName(database: SweepDatabase, program: string): Promise<string> {
  const names = new Set((await listStudies(database)).map(({ name }) => name));
  for (let n = 1; ; n++) if (!names.has(`${program}-${n}`)) return `${program}-${n}`;
}
