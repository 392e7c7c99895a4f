import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { recurrentSequence, type SequenceOptions } from './recurrent-sequence';
import { requireFusedKernel } from './registry';
import { type GateOptions, gateActivation, type SequenceInputs, sizesOf } from './sequence-inputs';

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
  { x, initialH, initialC, ...params }: SequenceInputs & { initialC: Tensor2D },
  options: SequenceOptions & GateOptions = {},
): { output: Tensor3D; h: Tensor2D; c: Tensor2D } {
  requireFusedKernel('lstmSequence');
  const recurrentActivation = gateActivation('lstmSequence', options);
  const layer = { type: 'lstm', activation: 'tanh', recurrentActivation, ...sizesOf(params) } as const;
  const part = { layer, params: { ...params }, state: { h: initialH, c: initialC } };
  const { output, state } = recurrentSequence(x, part, options);
  return { output, ...state };
}
