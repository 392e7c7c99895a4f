import { type Tensor, type Tensor2D, type Tensor3D, zeros } from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import type { GruVariant } from '../layers/gru';
import { checkOptions, refuse } from '../refuse';
import { recurrentSequence, type SequenceOptions } from './recurrent-sequence';
import { requireFusedKernel } from './registry';
import { type GateOptions, gateActivation, type SequenceInputs, sizesOf } from './sequence-inputs';

const INPUT_KINDS: OptionKinds<SequenceInputs & { recurrentBias?: Tensor | undefined }> = {
  recurrentBias: 'tensor?',
  x: 'tensor',
  kernel: 'tensor',
  recurrentKernel: 'tensor',
  bias: 'tensor',
  initialH: 'tensor',
};

const KINDS: OptionKinds<SequenceOptions & GateOptions & { variant: GruVariant }> = {
  lengths: 'value?',
  reverse: 'boolean?',
  recurrentActivation: "'sigmoid' or 'hardSigmoid'?",
  variant: "'reset-after' or 'reset-before'",
};

/**
 * A gated recurrent unit over a whole sequence, in one kernel; its gradient is also one kernel. The equations
 * are in `packages/cells/src/gru.ts`.
 *
 *   z = σ(x·Wz + h·Rz + bz), r = σ(x·Wr + h·Rr + br), gates in the order of layers/gru.ts
 *   reset-after: n = tanh(x·Wn + bn + r∘(h·Rn + b'n)), with b' also added for z and r; reset-before: n = tanh(x·Wn + bn + (r∘h)·Rn)
 *   h' = z∘h + (1 − z)∘n   (Cho et al. 2014), σ the sigmoid, or the hard one as `recurrentActivation` says
 *
 * @param inputs x [B,T,I] or ids [B,T]; kernel [I,3H]; recurrentKernel [H,3H]; bias [3H]; recurrentBias [3H],
 *   only with 'reset-after', default 0; initialH [B,H]. Gates in the order z, r, n
 * @returns output [B,T,H], and the state h [B,H] after each row's last valid step
 * @throws UnrolledError on a shape or dtype that does not fit, an id out of range, or a backend without the
 *   kernel
 */
export function gruSequence(
  inputs: SequenceInputs & { recurrentBias?: Tensor | undefined },
  options: SequenceOptions & GateOptions & { variant: GruVariant },
): { output: Tensor3D; h: Tensor2D } {
  checkOptions('gruSequence', inputs, INPUT_KINDS);
  checkOptions('gruSequence', options, KINDS);
  const { x, initialH, recurrentBias, ...params } = inputs;
  const { lengths, reverse } = options;
  requireFusedKernel('gruSequence');
  const { variant } = options;
  if (recurrentBias && variant !== 'reset-after') {
    refuse('gruSequence', {
      expected: "recurrentBias only with the variant 'reset-after'",
      got: `'${variant}'`,
      remedy: 'omit recurrentBias',
    });
  }
  const recurrentActivation = gateActivation('gruSequence', options);
  const layer = {
    type: 'gru',
    variant,
    activation: 'tanh',
    recurrentActivation,
    ...sizesOf('gruSequence', params),
  } as const;
  const noBias = variant === 'reset-after' && !recurrentBias ? zeros(params.bias.shape) : undefined;
  const part = {
    layer,
    params: { ...params, recurrentBias: recurrentBias ?? noBias },
    state: { h: initialH },
  };
  try {
    const { output, state } = recurrentSequence(x, part, { lengths, reverse });
    return { output, ...state };
  } finally {
    noBias?.dispose();
  }
}
