import type { AnyPart } from '@unrolled/cells';
import { readSafetensorsFile, writeSafetensorsFile } from '@unrolled/safetensors/node';
import {
  type Checkpoint,
  type CheckpointOptions,
  checkpointContent,
  checkpointFrom,
} from './loop/checkpoint';
import type { Snapshot } from './loop/snapshot';
import { modelContent } from './model-file/file-content';
import { type LoadModelOptions, trainedModelFrom } from './model-file/load-model';
import { type ModelSet, modelSetContent, modelSetFrom } from './model-file/model-set';
import type { TrainedModel, TrainedModelContent } from './model-file/trained-model';
import { checkKind } from './refuse';

/**
 * Writes a checkpoint file, atomically: at any moment, a crash included, `path` holds the old file or the
 * whole new one.
 *
 * @throws UnrolledError when the folder is missing, full or not writable
 */
export async function saveCheckpoint(
  path: string,
  snapshot: Snapshot,
  options: CheckpointOptions = {},
): Promise<void> {
  checkKind('saveCheckpoint', 'path', path, 'string');
  const { tensors, metadata } = checkpointContent('saveCheckpoint', snapshot, options);
  await writeSafetensorsFile(path, tensors, metadata, { checksum: true });
}

/**
 * Reads a checkpoint file.
 *
 * @throws UnrolledError when there is none, or it is truncated, not safetensors, or not a checkpoint
 */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  checkKind('loadCheckpoint', 'path', path, 'string');
  return checkpointFrom('loadCheckpoint', await readSafetensorsFile(path));
}

/**
 * Writes a trained model's file, atomically; {@link loadModelFile} and `loadModel` read it.
 *
 * @throws UnrolledError when the folder is missing, full or not writable
 */
export async function saveModel<L extends AnyPart>(
  path: string,
  { model, params, details }: TrainedModelContent<L>,
): Promise<void> {
  const { tensors, metadata } = modelContent(model, params, details);
  await writeSafetensorsFile(path, tensors, metadata, { checksum: true });
}

/**
 * Reads a trained model's file, as `loadModel` does its bytes.
 *
 * @throws UnrolledError as `loadModel`, and when there is no such file
 */
export async function loadModelFile<L extends AnyPart = AnyPart>(
  path: string,
  options: LoadModelOptions<L> = {},
): Promise<TrainedModel<L>> {
  return trainedModelFrom('loadModelFile', await readSafetensorsFile(path), options);
}

/**
 * Writes a file of several models, atomically; {@link loadModels} and `decodeModels` read it.
 *
 * @throws UnrolledError as `encodeModels`, and when the folder is missing, full or not writable
 */
export async function saveModels(path: string, set: ModelSet): Promise<void> {
  const { tensors, metadata } = modelSetContent(set);
  await writeSafetensorsFile(path, tensors, metadata, { checksum: true });
}

/**
 * Reads a file of several models, as `decodeModels` does its bytes.
 *
 * @throws UnrolledError as `decodeModels`, and when there is no such file
 */
export async function loadModels(path: string): Promise<ModelSet> {
  return modelSetFrom('loadModels', await readSafetensorsFile(path));
}
