import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { quoted, UnrolledError } from '@unrolled/errors';
import { openRunDirectory } from '@unrolled/runs/node';
import type { RunningTrial } from '@unrolled/sweeps';
import { environmentOf, type ProcessLimits, tieOf, watchMemory } from './limits';
import { commandLineOf, type Trainer } from './trainers';

/** How one trial is run, apart from its parameters. */
export interface TrialSettings extends ProcessLimits {
  readonly trainer: Trainer;
  /** The arguments after the program's name: files, common options, and the trial's options. */
  readonly args: readonly string[];
  /** The trial's directory. */
  readonly directory: string;
  readonly threads: number;
  /** Seconds after which a trial is stopped, and counts as failed. */
  readonly seconds: number | undefined;
}

/** Milliseconds between two reads of a run's log. */
const LOOK = 50;

/**
 * Runs the program of a trial as a separate process, and reports each of its validations. An interrupted run
 * resumes from its last checkpoint; its earlier validations are reported again.
 *
 * @returns the program's value
 * @throws the last line of the program's output, if it fails
 */
export async function runTrial(trial: RunningTrial, settings: TrialSettings): Promise<number> {
  const { trainer, directory } = settings;
  mkdirSync(directory, { recursive: true });
  const [output, words] = ['result.json', 'output.txt'].map((name) => path.join(directory, name)) as [
    string,
    string,
  ];
  await untilFree(path.join(directory, 'run'), trial.signal);
  const ended = await runProcess(trial, settings, [output, words]);
  if (trial.signal.aborted) return Number.NaN;
  if (ended.isLate) throw new Error(`the trial took more than ${settings.seconds} s`);
  if (ended.isLarge) throw new Error(`the trial used more than ${settings.megabytes} MB of memory`);
  const lines = readFileSync(words, 'utf8').trim().split('\n');
  if (ended.signal) throw new Error(`a signal ended the trial: ${ended.signal}`);
  if (ended.code !== 0) throw new Error(lastWords(lines) ?? `exit code ${ended.code}`);
  const result = JSON.parse(readFileSync(output, 'utf8').trim().split('\n').at(-1)!);
  if (result.interrupted === true) throw new Error('the trial was interrupted');
  const value = trainer.valueOf(result);
  if (typeof value !== 'number')
    throw new Error(`${quoted(String(value))} in place of the ${trainer.measure}`);
  return value;
}

/**
 * Waits while a process uses a run. After a sweep was killed, its trials may still be running, and their
 * checkpoints can be used.
 */
async function untilFree(run: string, signal: AbortSignal): Promise<void> {
  while (existsSync(run) && !signal.aborted) {
    try {
      const directory = await openRunDirectory(run);
      return await directory.close();
    } catch (error) {
      if (!(error instanceof UnrolledError) || error.code !== 'state') throw error;
      await wait(LOOK);
    }
  }
}

/** The last line that is not part of a stack trace. */
const lastWords = (lines: readonly string[]) =>
  lines.findLast((line) => line !== '' && !/^\s+at |^\s*\}?$|^Node\.js v/.test(line));

interface End {
  readonly code: number | null;
  readonly signal: string | null;
  readonly isLate: boolean;
  readonly isLarge: boolean;
}

function runProcess(
  trial: RunningTrial,
  settings: TrialSettings,
  files: readonly [string, string],
): Promise<End> {
  const { trainer, args, directory, threads, seconds } = settings;
  const run = path.join(directory, 'run');
  const goesOn = trainer.resumes && existsSync(path.join(run, 'last.safetensors'));
  if (!goesOn) rmSync(run, { recursive: true, force: true });
  const begun = [...args, ...trainer.quietly, ...(trainer.hasRuns ? ['--run-directory', run] : [])];
  const own = goesOn ? ['--resume', run] : begun;
  const [stdout, stderr] = files.map((file) => openSync(file, 'w')) as [number, number];
  const words = [...tieOf(settings), commandLineOf(trainer), ...trainer.command, ...own];
  const child = spawn(process.execPath, [...words, '--json'], {
    stdio: ['ignore', stdout, stderr, ...(settings.isTied ? ['ipc' as const] : [])],
    env: environmentOf(settings, { UNROLLED_THREADS: String(threads) }),
    // Ctrl-C in the terminal reaches only the study, which asks its trials to stop.
    detached: true,
  });
  closeSync(stdout);
  closeSync(stderr);
  return new Promise((resolve, reject) => {
    let isLate = false;
    let isLarge = false;
    const stop = () => void child.kill('SIGTERM');
    const limit = seconds === undefined ? undefined : setTimeout(expire, seconds * 1000);
    const unweigh = watchMemory(child.pid!, settings, () => {
      isLarge = true;
      child.kill('SIGKILL');
    });
    const look = trainer.hasRuns ? setInterval(tell, LOOK) : undefined;
    const follow = followLog(path.join(run, 'log.jsonl'));
    let told = 0;
    let failure: unknown;
    trial.signal.addEventListener('abort', stop);
    if (trial.signal.aborted) stop();
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      clearInterval(look);
      unweigh();
      trial.signal.removeEventListener('abort', stop);
      if (look && !trial.signal.aborted) tell();
      if (failure === undefined) resolve({ code, signal, isLate, isLarge });
      else reject(failure);
    });

    /** Validations are counted, not steps, so their number does not depend on the batch size. */
    function tell() {
      if (failure !== undefined) return;
      try {
        for (const loss of follow()) if (!trial.signal.aborted) trial.report(++told, loss);
      } catch (error) {
        // An error in a timer would not be caught, for example if the disk is full.
        failure = error;
        stop();
      }
    }
    function expire() {
      isLate = true;
      child.kill('SIGKILL');
    }
  });
}

/**
 * Reads a growing log. Each call returns the validation losses in the new lines; an incomplete last line is
 * skipped.
 */
export function followLog(log: string): () => number[] {
  let from = 0;
  return () => {
    if (!existsSync(log) || statSync(log).size === from) return [];
    const bytes = readFrom(log, from);
    const end = bytes.lastIndexOf(0x0a) + 1;
    from += end;
    return bytes
      .toString('utf8', 0, end)
      .split('\n')
      .flatMap((line) => {
        if (!line.includes('"validationLoss"')) return [];
        const { validationLoss, member = 0 } = JSON.parse(line) as {
          validationLoss?: number | null;
          member?: number;
        };
        // For an ensemble, these are the losses of the first network, because the others train after it.
        if (member > 0) return [];
        return validationLoss === undefined ? [] : (validationLoss ?? Number.NaN);
      });
  };
}

function readFrom(file: string, from: number): Buffer {
  const open = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(open).size - from));
    return bytes.subarray(0, readSync(open, bytes, 0, bytes.length, from));
  } finally {
    closeSync(open);
  }
}
