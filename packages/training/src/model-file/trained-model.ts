import type { Tensor } from '@tensorflow/tfjs-core';
import {
  type AnyLayer,
  type AnyPart,
  type Cell,
  disposeTree,
  type InputKind,
  isCell,
  type ParamsOf,
  type RunOptions,
  unroll,
} from '@unrolled/cells';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { writeSafetensors } from '@unrolled/safetensors';
import { checkModel } from '../check-model';
import { type GenerateOptions, generate } from '../generation/generate';
import { checkJson, type Json } from '../loop/json';
import { type TensorData, tensorData, tensorOf } from '../loop/snapshot';
import { checkOptions, refuse } from '../refuse';
import { modelContent } from './file-content';

/** A model with its parameters, and additional data. */
export interface TrainedModelContent<L extends AnyPart = AnyPart> {
  readonly model: L;
  /** In the form of `model.init(seed)`. */
  readonly params: ParamsOf<L>;
  /** Additional JSON, such as a vocabulary, a scaler or settings. */
  readonly details: Json;
}

/** The input of a trained model: numbers row by row. */
export interface ModelInput {
  /** [B, T, I], or [B, T] for ids */
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Options of a prediction. */
export type PredictOptions = Pick<RunOptions<unknown>, 'lengths'>;

/** Options of sampling, as in `generate`. */
export type ModelSamplingOptions = Omit<GenerateOptions<unknown, unknown, InputKind>, 'model' | 'params'>;

/** A model with its parameters as one object. */
export interface TrainedModel<L extends AnyPart = AnyPart> extends TrainedModelContent<L> {
  /**
   * The model's output for whole sequences, without dropout. Input and output are plain numbers, and no
   * tensors remain. To work with tensors, or with a carried state, pass `model` and `params` to `unroll` of
   * `@unrolled/cells`.
   *
   * @param inputs numbers [B, T, I], or ids [B, T], in an array or a typed array
   * @returns [B, T, O], or [B, O] for `lastOutput`
   * @throws UnrolledError if the input or the lengths do not fit
   */
  predict(inputs: ModelInput, options?: PredictOptions): TensorData;
  /**
   * Draws ids one after the other, like `generate`.
   *
   * @throws UnrolledError for the reasons of `generate`, and if the model cannot run single steps
   */
  sample(options: ModelSamplingOptions): Generator<number, void, void>;
  /**
   * Encodes one safetensors file for `loadModel`: the parameters, the model's description and the details. A
   * model with a user-defined part, or an activation that is a function, is saved without a description;
   * `loadModel` must then receive the model.
   */
  toBytes(): Uint8Array;
  /** Frees the parameters. */
  dispose(): void;
}

/** The fields of a content; the parameters may have any type. */
interface ContentForm {
  readonly model: object;
  readonly params: object;
  readonly details?: Json;
}

const KINDS: OptionKinds<ContentForm> = {
  model: 'object',
  params: 'object or array',
  details: 'value?',
};

const PREDICT_KINDS: OptionKinds<PredictOptions> = { lengths: 'value?' };

/** Throws if a value is not a model with its parameters, or if a file cannot store its details. */
export function checkContent(
  scope: string,
  content: Omit<TrainedModelContent, 'details'> & { readonly details?: Json },
): void {
  // A trained model is a valid content too.
  checkOptions<ContentForm>(scope, content, KINDS, scope !== 'trainedModel');
  checkModel(scope, content.model);
  if (content.details !== undefined) checkJson(scope, 'details', content.details);
}

/**
 * Combines a model and its parameters into one object that can predict, sample, save and be disposed of. It
 * takes over the parameters: `dispose` frees them.
 *
 * @param options.details default null
 */
export function trainedModel<L extends AnyPart>(
  options: Omit<TrainedModelContent<L>, 'details'> & { readonly details?: Json },
): TrainedModel<L> {
  checkContent('trainedModel', options);
  const { model, params, details = null } = options;
  let disposed = false;
  const checkAlive = (scope: string) => {
    if (!disposed) return;
    refuse(scope, { expected: 'a model that is not disposed', got: 'a disposed model', code: 'state' });
  };
  return {
    model,
    params,
    details,
    predict(inputs, options = {}) {
      checkAlive('predict');
      checkOptions('predict', options, PREDICT_KINDS);
      const { lengths } = options;
      const given = tensorOf(numbersOf(model, inputs));
      try {
        const { output, state } = unroll(model as AnyLayer, params, given as never, { lengths });
        const values = tensorData(output as Tensor);
        disposeTree([output, state]);
        return values;
      } finally {
        given.dispose();
      }
    },
    sample(sampling) {
      checkAlive('sample');
      if (isCell(model))
        return generate({ ...sampling, model: model as Cell<unknown, unknown, InputKind>, params });
      return refuse('sample', {
        expected: 'a model of cells',
        got: `${model.name ?? 'a layer'}, which cannot run single steps`,
        remedy: 'pass the inner cells: lastOutput and other layers return one result for a whole sequence',
        code: 'unsupported',
      });
    },
    toBytes() {
      checkAlive('toBytes');
      const { tensors, metadata } = modelContent('toBytes', model, params, details);
      return writeSafetensors(tensors, metadata, { checksum: true });
    },
    dispose() {
      if (!disposed) disposeTree(params);
      disposed = true;
    },
  };
}

/**
 * The input in the model's number type. `unroll` converts arrays of another type, such as ids in a
 * Float32Array.
 */
function numbersOf(model: AnyPart, inputs: ModelInput): TensorData {
  const { shape, data } = Object(inputs) as ModelInput;
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!isShape || !(Array.isArray(data) || ArrayBuffer.isView(data))) {
    const isPair = shape !== undefined && data !== undefined;
    refuse('predict', {
      expected: 'inputs as { shape, data }',
      got: isPair ? `a shape of ${inWords(shape)} and data of ${inWords(data)}` : inWords(inputs),
      remedy: 'pass { shape: [B, T, I], data }, for ids { shape: [B, T], data }, with the numbers row by row',
    });
  }
  const size = shape.reduce((product, one) => product * one, 1);
  if (data.length !== size) {
    refuse('predict', {
      expected: `${size} values for [${shape.join(', ')}]`,
      got: String(data.length),
      remedy: 'pass the numbers row by row',
      code: 'shape',
    });
  }
  if (data instanceof Float32Array || data instanceof Int32Array) return { shape, data };
  const isId = model.inputKind === 'ids';
  const values = Array.from(data);
  const bad = values.findIndex((value) => !(isId ? Number.isSafeInteger(value) : typeof value === 'number'));
  if (bad >= 0) {
    refuse('predict', {
      expected: `inputs.data of ${isId ? 'ids' : 'numbers'}`,
      got: `${inWords(values[bad])} at ${bad}`,
      remedy: isId ? 'pass integers' : 'pass only numbers',
    });
  }
  return { shape, data: isId ? Int32Array.from(values) : Float32Array.from(values) };
}
