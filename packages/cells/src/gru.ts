import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { GRU, type GruLayer, type GruVariant } from '@unrolled/kernels';
import { ACTIVATION, activationData, resolveActivation } from './activations';
import type { Cell, InputKind } from './contract';
import { INITIALIZER } from './initializers';
import { inputProduct } from './input-product';
import { recurrentCell } from './recurrent-cell';
import { type GatedOptions, initializersOf } from './recurrent-options';
import { checkOptions } from './refuse';
import type { HiddenState } from './simple-rnn';

export interface GruOptions<K extends InputKind = 'vectors'> extends GatedOptions<K> {
  /** Where the reset gate is applied; default 'reset-after'. */
  readonly variant?: GruVariant;
}

const KINDS: OptionKinds<GruOptions<InputKind>> = {
  variant: "'reset-after' or 'reset-before'?",
  recurrentActivation: ACTIVATION,
  inputSize: 'positive integer',
  units: 'positive integer',
  inputKind: "'vectors' or 'ids'?",
  activation: ACTIVATION,
  kernelInitializer: INITIALIZER,
  recurrentInitializer: INITIALIZER,
  biasInitializer: INITIALIZER,
};

export type GruParams = {
  /** W [I, 3H] */
  readonly kernel: Tensor2D;
  /** U [H, 3H] */
  readonly recurrentKernel: Tensor2D;
  /** b [3H] */
  readonly bias: Tensor1D;
  /** u [3H], in the reset-after variant only. */
  readonly recurrentBias?: Tensor1D;
};

/**
 * A gated recurrent unit (Cho et al., 2014). A step maps [B, I] to h' [B, H], which is also the state:
 *
 *     z = σ(x·Wz + h·Uz + bz)                        update gate
 *     r = σ(x·Wr + h·Ur + br)                        reset gate
 *     reset-after:   n = tanh(x·Wn + bn + r⊙(h·Un + un))
 *     reset-before:  n = tanh(x·Wn + (r⊙h)·Un + bn)
 *     h' = z⊙h + (1 − z)⊙n
 *
 * `reset-after` (the default) is PyTorch's, cuDNN's and Keras's `reset_after=True`. Its gates have a second
 * bias u. It matters only inside r⊙(…), so it cannot be merged with b. `reset-before` is the variant of TF1's
 * `GRUCell` and of the paper. Gate order z, r, n, as in Keras and ONNX.
 *
 * @throws UnrolledError if a size is not a positive integer
 */
export function gru<const K extends InputKind = 'vectors'>(
  options: GruOptions<K>,
): Cell<GruParams, HiddenState, K> {
  checkOptions('gru', options, KINDS);
  const { inputSize, units, inputKind = 'vectors' as K, variant = 'reset-after' } = options;
  const { activation = 'tanh', recurrentActivation = 'sigmoid' } = options;
  const activate = resolveActivation(activation);
  const gate = resolveActivation(recurrentActivation);
  const layer: GruLayer = {
    type: 'gru',
    inputSize,
    units,
    inputKind,
    variant,
    activation: activationData(activation),
    recurrentActivation: activationData(recurrentActivation),
  };

  /** Computes z and n from the input's part of each gate. */
  type Candidate = (params: GruParams, h: Tensor2D, fromInput: readonly Tensor2D[]) => readonly Tensor2D[];

  const resetAfter: Candidate = ({ recurrentKernel, recurrentBias }, h, [xz, xr, xn]) => {
    const fromState = tf.add(tf.matMul(h, recurrentKernel), recurrentBias!);
    const [hz, hr, hn] = tf.split(fromState, 3, 1) as Tensor2D[];
    const r = gate(tf.add(xr!, hr!));
    return [gate(tf.add(xz!, hz!)), activate(tf.add(xn!, tf.mul(r, hn!)))];
  };

  const resetBefore: Candidate = ({ recurrentKernel }, h, [xz, xr, xn]) => {
    const [gates, candidate] = tf.split(recurrentKernel, [2 * units, units], 1) as [Tensor2D, Tensor2D];
    const [hz, hr] = tf.split(tf.matMul(h, gates), 2, 1) as Tensor2D[];
    const r = gate(tf.add(xr!, hr!));
    return [gate(tf.add(xz!, hz!)), activate(tf.add(xn!, tf.matMul(tf.mul(r, h), candidate)))];
  };

  return recurrentCell({
    name: 'gru',
    type: GRU,
    layer,
    inputKind,
    initialization: initializersOf(options),
    step(params: GruParams, input, { h }: HiddenState) {
      const fromInput = tf.split(tf.add(inputProduct(input, params.kernel), params.bias), 3, 1) as Tensor2D[];
      const candidate = variant === 'reset-after' ? resetAfter : resetBefore;
      const [z, n] = candidate(params, h, fromInput);
      const next = tf.add(tf.mul(z!, h), tf.mul(tf.sub(1, z!), n!)) as Tensor2D;
      return { output: tf.clone(next), state: { h: next } };
    },
  });
}
