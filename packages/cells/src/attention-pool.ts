import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { attendBy, keysOf, validPlaces } from './attention/score';
import { checkParams } from './check-tensors';
import { checkPart, checkSequence } from './checks';
import { type Layer, type NoState, nameOf } from './contract';
import { structureOf } from './identity';
import { maskSequence } from './masks';
import { checkLengths, checkOptions, refuse } from './refuse';
import { type Parameter, statelessLayer, unsizedLayer } from './stateless-layer';
import { tidy } from './tree';

export interface AttentionPoolOptions {
  /** The length of the vectors. It may be omitted in a `stack`. */
  readonly inputSize?: number | undefined;
  /** U, the length of the scored vector; default `inputSize`. */
  readonly units?: number | undefined;
}

const KINDS: OptionKinds<AttentionPoolOptions> = {
  inputSize: 'positive integer?',
  units: 'positive integer?',
};

export type AttentionPoolParams = {
  /** W [I, U] */
  readonly kernel: Tensor2D;
  /** b [U], initially zeros */
  readonly bias: Tensor1D;
  /** v [U] */
  readonly scoreVector: Tensor1D;
};

/** A layer that pools by attention, [B, T, I] → [B, I]. */
export type AttentionPool = Layer<AttentionPoolParams, NoState, 'vectors', Tensor2D>;

/**
 * Weighted mean over the valid steps of a row, [B, T, I] → [B, I], with learned weights (Yang et al., 2016,
 * equations 5 to 7); 0 for a row of length 0:
 *
 *     sₜ = vᵀ·tanh(xₜ·W + b)
 *     y = Σₜ softmax(s)ₜ · xₜ
 *
 * {@link poolingShares} returns the weights.
 *
 * @throws UnrolledError if an option is out of range
 */
export function attentionPool1d(options: AttentionPoolOptions = {}): AttentionPool {
  const name = 'attentionPool1d';
  checkOptions(name, options, KINDS);
  const { inputSize, units = inputSize } = options;
  if (inputSize === undefined || units === undefined) {
    return unsizedLayer<'vectors', Tensor2D, AttentionPoolParams>(name, 'vectors', (own) =>
      attentionPool1d({ ...options, inputSize: own }),
    );
  }
  const parameters: readonly Parameter[] = [
    { name: 'kernel', shape: [inputSize, units], initializer: 'glorotUniform' },
    { name: 'bias', shape: [units], initializer: 'zeros' },
    { name: 'scoreVector', shape: [units], initializer: 'glorotUniform' },
  ];
  return statelessLayer<AttentionPoolParams, 'vectors', Tensor2D>({
    name,
    inputSize,
    outputSize: inputSize,
    inputKind: 'vectors',
    parameters,
    structure: { type: 'attentionPool', channels: inputSize, units },
    run: (params, inputs, { lengths }) =>
      tf.squeeze(pooled(params, inputs, lengths).context, [1]) as Tensor2D,
  });
}

/** The weighted mean of each row, [B, 1, I], and the weights [B, 1, T], for checked inputs. */
function pooled(
  { kernel, bias, scoreVector }: AttentionPoolParams,
  inputs: Tensor3D,
  lengths: readonly number[] | undefined,
): { context: Tensor3D; alignments: Tensor3D } {
  const [rows, steps] = inputs.shape;
  const memory = maskSequence(inputs, lengths);
  const query = tf.tile(tf.reshape(bias, [1, 1, bias.size]), [rows, 1, 1]) as Tensor3D;
  const keys = keysOf({ memoryKernel: kernel }, memory);
  return attendBy(query, { keys, memory, valid: validPlaces(rows, steps, lengths), vector: scoreVector });
}

/**
 * The weights of an attention pooling, [B, T]. They sum to 1 and are exactly 0 past a row's length.
 *
 * @param inputs the input of the layer, float32 [B, T, I]
 * @param options.lengths valid steps of each row, 0 … T; default all T
 * @throws UnrolledError if the layer is not an `attentionPool1d`, or sizes do not fit
 */
export function poolingShares(
  layer: AttentionPool,
  params: AttentionPoolParams,
  inputs: Tensor3D,
  options: { readonly lengths?: ArrayLike<number> | undefined } = {},
): Tensor2D {
  const scope = 'poolingShares';
  checkPart(scope, layer);
  if (structureOf(layer)?.type !== 'attentionPool') {
    refuse(scope, {
      expected: 'a layer of attentionPool1d',
      got: nameOf(layer),
      remedy: 'pass that part of the model, its parameters, and the output of the parts before it',
    });
  }
  checkOptions(scope, options, { lengths: 'value?' });
  checkSequence(layer, inputs);
  const lengths = checkLengths(scope, options.lengths, inputs.shape[0], inputs.shape[1]);
  checkParams(layer, params);
  return tidy(() => tf.squeeze(pooled(params, inputs, lengths).alignments, [1]) as Tensor2D);
}
