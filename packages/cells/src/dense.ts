import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type LinearLayer, linear } from '@unrolled/kernels';
import { type Activation, type ActivationName, resolveActivation } from './activations';
import { checkStep } from './checks';
import type { Cell, NoState } from './contract';
import { describedAs } from './described-as';
import { usesFused } from './fused';
import { type Initializer, type InitializerName, resolveInitializer } from './initializers';
import { maskSequence } from './masks';
import { check } from './refuse';
import { floatsOfAll } from './sampler-pieces';
import { tidy } from './tree';
import { weightMaker } from './weights';

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

export type DenseParams = {
  /** W [I, O] */
  readonly kernel: Tensor2D;
  /** b [O] */
  readonly bias?: Tensor1D;
};

/**
 * y = activation(x·W + b) at every time step (Keras's `TimeDistributed(Dense)`); a sequence goes through one matrix
 * product over all its steps.
 *
 * @throws UnrolledError when a size is not a positive integer
 */
export function dense(options: DenseOptions): Cell<DenseParams, NoState> {
  const { inputSize, units, useBias = true } = options;
  check.count('dense', 'inputSize', inputSize);
  check.count('dense', 'units', units);
  const { activation = 'linear' } = options;
  const activate = resolveActivation(activation);
  const layer: LinearLayer = { type: 'linear', inputSize, units, activation: 'linear', useBias };

  const product = ({ kernel, bias }: DenseParams, x: Tensor2D): Tensor2D => {
    if (usesFused(cell, 'linear', [])) return linear(x, kernel, bias);
    const plain = tf.matMul(x, kernel);
    return (bias ? tf.add(plain, bias) : plain) as Tensor2D;
  };
  const apply = (params: DenseParams, x: Tensor2D) => activate(product(params, x));

  const cell: Cell<DenseParams, NoState> = {
    name: 'dense',
    inputSize,
    outputSize: units,
    init(seed) {
      const make = weightMaker(seed);
      return {
        kernel: make([inputSize, units], resolveInitializer(options.kernelInitializer ?? 'glorotUniform')),
        ...(useBias ? { bias: make([units], resolveInitializer(options.biasInitializer ?? 'zeros')) } : {}),
      };
    },
    zeroState: () => ({}),
    step: (params, input) =>
      tidy(() => {
        checkStep(cell, input);
        return { output: apply(params, input), state: {} };
      }),
    unroll: (params, inputs, _state, { lengths } = {}) =>
      tidy(() => {
        const [batchSize, steps] = inputs.shape;
        const flat = tf.reshape(inputs, [batchSize * steps, inputSize]) as Tensor2D; // [B·T, I]
        const output = tf.reshape(apply(params, flat), [batchSize, steps, units]) as Tensor3D; // [B, T, O]
        return { output: maskSequence(output, lengths), state: {} };
      }),
    samplerPieces: (params) =>
      activation === 'linear' ? [{ layer, params: floatsOfAll(params) }] : undefined,
  };
  return describedAs(cell, { kind: 'dense', units, activation, useBias }, (params) =>
    activation === 'linear' ? { layer, params, state: {} } : undefined,
  );
}
