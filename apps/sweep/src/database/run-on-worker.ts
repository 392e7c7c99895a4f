/**
 * A trial as a separate process on a worker: in a folder of this machine, with its checkpoints in the shared
 * store.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { quoted } from '@unrolled/errors';
import type { RunningTrial } from '@unrolled/sweeps';
import { readStudy, type SweepDatabase, type WorkerTrial } from '@unrolled/sweeps/database';
import { trialArguments } from '../commands';
import { refuse } from '../refuse';
import { runObjective } from '../run-objective';
import { runTrial } from '../run-trial';
import type { Plan } from '../study-files';
import { TRAINERS } from '../trainers';

/** The limits of each trial's process. */
export interface ProcessLimits {
  readonly threads: number;
  readonly megabytes?: number | undefined;
}

/** A plan in a database, with the hashes of its files at the start. */
export interface PlanInDatabase {
  readonly plan: Plan;
  /** SHA-256 of each file; patterns are left to the program. */
  readonly hashes: Readonly<Record<string, string>>;
}

/** How often it is looked whether there is a new checkpoint, in milliseconds. */
const LOOK = 500;

/** Environment variables of the database's libraries, which a trial does not need. */
const HIDDEN = ['PGPASSWORD', 'PGUSER', 'PGHOST', 'PGDATABASE', 'PGPORT', 'PGPASSFILE', 'PGSERVICE'];

export const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Refuses to run trials over files that this machine lacks, or has otherwise. */
export function checkHashes({ hashes }: PlanInDatabase): void {
  for (const [file, hash] of Object.entries(hashes)) {
    const isThere = existsSync(file);
    if (isThere && hashOf(file) === hash) continue;
    refuse('files', {
      expected: `${quoted(file)} as the study was begun with, in ${quoted(process.cwd())}`,
      got: isThere ? 'another content' : 'no such file',
      remedy: 'copy it there, or begin the worker in a folder that has it',
    });
  }
}

/** Runs a trial's program, and gives its value. */
export async function runOnWorker(
  database: SweepDatabase,
  { plan }: PlanInDatabase,
  trial: WorkerTrial,
  limits: ProcessLimits,
): Promise<number> {
  const directory = mkdtempSync(path.join(tmpdir(), 'unrolled-trial-'));
  const run = path.join(directory, 'run');
  try {
    restore(run, await trial.loadCheckpoint());
    const { events } = await readStudy(database, trial.study.name);
    // Reports and checkpoints go one after another; the first that fails ends the trial.
    let queue: Promise<unknown> = Promise.resolve();
    let failure: unknown;
    const then = (work: () => Promise<unknown>) => {
      queue = queue.then(work).catch((error) => {
        failure ??= error;
      });
    };
    const inner: RunningTrial = {
      ...{ number: trial.number, parameters: trial.parameters, signal: trial.signal },
      report(step, value) {
        then(() => trial.report(step, value));
        return !trial.signal.aborted;
      },
    };
    let kept = stampOf(run);
    const keep = () => {
      const now = stampOf(run);
      if (now === undefined || now === kept) return;
      kept = now;
      then(async () => {
        const files = checkpointIn(run);
        if (files) await trial.saveCheckpoint(files);
      });
    };
    const look = setInterval(keep, LOOK);
    const trainer = TRAINERS.find(({ name }) => name === plan.program);
    const { threads } = limits;
    const objective = () =>
      runObjective(inner, { file: plan.files[0]!, directory, threads, seconds: plan.trialSeconds });
    const program = !trainer
      ? objective()
      : runTrial(inner, {
          ...limits,
          ...{ directory, isTied: true, hidden: HIDDEN, seconds: plan.trialSeconds },
          trainer,
          args: [...plan.files, ...trialArguments(plan, trial, events)],
        });
    const [ended] = await Promise.allSettled([program]);
    clearInterval(look);
    keep();
    await queue;
    if (failure !== undefined) throw failure;
    if (ended.status === 'rejected') throw ended.reason;
    return ended.value;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function restore(run: string, files: Readonly<Record<string, Uint8Array>> | undefined): void {
  if (!files) return;
  mkdirSync(run, { recursive: true });
  for (const [name, bytes] of Object.entries(files))
    writeFileSync(path.join(run, path.basename(name)), bytes);
}

/** Which checkpoint a run has; undefined where it has none yet. */
function stampOf(run: string): string | undefined {
  try {
    const { mtimeMs, ino, size } = statSync(path.join(run, 'last.safetensors'));
    return `${mtimeMs} ${ino} ${size}`;
  } catch {
    return undefined;
  }
}

/**
 * A run's files as a kill would have left them: those beside the checkpoint are read after it, and all again
 * where a new one came meanwhile.
 */
function checkpointIn(run: string): Record<string, Uint8Array> | undefined {
  for (;;) {
    const before = stampOf(run);
    if (before === undefined) return undefined;
    const names = readdirSync(run).filter((name) => name !== 'run.lock' && !/^\.|\.tmp$/.test(name));
    const files: Record<string, Uint8Array> = {};
    try {
      for (const name of ['last.safetensors', ...names.filter((one) => one !== 'last.safetensors')])
        files[name] = readFileSync(path.join(run, name));
    } catch (error) {
      // Renamed or removed while it was listed.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      continue;
    }
    if (stampOf(run) === before) return files;
  }
}
