import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { checkTensor, type TensorKind } from './checks';
import {
  checkSequence,
  type GateActivation,
  type GateOptions,
  gateActivation,
  registerSequenceGradient,
  runSequence,
  type SequenceInputs,
  type SequenceOptions,
} from './sequence';

/**
 * A long short-term memory over a whole sequence, in one kernel; its gradient is one kernel too.
 *
 *   [i f g o] = x_t·kernel + h_(t−1)·recurrentKernel + bias, gates in the order of layers/lstm.ts
 *   c_t = σ(f)∘c_(t−1) + σ(i)∘tanh(g),  h_t = σ(o)∘tanh(c_t)   (Hochreiter and Schmidhuber 1997; Gers et al. 2000)
 *   σ the sigmoid, or the hard one as `recurrentActivation` says
 *
 * @param inputs x [B,T,I] or ids [B,T]; kernel [I,4H]; recurrentKernel [H,4H]; bias [4H], the forget bias in it; initialH, initialC [B,H]
 * @returns output [B,T,H], and the state after each row's last valid step: h, c [B,H]
 * @throws UnrolledError on a shape or dtype that does not fit, an id out of range, or a backend without the kernel
 */
export function lstmSequence(
  inputs: SequenceInputs & { initialC: Tensor2D },
  options: SequenceOptions & GateOptions = {},
): { output: Tensor3D; h: Tensor2D; c: Tensor2D } {
  const attributes = checkLstm(inputs, options);
  const { x, kernel, recurrentKernel, bias, initialH, initialC } = inputs;
  const tensors = { x, kernel, recurrentKernel, bias, initialH, initialC };
  const [output, h, c] = runSequence('LstmSequence', tensors, options, attributes);
  return { output: output as Tensor3D, h: h as Tensor2D, c: c as Tensor2D };
}

/** The kernel's attributes, once the tensors are found to fit. */
export function checkLstm(
  inputs: Omit<SequenceInputs, 'x'> & { x: TensorKind; initialC: Tensor2D },
  options: SequenceOptions & GateOptions,
): { recurrentActivation: GateActivation } {
  checkSequence('lstmSequence', inputs, 4, options);
  checkTensor('lstmSequence', 'initialC', inputs.initialC, 'float32', inputs.initialH.shape);
  return { recurrentActivation: gateActivation('lstmSequence', options) };
}

registerSequenceGradient({
  name: 'LstmSequence',
  states: ['initialH', 'initialC'],
  outputs: ['dOutput', 'dH', 'dC'],
  answers: () => ['kernel', 'recurrentKernel', 'bias', 'initialH', 'initialC'],
});
