import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { SIMPLE_RNN, type SimpleRnnLayer } from '@unrolled/kernels';
import { ACTIVATION, activationData, resolveActivation } from './activations';
import type { Cell, InputKind } from './contract';
import { INITIALIZER } from './initializers';
import { inputProduct } from './input-product';
import { recurrentCell } from './recurrent-cell';
import { initializersOf, type RecurrentOptions } from './recurrent-options';
import { checkOptions } from './refuse';

export type SimpleRnnOptions<K extends InputKind = 'vectors'> = RecurrentOptions<K>;

const KINDS: OptionKinds<SimpleRnnOptions<InputKind>> = {
  inputSize: 'positive integer',
  units: 'positive integer',
  inputKind: "'vectors' or 'ids'?",
  activation: ACTIVATION,
  kernelInitializer: INITIALIZER,
  recurrentInitializer: INITIALIZER,
  biasInitializer: INITIALIZER,
};

export type SimpleRnnParams = {
  /** W [I, H] */
  readonly kernel: Tensor2D;
  /** U [H, H] */
  readonly recurrentKernel: Tensor2D;
  /** b [H] */
  readonly bias: Tensor1D;
};

/** h [B, H] */
export type HiddenState = { readonly h: Tensor2D };

/**
 * A simple recurrent cell (Elman, 1990): h' = tanh(x·W + h·U + b), [B, I] → [B, H]; h' is also the state. It
 * is TF1's `BasicRNNCell`, Keras's `SimpleRNN` and PyTorch's `nn.RNN` (whose two biases are one bias here).
 *
 * @throws UnrolledError if a size is not a positive integer
 */
export function simpleRnn<const K extends InputKind = 'vectors'>(
  options: SimpleRnnOptions<K>,
): Cell<SimpleRnnParams, HiddenState, K> {
  checkOptions('simpleRnn', options, KINDS);
  const { inputSize, units, inputKind = 'vectors' as K, activation = 'tanh' } = options;
  const activate = resolveActivation(activation);
  const layer: SimpleRnnLayer = {
    type: 'simpleRnn',
    inputSize,
    units,
    inputKind,
    activation: activationData(activation),
  };
  return recurrentCell({
    name: 'simpleRnn',
    type: SIMPLE_RNN,
    layer,
    inputKind,
    initialization: initializersOf(options),
    step({ kernel, recurrentKernel, bias }: SimpleRnnParams, input, { h }: HiddenState) {
      const products = tf.add(inputProduct(input, kernel), tf.matMul(h, recurrentKernel));
      const next = activate(tf.add(products, bias) as Tensor2D);
      return { output: tf.clone(next), state: { h: next } };
    },
  });
}
