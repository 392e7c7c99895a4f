import { type AnyPart, modelFrom, paramsFrom } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { readSafetensors, type SafetensorsFile } from '@unrolled/safetensors';
import { checkModel } from '../check-model';
import { checkKind, checkOptions, refuse } from '../refuse';
import { modelFileFrom } from './file-content';
import { type TrainedModel, trainedModel } from './trained-model';

export interface LoadModelOptions<L extends AnyPart> {
  /** The model that the parameters are for, instead of the one that the file describes. */
  readonly model?: L;
}

const KINDS: OptionKinds<LoadModelOptions<AnyPart>> = { model: 'object?' };

/**
 * A trained model from the bytes of a file that `toBytes` or `saveModel` wrote, or of a checkpoint that says
 * its model (`encodeCheckpoint(snapshot, { model: describe(model) })`); of a checkpoint the averaged weights,
 * where it has any, and its config as `details`. Everything is checked before a tensor is made, so the file
 * may come from anywhere.
 *
 * A model with a part of a user's own is no data: give it as `options.model`; the parameters' names and
 * shapes are checked.
 *
 * @throws UnrolledError when the bytes are no such file, are damaged, do not fit the model, or say no model
 * and none is given
 */
export function loadModel<L extends AnyPart = AnyPart>(
  bytes: Uint8Array,
  options: LoadModelOptions<L> = {},
): TrainedModel<L> {
  checkLoadOptions('loadModel', options);
  checkKind('loadModel', 'bytes', bytes, 'Uint8Array');
  return trainedModelFrom('loadModel', readSafetensors(bytes), options);
}

export function checkLoadOptions(scope: string, options: LoadModelOptions<AnyPart>): void {
  checkOptions(scope, options, KINDS);
  if (options.model !== undefined) checkModel(scope, options.model);
}

/** The trained model in a safetensors file that was read. */
export function trainedModelFrom<L extends AnyPart>(
  scope: string,
  file: SafetensorsFile,
  options: LoadModelOptions<L>,
): TrainedModel<L> {
  const { description, params, details } = modelFileFrom(scope, file);
  const model = options.model ?? describedModel(scope, description);
  return trainedModel({ model: model as L, params: paramsFrom(model as L, params), details });
}

function describedModel(scope: string, description: unknown): AnyPart {
  if (description !== null && description !== undefined) return modelFrom(description);
  return refuse(scope, {
    expected: 'a file that describes its model',
    got: 'one without a description',
    remedy: 'give the model that it was saved with as the option model',
  });
}
