import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { GruVariant } from '../layers/gru';
import { check, refuse } from '../refuse';
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
 * A gated recurrent unit over a whole sequence, in one kernel; its gradient is one kernel too.
 *
 *   z = σ(x·Wz + h·Rz + bz), r = σ(x·Wr + h·Rr + br), gates in the order of layers/gru.ts
 *   reset-after: n = tanh(x·Wn + bn + r∘(h·Rn + b'n)), with b' also added for z and r; reset-before: n = tanh(x·Wn + bn + (r∘h)·Rn)
 *   h' = z∘h + (1 − z)∘n   (Cho et al. 2014), σ the sigmoid, or the hard one as `recurrentActivation` says
 *
 * @param inputs x [B,T,I] or ids [B,T]; kernel [I,3H]; recurrentKernel [H,3H]; bias [3H]; recurrentBias [3H], reset-after only; initialH [B,H]
 * @returns output [B,T,H], and the state after each row's last valid step: h [B,H]
 * @throws UnrolledError on a shape or dtype that does not fit, an id out of range, or a backend without the kernel
 */
export function gruSequence(
  inputs: SequenceInputs & { recurrentBias?: Tensor | undefined },
  options: SequenceOptions & GateOptions & { variant: GruVariant },
): { output: Tensor3D; h: Tensor2D } {
  const attributes = checkGru(inputs, options);
  const { x, kernel, recurrentKernel, bias, recurrentBias, initialH } = inputs;
  const tensors = { x, kernel, recurrentKernel, bias, ...(recurrentBias ? { recurrentBias } : {}), initialH };
  const [output, h] = runSequence('GruSequence', tensors, options, attributes);
  return { output: output as Tensor3D, h: h as Tensor2D };
}

/** The kernel's attributes, once the tensors are found to fit. */
export function checkGru(
  inputs: Omit<SequenceInputs, 'x'> & { x: TensorKind; recurrentBias?: Tensor | undefined },
  options: SequenceOptions & GateOptions & { variant: GruVariant },
): { variant: GruVariant; recurrentActivation: GateActivation } {
  checkSequence('gruSequence', inputs, 3, options);
  const { variant } = options;
  check.choice('gruSequence', 'variant', variant, ['reset-after', 'reset-before']);
  const { bias, recurrentBias } = inputs;
  if (recurrentBias) {
    checkTensor('gruSequence', 'recurrentBias', recurrentBias, 'float32', bias.shape);
    if (variant !== 'reset-after') {
      refuse('gruSequence', {
        expected: "a recurrent bias with variant 'reset-after' only",
        got: `'${variant}'`,
      });
    }
  }
  return { variant, recurrentActivation: gateActivation('gruSequence', options) };
}

registerSequenceGradient({
  name: 'GruSequence',
  states: ['initialH'],
  outputs: ['dOutput', 'dH'],
  answers: ({ variant }) =>
    variant === 'reset-after'
      ? ['kernel', 'recurrentKernel', 'bias', 'recurrentBias', 'initialH']
      : ['kernel', 'recurrentKernel', 'bias', 'initialH'],
});
