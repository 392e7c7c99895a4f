import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { check } from '../refuse';
import type { TensorKind } from './checks';
import {
  checkSequence,
  registerSequenceGradient,
  runSequence,
  type SequenceInputs,
  type SequenceOptions,
} from './sequence';

/** What the layer squashes with, 'tanh' by default. */
export interface ActivationOptions {
  activation?: 'tanh' | 'relu' | undefined;
}

/**
 * A simple recurrent network over a whole sequence, in one kernel; its gradient is one kernel too.
 *
 *   h_t = φ(x_t·kernel + h_(t−1)·recurrentKernel + bias), φ = tanh or relu   (Elman 1990)
 *
 * @param inputs x [B,T,I] or ids [B,T]; kernel [I,H]; recurrentKernel [H,H]; bias [H]; initialH [B,H]
 * @returns output [B,T,H], and the state after each row's last valid step: h [B,H]
 * @throws UnrolledError on a shape or dtype that does not fit, an id out of range, or a backend without the kernel
 */
export function simpleRnnSequence(
  inputs: SequenceInputs,
  options: SequenceOptions & ActivationOptions = {},
): { output: Tensor3D; h: Tensor2D } {
  const attributes = checkSimpleRnn(inputs, options);
  const { x, kernel, recurrentKernel, bias, initialH } = inputs;
  const tensors = { x, kernel, recurrentKernel, bias, initialH };
  const [output, h] = runSequence('SimpleRnnSequence', tensors, options, attributes);
  return { output: output as Tensor3D, h: h as Tensor2D };
}

/** The kernel's attributes, once the tensors are found to fit. */
export function checkSimpleRnn(
  inputs: Omit<SequenceInputs, 'x'> & { x: TensorKind },
  options: SequenceOptions & ActivationOptions,
): { activation: 'tanh' | 'relu' } {
  checkSequence('simpleRnnSequence', inputs, 1, options);
  const { activation = 'tanh' } = options;
  check.choice('simpleRnnSequence', 'activation', activation, ['tanh', 'relu']);
  return { activation };
}

registerSequenceGradient({
  name: 'SimpleRnnSequence',
  states: ['initialH'],
  outputs: ['dOutput', 'dH'],
  answers: () => ['kernel', 'recurrentKernel', 'bias', 'initialH'],
});
