import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { checkOptions } from '../refuse';
import { recurrentSequence, type SequenceOptions } from './recurrent-sequence';
import { requireFusedKernel } from './registry';
import { type SequenceInputs, sizesOf } from './sequence-inputs';

const INPUT_KINDS: OptionKinds<SequenceInputs> = {
  x: 'tensor',
  kernel: 'tensor',
  recurrentKernel: 'tensor',
  bias: 'tensor',
  initialH: 'tensor',
};

const KINDS: OptionKinds<SequenceOptions & { activation?: 'tanh' | 'relu' | undefined }> = {
  lengths: 'value?',
  reverse: 'boolean?',
  activation: "'tanh' or 'relu'?",
};

/**
 * A simple recurrent network over a whole sequence, in one kernel; its gradient is also one kernel. The
 * equations are in `packages/cells/src/simple-rnn.ts`.
 *
 *   h_t = φ(x_t·kernel + h_(t−1)·recurrentKernel + bias), φ = tanh (by default) or relu   (Elman 1990)
 *
 * @param inputs x [B,T,I] or ids [B,T]; kernel [I,H]; recurrentKernel [H,H]; bias [H]; initialH [B,H]
 * @returns output [B,T,H], and the state h [B,H] after each row's last valid step
 * @throws UnrolledError on a shape or dtype that does not fit, an id out of range, or a backend without the
 *   kernel
 */
export function simpleRnnSequence(
  inputs: SequenceInputs,
  options: SequenceOptions & { activation?: 'tanh' | 'relu' | undefined } = {},
): { output: Tensor3D; h: Tensor2D } {
  checkOptions('simpleRnnSequence', inputs, INPUT_KINDS);
  checkOptions('simpleRnnSequence', options, KINDS);
  const { x, initialH, ...params } = inputs;
  const { lengths, reverse } = options;
  requireFusedKernel('simpleRnnSequence');
  const { activation = 'tanh' } = options;
  const layer = { type: 'simpleRnn', activation, ...sizesOf('simpleRnnSequence', params) } as const;
  const part = { layer, params: { ...params }, state: { h: initialH } };
  const { output, state } = recurrentSequence(x, part, { lengths, reverse });
  return { output, ...state };
}
