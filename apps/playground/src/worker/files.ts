/** Checkpoints as bytes: the model in one, and one as char-rnn reads it. */
import { paramsOf, savedModel } from '@unrolled/language-model';
import type { RunConfig } from '@unrolled/runs';
import { decodeCheckpoint, encodeCheckpoint } from '@unrolled/training';

/** The parameters in a checkpoint, as new tensors. */
export function paramsIn(bytes: Uint8Array): unknown[] {
  return paramsOf(savedModel('checkpoint', 'memory', decodeCheckpoint(bytes)));
}

/**
 * A checkpoint without what is only this page's way to wait between steps: a moment for a sample after each.
 */
export function fileOf(bytes: Uint8Array): Uint8Array {
  const { snapshot, config, model } = decodeCheckpoint(bytes);
  const { settings, ...others } = config as RunConfig;
  const { sampleEvery: _, ...kept } = settings as RunConfig;
  return encodeCheckpoint(snapshot, { config: { ...others, settings: kept }, model });
}
