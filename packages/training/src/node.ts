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
 * Writes a checkpoint file atomically: at any moment, even in a crash, `path` has either the complete old
 * file or the complete new one.
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
 * @throws UnrolledError if the file is missing, truncated, not safetensors, or not a checkpoint, or if
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
 * Writes weights alone, atomically: at any moment, even in a crash, `path` has either the complete old file
 * or the complete new one. {@link loadWeights} and `decodeWeights` read it.
 *
 * @param params tensors in the form of `model.init(seed)`, which belong to the caller; or their data by path,
 *   such as `earlyStopping`'s `bestParams`
 * @throws UnrolledError if `params` are neither, or if the folder is missing, full or not writable
 */
export async function saveWeights(path: string, params: unknown): Promise<void> {
  checkKind('saveWeights', 'path', path, 'string');
  const { tensors, metadata } = weightsFile('saveWeights', params);
  await writeSafetensorsFile(path, tensors, metadata, { checksum: true });
}

/**
 * Reads the weights in a file of `saveWeights` or `saveModel`, or in a checkpoint, as new tensors in the form
 * of `model.init(seed)`, which the caller owns. It works like `decodeWeights`.
 *
 * @throws UnrolledError for the reasons of `decodeWeights`, and if the file is missing
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
 * @throws UnrolledError for the reasons of `loadModel`, and if the file is missing
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
 * @throws UnrolledError for the reasons of `encodeModels`, and if the folder is missing, full or not writable
 */
export async function saveModels(path: string, set: ModelSet): Promise<void> {
  checkKind('saveModels', 'path', path, 'string');
  const { tensors, metadata } = modelSetContent('saveModels', set);
  await writeSafetensorsFile(path, tensors, metadata, { checksum: true });
}

/**
 * Reads a file of several models, like `decodeModels`.
 *
 * @throws UnrolledError for the reasons of `decodeModels`, and if the file is missing
 */
export async function loadModels(path: string): Promise<ModelSet> {
  checkKind('loadModels', 'path', path, 'string');
  return modelSetFrom('loadModels', await readSafetensorsFile(path));
}
