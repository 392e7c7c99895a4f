import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { linear } from '@unrolled/kernels';
import { type Activation, type ActivationName, resolveActivation } from './activations';
import { checkSize, checkStep } from './checks';
import type { Cell, NoState } from './contract';
import { describedAs } from './description';
import { usesFused } from './fused';
import { type Initializer, type InitializerName, resolveInitializer } from './initializers';
import { maskSequence } from './masks';
import { floatsOf } from './sampler-pieces';
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
  checkSize('dense', 'inputSize', inputSize);
  checkSize('dense', 'units', units);
  const activate = resolveActivation(options.activation ?? 'linear');

  /** [B, I] → [B, O], or [B, T, I] → [B, T, O] */
  const apply = <T extends Tensor>({ kernel, bias }: DenseParams, x: T): T => {
    if (usesFused(cell, 'linear', [])) return activate(linear(x, kernel, bias) as never) as never;
    const flat = tf.matMul(tf.reshape(x, [-1, inputSize]), kernel); // [B·T, O]
    const shape = [...x.shape.slice(0, -1), units];
    return activate(tf.reshape(bias ? tf.add(flat, bias) : flat, shape) as never) as never;
  };

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
      tidy(() => ({ output: maskSequence(apply(params, inputs), lengths), state: {} })), // [B, T, O]
    samplerPieces: ({ kernel, bias }) =>
      options.activation === undefined || options.activation === 'linear'
        ? [{ kind: 'dense', kernel: floatsOf(kernel), bias: bias && floatsOf(bias) }]
        : undefined,
  };
  const description = { kind: 'dense', units, activation: options.activation ?? 'linear', useBias } as const;
  return describedAs(cell, description, ({ kernel, bias }) =>
    description.activation === 'linear' ? { type: 'linear', kernel, bias } : undefined,
  );
}
