import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { UnrolledError } from '@unrolled/errors';
import type { RunningTrial } from '@unrolled/sweeps';
import { runChild } from './child';
import type { ProcessLimits } from './limits';
import { objectiveProgram } from './objective-program';

/** How one trial of a study file is run, apart from its parameters. */
export interface ObjectiveSettings extends ProcessLimits {
  readonly file: string;
  readonly directory: string;
  /** Directory of the trial that this one continues. */
  readonly from?: string | undefined;
  readonly threads: number;
  readonly seconds: number | undefined;
}

/** The objective's own folder in a trial's directory. */
export const FILES = 'files';

/**
 * Runs the objective of a study's file in a separate process, so a crash or an endless loop affects only its
 * trial.
 *
 * @throws the reason, if the objective returned no number
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
        // A step that does not increase is an error of the trial. A record that cannot be written ends the
        // study.
        if (!(error instanceof UnrolledError)) throw error;
        failure ??= error.message;
        return false;
      }
    },
  });
  if (trial.signal.aborted) return Number.NaN;
  if (ended.isLate) throw new Error(`the trial took more than ${seconds} s`);
  if (ended.isLarge) throw new Error(`the trial used more than ${megabytes} MB of memory`);
  if (failure !== undefined) throw new Error(failure);
  if (value !== undefined) return value;
  const last = ended.lastWords ? `; last line of its output: ${ended.lastWords.slice(0, 200)}` : '';
  throw new Error(
    `${ended.signal ? `a signal ended it, ${ended.signal}` : `it exited with code ${ended.code}`}, without a value${last}`,
  );
}
