import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { requireFusedKernel, runKernel } from './registry';
import { type ParameterUpdate, slotCount } from './update-rules';

/**
 * The attributes of the kernel UpdateParameters. Its tensors are not inputs of the kernel: it changes
 * variables in place, and tfjs would give it clones. It leaves the norm in `result`, as a number in float64,
 * which no tensor holds.
 */
export interface UpdateCall {
  options: ParameterUpdate;
  parameters: readonly Variable[];
  gradients: readonly Tensor[];
  slots: readonly (readonly Variable[])[];
  result: { gradientNorm: number };
}

type Update<K> = Extract<ParameterUpdate, { kind: K }>;

const SHARED = { clip: 'object?', kind: 'string', learningRate: 'number' } as const;

const KINDS: { readonly [K in ParameterUpdate['kind']]: OptionKinds<Update<K>> } = {
  adam: {
    ...SHARED,
    ...{ beta1: 'number', beta2: 'number', epsilon: 'number', step: 'positive integer' },
    ...{ epsilonHat: 'boolean?', weightDecay: 'number?' },
  },
  rmsprop: { ...SHARED, decay: 'number', epsilon: 'number', momentum: 'number?' },
  sgd: { ...SHARED, momentum: 'number?' },
};

function check(
  options: ParameterUpdate,
  parameters: readonly Variable[],
  gradients: readonly Tensor[],
  slots: readonly (readonly Variable[])[],
): void {
  checkKind('updateParameters', 'options', options, 'object');
  checkKind('updateParameters', 'kind', options.kind, "'adam', 'rmsprop' or 'sgd'");
  checkOptions('updateParameters', options as Update<'adam'>, KINDS[options.kind] as typeof KINDS.adam);
  const { clip } = options;
  for (const [name, limit] of Object.entries(clip ?? {})) {
    if (name === 'globalNorm' || name === 'value')
      checkKind('updateParameters', `clip.${name}`, limit, 'number');
    else
      refuse('updateParameters', {
        expected: 'clip { globalNorm } or { value }',
        got: name,
        remedy: 'leave it out',
      });
  }
  for (const [name, list] of Object.entries({ parameters, gradients, slots })) {
    checkKind('updateParameters', name, list, 'array');
  }
  if (clip && !('globalNorm' in clip) && !('value' in clip)) {
    refuse('updateParameters', {
      expected: 'clip { globalNorm } or { value }',
      got: `{ ${Object.keys(clip).join(', ')} }`,
      remedy: 'give one of the two',
    });
  }
  const count = slotCount(options);
  const lists = [gradients, ...slots];
  if (slots.length !== count || lists.some((list) => list.length !== parameters.length)) {
    refuse('updateParameters', {
      expected: `${parameters.length} gradients and ${count} lists of as many slots`,
      got: `${gradients.length} gradients and slots [${slots.map((list) => list.length).join(', ')}]`,
      remedy: 'give one gradient and the slots of each parameter, in their order',
    });
  }
  parameters.forEach((parameter, i) => {
    for (const list of lists) {
      const other = list[i]!;
      checkKind('updateParameters', 'a gradient or slot', other, 'tensor');
      checkKind('updateParameters', 'a parameter', parameter, 'tensor');
      if (other.size !== parameter.size || other.dtype !== 'float32' || parameter.dtype !== 'float32') {
        refuse('updateParameters', {
          expected: `float32 [${parameter.shape.join(', ')}] for ${parameter.name}`,
          got: `${other.dtype} [${other.shape.join(', ')}]`,
          remedy: "give gradients and slots of the parameter's shape",
        });
      }
    }
  });
}

/**
 * Clips the gradients and updates all parameters and slots in place, in one pass. A variable whose data
 * another tensor shares is given its own first, so no other tensor changes.
 *
 * @param slots one list per slot, each aligned with the parameters, zero at the start: Adam m and v, RMSprop
 * s (and m with momentum), SGD v with momentum
 * @returns the global norm of the gradients before clipping: √Σg² in float64. When a gradient is NaN or
 * infinite so is the norm, and nothing is updated
 * @throws UnrolledError if the lists do not match, or the backend lacks the kernel
 */
export function updateParameters(
  options: ParameterUpdate,
  parameters: readonly Variable[],
  gradients: readonly Tensor[],
  slots: readonly (readonly Variable[])[],
): { gradientNorm: number } {
  requireFusedKernel('updateParameters');
  check(options, parameters, gradients, slots);
  const call: UpdateCall = { options, parameters, gradients, slots, result: { gradientNorm: 0 } };
  runKernel('UpdateParameters', {}, { ...call });
  return call.result;
}
