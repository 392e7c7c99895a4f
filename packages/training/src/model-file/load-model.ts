import { type AnyPart, modelFrom, paramsFrom } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { readSafetensors, type SafetensorsFile } from '@unrolled/safetensors';
import { checkModel } from '../check-model';
import { checkKind, checkOptions, refuse } from '../refuse';
import { modelFileFrom } from './file-content';
import { type TrainedModel, trainedModel } from './trained-model';

export interface LoadModelOptions<L extends AnyPart> {
  /** The model of the parameters. It replaces the model that the file describes. */
  readonly model?: L;
}

const KINDS: OptionKinds<LoadModelOptions<AnyPart>> = { model: 'object?' };

/**
 * Loads a trained model from the bytes of a file of `toBytes` or `saveModel`, or of a checkpoint that
 * describes its model (`encodeCheckpoint(snapshot, { model: describe(model) })`). If a checkpoint has
 * averaged weights, these are used, and its config becomes `details`. Everything is checked before a tensor
 * is created, so the file need not be trusted.
 *
 * A model with a user-defined part has no description: pass it as `options.model`. The parameters' names and
 * shapes are checked.
 *
 * @throws UnrolledError if the bytes are not such a file, are damaged, do not fit the model, or describe no
 *   model and none is passed
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

/** Reads the trained model in a parsed safetensors file. */
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
    got: 'a file without a description',
    remedy: 'pass the model that it was saved with as the option model',
  });
}
