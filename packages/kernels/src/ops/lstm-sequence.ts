import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { checkOptions } from '../refuse';
import { recurrentSequence, type SequenceOptions } from './recurrent-sequence';
import { requireFusedKernel } from './registry';
import { type GateOptions, gateActivation, type SequenceInputs, sizesOf } from './sequence-inputs';

const INPUT_KINDS: OptionKinds<SequenceInputs & { initialC: Tensor2D }> = {
  initialC: 'tensor',
  x: 'tensor',
  kernel: 'tensor',
  recurrentKernel: 'tensor',
  bias: 'tensor',
  initialH: 'tensor',
};

const KINDS: OptionKinds<SequenceOptions & GateOptions> = {
  lengths: 'value?',
  reverse: 'boolean?',
  recurrentActivation: "'sigmoid' or 'hardSigmoid'?",
};

/**
 * A long short-term memory over a whole sequence, in one kernel; its gradient is also one kernel. The
 * equations are in `packages/cells/src/lstm.ts`.
 *
 *   [i f g o] = x_t·kernel + h_(t−1)·recurrentKernel + bias, gates in the order of layers/lstm.ts
 *   c_t = σ(f)∘c_(t−1) + σ(i)∘tanh(g),  h_t = σ(o)∘tanh(c_t)   (Hochreiter and Schmidhuber 1997; Gers et al. 2000)
 *   σ the sigmoid, or the hard one as `recurrentActivation` says
 *
 * @param inputs x [B,T,I] or ids [B,T]; kernel [I,4H]; recurrentKernel [H,4H]; bias [4H], which includes the
 *   forget bias; initialH, initialC [B,H]. Gates in the order i, f, g, o
 * @returns output [B,T,H], and the states h, c [B,H] after each row's last valid step
 * @throws UnrolledError on a shape or dtype that does not fit, an id out of range, or a backend without the
 *   kernel
 */
export function lstmSequence(
  inputs: SequenceInputs & { initialC: Tensor2D },
  options: SequenceOptions & GateOptions = {},
): { output: Tensor3D; h: Tensor2D; c: Tensor2D } {
  checkOptions('lstmSequence', inputs, INPUT_KINDS);
  checkOptions('lstmSequence', options, KINDS);
  const { x, initialH, initialC, ...params } = inputs;
  const { lengths, reverse } = options;
  requireFusedKernel('lstmSequence');
  const recurrentActivation = gateActivation('lstmSequence', options);
  const layer = {
    type: 'lstm',
    activation: 'tanh',
    recurrentActivation,
    ...sizesOf('lstmSequence', params),
  } as const;
  const part = { layer, params: { ...params }, state: { h: initialH, c: initialC } };
  const { output, state } = recurrentSequence(x, part, { lengths, reverse });
  return { output, ...state };
}
