/** Checkpoints as bytes: reading the model from one, and writing one that char-rnn reads. */
import { paramsOf, savedModel, type TrainingSettings } from '@unrolled/language-model';
import type { RunConfig } from '@unrolled/runs';
import { decodeCheckpoint, earlyStopping, encodeCheckpoint } from '@unrolled/training';

/** The parameters in a checkpoint, as new tensors. */
export function paramsIn(bytes: Uint8Array): unknown[] {
  return paramsOf(savedModel('checkpoint', 'memory', decodeCheckpoint(bytes)));
}

/**
 * A checkpoint as a separate file. It has the settings of its run instead of those by which the page pauses
 * between steps, and no record of a better checkpoint, which the file does not contain.
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
