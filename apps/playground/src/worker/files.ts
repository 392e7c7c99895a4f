/** Checkpoints as bytes: the model in one, and one as char-rnn reads it. */
import { paramsOf, savedModel, type TrainingSettings } from '@unrolled/language-model';
import type { RunConfig } from '@unrolled/runs';
import { decodeCheckpoint, encodeCheckpoint } from '@unrolled/training';

/** The parameters in a checkpoint, as new tensors. */
export function paramsIn(bytes: Uint8Array): unknown[] {
  return paramsOf(savedModel('checkpoint', 'memory', decodeCheckpoint(bytes)));
}

/** A checkpoint with the settings of its run, in place of those by which the page waits between steps. */
export function fileOf(bytes: Uint8Array, settings: TrainingSettings): Uint8Array {
  const { snapshot, config, model } = decodeCheckpoint(bytes);
  return encodeCheckpoint(snapshot, {
    config: { ...(config as RunConfig), settings: settings as never },
    model,
  });
}
