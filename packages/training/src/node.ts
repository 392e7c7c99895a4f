import type { AnyPart, ParamsOf } from '@unrolled/cells';
import { readSafetensorsFile, writeSafetensorsFile } from '@unrolled/safetensors/node';
import { checkModel } from './check-model';
import {
  type Checkpoint,
  type CheckpointOptions,
  checkpointContent,
  checkpointFrom,
} from './loop/checkpoint';
import { type ConfigGuard, type ConfigParser, withCheckedConfig } from './loop/checkpoint-config';
import type { Snapshot } from './loop/snapshot';
import { modelContent } from './model-file/file-content';
import { checkLoadOptions, type LoadModelOptions, trainedModelFrom } from './model-file/load-model';
import { type ModelSet, modelSetContent, modelSetFrom } from './model-file/model-set';
import { checkContent, type TrainedModel, type TrainedModelContent } from './model-file/trained-model';
import { weightsFile, weightsFrom } from './model-file/weights';
import { checkKind } from './refuse';

/**
 * Writes a checkpoint file atomically: at any moment, even during a crash, `path` holds the old file or the
 * whole new one.
 *
 * @throws UnrolledError if the folder is missing, full or not writable
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
 * The option `check` determines the type of `config`: a type guard, or a function that returns it typed or
 * throws, such as zod's `schema.parse`. Without it `config` is `Json`.
 *
 * @throws UnrolledError if there is no such file, it is truncated, not safetensors, or not a checkpoint, or
 *   `check` refuses its config
 */
export function loadCheckpoint(path: string): Promise<Checkpoint>;
export function loadCheckpoint<C>(path: string, options: ConfigGuard<C>): Promise<Checkpoint<C>>;
export function loadCheckpoint<C>(path: string, options: ConfigParser<C>): Promise<Checkpoint<C>>;
export async function loadCheckpoint(
  path: string,
  options?: ConfigParser<unknown>,
): Promise<Checkpoint<unknown>> {
  checkKind('loadCheckpoint', 'path', path, 'string');
  const checkpoint = checkpointFrom('loadCheckpoint', await readSafetensorsFile(path));
  return withCheckedConfig('loadCheckpoint', checkpoint, options);
}

/**
 * Writes weights alone, atomically: at any moment, even during a crash, `path` holds the old file or the
 * whole new one. {@link loadWeights} and `decodeWeights` read it.
 *
 * @param params tensors in the form of `model.init(seed)`, which belong to the caller; or their data by path,
 *   such as `earlyStopping`'s `bestParams`
 * @throws UnrolledError if they are neither, or the folder is missing, full or not writable
 */
export async function saveWeights(path: string, params: unknown): Promise<void> {
  checkKind('saveWeights', 'path', path, 'string');
  const { tensors, metadata } = weightsFile('saveWeights', params);
  await writeSafetensorsFile(path, tensors, metadata, { checksum: true });
}

/**
 * Reads the weights in a file of `saveWeights` or `saveModel`, or in a checkpoint, as new tensors in the form
 * of `model.init(seed)`, which the caller owns, like `decodeWeights`.
 *
 * @throws UnrolledError as `decodeWeights`, and if there is no such file
 */
export async function loadWeights<L extends AnyPart>(path: string, model: L): Promise<ParamsOf<L>> {
  checkKind('loadWeights', 'path', path, 'string');
  checkModel('loadWeights', model);
  return weightsFrom('loadWeights', await readSafetensorsFile(path), model);
}

/**
 * Writes a trained model's file, atomically; {@link loadModelFile} and `loadModel` read it.
 *
 * @throws UnrolledError if the folder is missing, full or not writable
 */
export async function saveModel<L extends AnyPart>(
  path: string,
  content: TrainedModelContent<L>,
): Promise<void> {
  checkKind('saveModel', 'path', path, 'string');
  checkContent('saveModel', content);
  const { model, params, details } = content;
  const { tensors, metadata } = modelContent('saveModel', model, params, details);
  await writeSafetensorsFile(path, tensors, metadata, { checksum: true });
}

/**
 * Reads a trained model's file, like `loadModel`.
 *
 * @throws UnrolledError as `loadModel`, and if there is no such file
 */
export async function loadModelFile<L extends AnyPart = AnyPart>(
  path: string,
  options: LoadModelOptions<L> = {},
): Promise<TrainedModel<L>> {
  checkKind('loadModelFile', 'path', path, 'string');
  checkLoadOptions('loadModelFile', options);
  return trainedModelFrom('loadModelFile', await readSafetensorsFile(path), options);
}

/**
 * Writes a file of several models, atomically; {@link loadModels} and `decodeModels` read it.
 *
 * @throws UnrolledError as `encodeModels`, and if the folder is missing, full or not writable
 */
export async function saveModels(path: string, set: ModelSet): Promise<void> {
  checkKind('saveModels', 'path', path, 'string');
  const { tensors, metadata } = modelSetContent('saveModels', set);
  await writeSafetensorsFile(path, tensors, metadata, { checksum: true });
}

/**
 * Reads a file of several models, like `decodeModels`.
 *
 * @throws UnrolledError as `decodeModels`, and if there is no such file
 */
export async function loadModels(path: string): Promise<ModelSet> {
  checkKind('loadModels', 'path', path, 'string');
  return modelSetFrom('loadModels', await readSafetensorsFile(path));
}
