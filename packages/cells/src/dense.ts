import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { type ActivationName, hasFusedKernel, LINEAR, type LinearLayer, linear } from '@unrolled/kernels';
import { ACTIVATION, type Activation, activationData, resolveActivation } from './activations';
import type { Cell, NoState } from './contract';
import { INITIALIZER, type Initializer, type InitializerName } from './initializers';
import { layerCell } from './layer-cell';
import { checkOptions } from './refuse';

export interface DenseOptions {
  /** I */
  readonly inputSize: number;
  /** O */
  readonly units: number;
  /** Default 'linear': logits. */
  readonly activation?: Activation | ActivationName;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer | InitializerName;
  /** Default 'zeros'. */
  readonly biasInitializer?: Initializer | InitializerName;
}

const KINDS: OptionKinds<DenseOptions> = {
  inputSize: 'positive integer',
  units: 'positive integer',
  activation: ACTIVATION,
  useBias: 'boolean?',
  kernelInitializer: INITIALIZER,
  biasInitializer: INITIALIZER,
};

export type DenseParams = {
  /** W [I, O] */
  readonly kernel: Tensor2D;
  /** b [O] */
  readonly bias?: Tensor1D;
};

/**
 * y = activation(x·W + b) at every time step (Keras's `TimeDistributed(Dense)`), by one matrix product over
 * all steps of a sequence.
 *
 * @throws UnrolledError if a size is not a positive integer
 */
export function dense(options: DenseOptions): Cell<DenseParams, NoState> {
  checkOptions('dense', options, KINDS);
  const { inputSize, units, useBias = true, activation = 'linear' } = options;
  const { kernelInitializer, biasInitializer } = options;
  const activate = resolveActivation(activation);

  const product = ({ kernel, bias }: DenseParams, x: Tensor2D): Tensor2D => {
    if (hasFusedKernel('linear')) return linear(x, kernel, bias);
    const plain = tf.matMul(x, kernel);
    return (bias ? tf.add(plain, bias) : plain) as Tensor2D;
  };

  return layerCell<LinearLayer, DenseParams, NoState, 'vectors'>({
    name: 'dense',
    type: LINEAR,
    layer: { type: 'linear', inputSize, units, activation: activationData(activation), useBias },
    initialization: { kernelInitializer, biasInitializer },
    step: (params, input) => ({ output: activate(product(params, input)), state: {} }),
  });
}
