/**
 * The common code of `minGru` and `minLstm`, layers whose gates depend only on the input. One product
 * computes the pre-activations of all steps before the recurrence. The recurrence is linear
 * (`linearRecurrence` of `@unrolled/kernels`), so a whole sequence costs little more than a dense layer.
 */
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import {
  embeddingLookup,
  hasFusedKernel,
  type LayerType,
  linear,
  linearRecurrence,
  type MinimalActivation,
  type MinimalLayer,
  minimalRecurrence,
  positive,
} from '@unrolled/kernels';
import { checkFirstOrder, checkState } from './checks';
import type { Cell, InputKind, Unrolled, UnrollOptions } from './contract';
import { INITIALIZER, type Initializer, type InitializerName } from './initializers';
import { inputProduct, rowsOf } from './input-product';
import { layerCell } from './layer-cell';
import { maskIds, maskSequence } from './masks';
import { checkOptions } from './refuse';
import type { HiddenState } from './simple-rnn';
import { tidy } from './tree';

/** Options of the minimal cells. */
export interface MinimalOptions<K extends InputKind = 'vectors'> {
  /** I */
  readonly inputSize: number;
  /** H: the size of the state, which is also the output. */
  readonly units: number;
  /** 'ids' reads int32 ids as one-hot vectors of length `inputSize`, without building them. */
  readonly inputKind?: K;
  /**
   * Activation of the candidate: 'positive', g(x) = x + ½ for x ≥ 0 and σ(x) otherwise, or 'linear', x
   * itself; default 'positive'.
   */
  readonly activation?: MinimalActivation;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer | InitializerName;
  /** Default 'zeros'. */
  readonly biasInitializer?: Initializer | InitializerName;
}

const KINDS: OptionKinds<MinimalOptions<InputKind>> = {
  inputSize: 'positive integer',
  units: 'positive integer',
  inputKind: "'vectors' or 'ids'?",
  activation: "'positive' or 'linear'?",
  useBias: 'boolean?',
  kernelInitializer: INITIALIZER,
  biasInitializer: INITIALIZER,
};

export type MinimalParams = {
  /** W [I, G·H] */
  readonly kernel: Tensor2D;
  /** b [G·H] */
  readonly bias?: Tensor1D;
};

/** The factors of the state and of the candidate. */
type Blend = (gates: readonly Tensor[]) => readonly [keep: Tensor, take: Tensor];

/** Creates the cell. `blend` reads the pre-activations of all gates except the last one, the candidate. */
export function minimalCell<L extends MinimalLayer, K extends InputKind>(
  type: LayerType<L>,
  name: L['type'],
  options: MinimalOptions<K>,
  blend: Blend,
): Cell<MinimalParams, HiddenState, K> {
  checkOptions(name, options, KINDS);
  const { inputSize, units, inputKind = 'vectors' as K, activation = 'positive', useBias = true } = options;
  const { kernelInitializer, biasInitializer } = options;
  const layer = { type: name, inputSize, units, inputKind, activation, useBias } as unknown as L;

  /** a and b of h' = a ∘ h + b, from the pre-activations [..., G·H]. */
  const coefficients = <T extends Tensor>(all: T): [a: T, b: T] => {
    const gates = tf.split(all, type.gates.length, all.rank - 1);
    const [keep, take] = blend(gates);
    const candidate = gates.at(-1)!;
    const h = activation === 'positive' ? positive(candidate) : candidate;
    return [keep as T, tf.mul(take, h) as T];
  };

  const unroll = (
    params: MinimalParams,
    inputs: Tensor,
    { h }: HiddenState,
    { lengths, reverse }: UnrollOptions = {},
  ): Unrolled<HiddenState> =>
    tidy(() => {
      checkFirstOrder(name);
      const gates = gatesOf(params, inputs, lengths);
      const given = { initialState: h, lengths, reverse };
      const { output, state } = hasFusedKernel('linearRecurrence')
        ? minimalRecurrence(gates, layer, given)
        : linearRecurrence(...coefficients(gates), given);
      return { output, state: { h: state } };
    });

  return layerCell<L, MinimalParams, HiddenState, K>({
    name,
    type,
    layer,
    inputKind,
    initialization: { kernelInitializer, biasInitializer },
    checkState,
    unroll: () => unroll,
    step(params, input, { h }) {
      const product = inputProduct(input, params.kernel);
      const [a, b] = coefficients((params.bias ? tf.add(product, params.bias) : product) as Tensor2D);
      const next = tf.add(tf.mul(a, h), b) as Tensor2D;
      return { output: tf.clone(next), state: { h: next } };
    },
  });
}

/**
 * The pre-activations of a whole sequence [B, T, G·H]. For ids they are rows of the kernel, with the bias
 * added to the kernel beforehand.
 */
function gatesOf(
  { kernel, bias }: MinimalParams,
  inputs: Tensor,
  lengths: UnrollOptions['lengths'],
): Tensor3D {
  const [batchSize, steps] = inputs.shape as [number, number];
  if (inputs.dtype === 'int32') {
    const table = (bias ? tf.add(kernel, bias) : kernel) as Tensor2D;
    const ids = maskIds(inputs as Tensor2D, lengths);
    if (hasFusedKernel('embeddingLookup')) return embeddingLookup<Tensor3D>(table, ids);
    const rows = rowsOf(table, tf.reshape(ids, [batchSize * steps]));
    return tf.reshape(rows, [batchSize, steps, kernel.shape[1]]);
  }
  const x = maskSequence(inputs as Tensor3D, lengths);
  if (hasFusedKernel('linear')) return linear(x, kernel, bias);
  const product = tf.matMul(tf.reshape(x, [batchSize * steps, kernel.shape[0]]), kernel);
  return tf.reshape(bias ? tf.add(product, bias) : product, [batchSize, steps, kernel.shape[1]]);
}
