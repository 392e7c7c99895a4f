import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { UnrolledError } from '@unrolled/errors';
import type { RunningTrial } from '@unrolled/sweeps';
import { runChild } from './child';
import type { ProcessLimits } from './limits';
import { objectiveProgram } from './objective-program';

/** How one trial of a study's file is run, besides its parameters. */
export interface ObjectiveSettings extends ProcessLimits {
  readonly file: string;
  readonly directory: string;
  /** Directory of the trial whose training this one continues. */
  readonly from?: string | undefined;
  readonly threads: number;
  readonly seconds: number | undefined;
}

/** What an objective keeps, in a trial's directory. */
export const FILES = 'files';

/**
 * Runs the objective of a study's file in a separate process, so a crash or an endless loop affects only its
 * trial.
 *
 * @throws with why it gave no number
 */
export async function runObjective(trial: RunningTrial, settings: ObjectiveSettings): Promise<number> {
  const { file, directory, from, threads, seconds, megabytes, isTied, hidden } = settings;
  const own = path.join(directory, FILES);
  mkdirSync(own, { recursive: true });
  let value: number | undefined;
  let failure: string | undefined;
  const ended = await runChild({
    args: [
      ...[objectiveProgram(), 'run', path.resolve(file)],
      ...[String(trial.number), path.resolve(own), JSON.stringify(trial.parameters)],
      ...(from === undefined ? [] : [path.resolve(from, FILES)]),
    ],
    ...{ env: { UNROLLED_THREADS: String(threads) }, signal: trial.signal, seconds },
    ...{ megabytes, isTied, hidden },
    output: path.join(directory, 'output.txt'),
    onMessage: (message) => {
      if (typeof message.value === 'string') value = Number(message.value);
      if (typeof message.failure === 'string') failure ??= message.failure;
      if (!('step' in message)) return true;
      try {
        return trial.report(message.step as number, (message.value as number | null) ?? Number.NaN);
      } catch (error) {
        // A step that does not rise is the trial's mistake, a record that cannot be written the study's end.
        if (!(error instanceof UnrolledError)) throw error;
        failure ??= error.message;
        return false;
      }
    },
  });
  if (trial.signal.aborted) return Number.NaN;
  if (ended.isLate) throw new Error(`it took more than ${seconds} s`);
  if (ended.isLarge) throw new Error(`it took more than ${megabytes} MB of memory`);
  if (failure !== undefined) throw new Error(failure);
  if (value !== undefined) return value;
  const last = ended.lastWords ? `; its last words: ${ended.lastWords.slice(0, 200)}` : '';
  throw new Error(
    `${ended.signal ? `a signal ended it, ${ended.signal}` : `it exited with code ${ended.code}`}, without a value${last}`,
  );
}
