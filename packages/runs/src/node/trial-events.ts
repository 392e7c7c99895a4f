import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions } from '../refuse';
import {
  encodeScalars,
  encodeTrialEnd,
  encodeTrialStart,
  encodeVersion,
  type Hyperparameter,
} from './event-file';
import { atomicWriteFile } from './files';

/** A trial of a search, as shown by TensorBoard's HParams. */
export interface TrialEvents {
  readonly hyperparameters: Readonly<Record<string, Hyperparameter>>;
  /** Its metrics: values by tag, at ascending steps. */
  readonly scalars: readonly { readonly step: number; readonly scalars: Readonly<Record<string, number>> }[];
  readonly state: 'complete' | 'failed' | 'running';
  /** Timestamp of all events, in seconds since 1970; default 0, so the same trial gives the same bytes. */
  readonly wallTime?: number;
}

const KINDS: OptionKinds<TrialEvents> = {
  hyperparameters: 'object',
  scalars: 'array',
  state: "'complete', 'failed' or 'running'",
  wallTime: 'number?',
};

/**
 * Writes a trial as a TensorBoard event file, with its hyperparameters. `tensorboard --logdir` reads a folder
 * with one folder for each trial. TensorBoard derives the search space from the trials.
 *
 * @param file a path whose name contains `tfevents`; it is written atomically
 */
export async function writeTrialEvents(file: string, trial: TrialEvents): Promise<void> {
  checkKind('writeTrialEvents', 'file', file, 'string');
  checkOptions('writeTrialEvents', trial, KINDS);
  const { hyperparameters, scalars, state, wallTime = 0 } = trial;
  const records = [
    encodeVersion(wallTime),
    encodeTrialStart(hyperparameters, wallTime),
    ...scalars.map((one) => encodeScalars({ ...one, wallTime })),
    ...(state === 'running' ? [] : [encodeTrialEnd(state === 'complete', wallTime)]),
  ];
  await atomicWriteFile(file, Buffer.concat(records));
}
