import { stat } from 'node:fs/promises';
import path from 'node:path';
import { loadCheckpoint } from '@unrolled/training/node';
import { checkKind } from '../refuse';
import { paramsOf, type SavedModel, savedModel, type TrainedModel } from './checkpoint';

/**
 * Reads a model from a checkpoint file, without creating its tensors.
 *
 * @param scope the option that names the file, for messages
 * @param given a checkpoint, or a run directory, whose best checkpoint is used
 * @throws UnrolledError if the file does not exist, is damaged, or contains another kind of model
 */
export async function readModel(scope: string, given: string): Promise<SavedModel> {
  checkKind('readModel', 'scope', scope, 'string');
  checkKind('readModel', 'given', given, 'string');
  const status = await stat(given).catch(() => undefined);
  const file = status?.isDirectory() ? path.join(given, 'best.safetensors') : given;
  return savedModel(scope, file, await loadCheckpoint(file));
}

/**
 * Reads a model and its parameters. The caller disposes them.
 *
 * @throws UnrolledError as {@link readModel}
 */
export async function loadModel(scope: string, given: string): Promise<TrainedModel> {
  checkKind('loadModel', 'scope', scope, 'string');
  checkKind('loadModel', 'given', given, 'string');
  const saved = await readModel(scope, given);
  return { ...saved, params: paramsOf(saved) };
}
