import { readSafetensorsFile, writeSafetensorsFile } from '@unrolled/safetensors/node';
import { type Checkpoint, checkpointContent, checkpointFrom } from './loop/checkpoint';
import type { Json } from './loop/checkpoint-header';
import type { Snapshot } from './loop/snapshot';

/**
 * Writes a checkpoint file, atomically: at any moment, a crash included, `path` holds the old file or the whole new one.
 *
 * @throws UnrolledError when the folder is missing, full or not writable
 */
export async function saveCheckpoint(
  path: string,
  snapshot: Snapshot,
  options: { readonly config?: Json } = {},
): Promise<void> {
  const { tensors, metadata } = checkpointContent(snapshot, options.config);
  await writeSafetensorsFile(path, tensors, metadata, { checksum: true });
}

/**
 * Reads a checkpoint file.
 *
 * @throws UnrolledError when there is none, or it is truncated, not safetensors, or not a checkpoint
 */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  return checkpointFrom('loadCheckpoint', await readSafetensorsFile(path));
}
