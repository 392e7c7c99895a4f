/** Checkpoints as bytes: the model in one, and one as char-rnn reads it. */
import { paramsOf, savedModel, type TrainingSettings } from '@unrolled/language-model';
import type { RunConfig } from '@unrolled/runs';
import { decodeCheckpoint, earlyStopping, encodeCheckpoint } from '@unrolled/training';

/** The parameters in a checkpoint, as new tensors. */
export function paramsIn(bytes: Uint8Array): unknown[] {
  return paramsOf(savedModel('checkpoint', 'memory', decodeCheckpoint(bytes)));
}

/**
 * A checkpoint as a file of its own: with the settings of its run, in place of those by which the page waits
 * between steps, and without the record of a better checkpoint, which is not in the file.
 */
export function fileOf(bytes: Uint8Array, settings: TrainingSettings): Uint8Array {
  const { snapshot, config, model } = decodeCheckpoint(bytes);
  const { run, ...others } = config as RunConfig;
  const alone = { ...(run as RunConfig), stopping: earlyStopping().state() };
  return encodeCheckpoint(snapshot, {
    config: { ...others, settings: settings as never, run: alone },
    model,
  });
}
