/**
 * Runs a trial as a separate process of a worker: in a folder of this machine, with its checkpoints in the
 * shared store.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { quoted, UnrolledError } from '@unrolled/errors';
import type { RunningTrial } from '@unrolled/sweeps';
import { readStudy, type SweepDatabase, type WorkerTrial } from '@unrolled/sweeps/database';
import { trialArguments } from '../commands';
import { refuse } from '../refuse';
import { FILES, runObjective } from '../run-objective';
import { runTrial } from '../run-trial';
import type { Plan } from '../study-files';
import { TRAINERS, versionOf } from '../trainers';
import { type KeptFiles, keptFolder, keptRun } from './kept-files';

/** The limits of each trial's process. */
export interface WorkerLimits {
  readonly threads: number;
  readonly megabytes?: number | undefined;
  /** Whether checkpoints are stored in a bucket. */
  readonly hasBucket?: boolean;
}

/** A plan in a database, with the hashes of its files and the version of its program when it was started. */
export interface PlanInDatabase {
  readonly plan: Plan;
  /** SHA-256 of each file; patterns are not hashed. */
  readonly hashes: Readonly<Record<string, string>>;
  /** The version of a trainer. */
  readonly version?: string | undefined;
}

/** Milliseconds between two checks for a new checkpoint. */
const LOOK = 500;

/** Environment variables of the database's libraries, which a trial does not need. */
const HIDDEN = ['PGPASSWORD', 'PGUSER', 'PGHOST', 'PGDATABASE', 'PGPORT', 'PGPASSFILE', 'PGSERVICE'];
/** The credentials for a bucket of checkpoints. */
const KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

/** The database's form of a plan that is started here. */
export function storedPlan(plan: Plan): PlanInDatabase {
  const there = plan.files.filter((file) => existsSync(file));
  const trainer = trainerOf(plan);
  return {
    plan,
    hashes: Object.fromEntries(there.map((file) => [file, hashOf(file)])),
    ...(trainer ? { version: versionOf(trainer) } : {}),
  };
}

const trainerOf = ({ program }: Plan) => TRAINERS.find(({ name }) => name === program);

/**
 * Refuses to run trials with another version, or with files that are missing or different on this machine.
 */
export function checkHere({ plan, hashes, version }: PlanInDatabase): void {
  const trainer = trainerOf(plan);
  if (trainer && version !== undefined && version !== versionOf(trainer))
    refuse('worker', {
      expected: `version ${version} of ${trainer.name}, which started the study`,
      got: versionOf(trainer),
      remedy: 'install the same version on every machine',
      code: 'format',
    });
  for (const [file, hash] of Object.entries(hashes)) {
    const isThere = existsSync(file);
    if (isThere && hashOf(file) === hash) continue;
    refuse('files', {
      expected: `${quoted(file)} in ${quoted(process.cwd())}, as when the study was started`,
      got: isThere ? 'a file with another content' : 'no such file',
      remedy: 'copy the file there, or start the worker in a folder that contains it',
    });
  }
}

/** Runs a trial's program, and returns its value. */
export async function runOnWorker(
  database: SweepDatabase,
  { plan }: PlanInDatabase,
  trial: WorkerTrial,
  { threads, megabytes, hasBucket = false }: WorkerLimits,
): Promise<number> {
  const directory = mkdtempSync(path.join(tmpdir(), 'unrolled-trial-'));
  const trainer = trainerOf(plan);
  const kept = trainer ? keptRun(path.join(directory, 'run')) : keptFolder(path.join(directory, FILES));
  const hidden = hasBucket ? [...HIDDEN, ...KEYS] : HIDDEN;
  const keeper = keeperOf(trial, kept);
  const limits = { threads, megabytes, isTied: true, hidden, seconds: plan.trialSeconds };
  try {
    kept.restore(await trial.loadCheckpoint());
    const from = trial.from === undefined ? undefined : path.join(directory, 'from');
    if (from) {
      mkdirSync(path.join(from, FILES), { recursive: true });
      keptFolder(path.join(from, FILES)).restore(await trial.loadCheckpoint(trial.from));
    }
    const { events } = await readStudy(database, trial.study.name);
    const look = trainer ? setInterval(keeper.keep, LOOK) : undefined;
    let last = performance.now();
    const inner: RunningTrial = {
      ...{ number: trial.number, parameters: trial.parameters, signal: trial.signal },
      report(step, value) {
        keeper.then(() => trial.report(step, value));
        // An objective waits for this call, so the files that it has written belong to this report, and are
        // stored after it.
        if (!trainer && performance.now() - last > LOOK) {
          keeper.keep();
          last = performance.now();
        }
        return !trial.signal.aborted;
      },
    };
    const args = [...plan.files, ...trialArguments(plan, trial, events)];
    const program = trainer
      ? runTrial(inner, { ...limits, directory, trainer, args })
      : runObjective(inner, { ...limits, directory, from, file: plan.files[0]! });
    const [ended] = await Promise.allSettled([program]);
    clearInterval(look);
    keeper.keep();
    await keeper.end();
    if (ended.status === 'rejected') throw ended.reason;
    return ended.value;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Rewrites the error of a checkpoint that is too large in terms of the command line. */
function inOptions(error: unknown): unknown {
  if (!(error instanceof UnrolledError) || error.scope !== 'checkpoint' || error.code === 'state')
    return error;
  const { expected, got } = error;
  const remedy = 'start workers with a larger --checkpoint-megabytes, or with --folder';
  return new UnrolledError('sweep', error.scope, { expected, got, remedy });
}

/** Sends reports and checkpoints in sequence. The first failure ends the trial. */
function keeperOf(trial: WorkerTrial, kept: KeptFiles) {
  let queue: Promise<unknown> = Promise.resolve();
  let failure: unknown;
  let count = 0;
  let newest: Readonly<Record<string, Uint8Array>> = {};
  const then = (work: () => Promise<unknown>) => {
    queue = queue.then(work).catch((error) => {
      failure ??= inOptions(error);
    });
  };
  return {
    then,
    keep() {
      const files = kept.changed();
      if (!files) return;
      const own = ++count;
      newest = files;
      // If the database cannot be reached, only the newest report or checkpoint is kept.
      then(async () => (own === count ? trial.saveCheckpoint(newest) : undefined));
    },
    async end() {
      await queue;
      if (failure !== undefined) throw failure;
    },
  };
}
