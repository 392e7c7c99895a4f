import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { requireFusedKernel, runKernel } from './registry';
import { type ParameterUpdate, slotCount } from './update-rules';

/**
 * The attributes of the kernel UpdateParameters. Its tensors are attributes, not inputs, because the kernel
 * changes variables in place and tfjs would pass clones as inputs. The kernel writes the norm to `result` as
 * a JavaScript number, because tensors have no float64.
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
        remedy: 'omit clip',
      });
  }
  for (const [name, list] of Object.entries({ parameters, gradients, slots })) {
    checkKind('updateParameters', name, list, 'array');
  }
  if (clip && !('globalNorm' in clip) && !('value' in clip)) {
    refuse('updateParameters', {
      expected: 'clip { globalNorm } or { value }',
      got: `both: { ${Object.keys(clip).join(', ')} }`,
      remedy: 'pass only one of them',
    });
  }
  const count = slotCount(options);
  const lists = [gradients, ...slots];
  if (slots.length !== count || lists.some((list) => list.length !== parameters.length)) {
    refuse('updateParameters', {
      expected: `${parameters.length} gradients, and ${count} slot lists of the same length`,
      got: `${gradients.length} gradients and slot lists of lengths [${slots.map((list) => list.length).join(', ')}]`,
      remedy: 'pass one gradient and all slots for each parameter, in the order of the parameters',
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
          remedy: "give gradients and slots the parameter's shape",
        });
      }
    }
  });
}

/**
 * Clips the gradients and updates all parameters and slots in place, in one pass. If a variable shares its
 * data with another tensor, the data is copied first, so no other tensor changes.
 *
 * @param slots one list per slot, each in the order of the parameters, initially zero: Adam m and v, RMSprop
 *   s (and m with momentum), SGD v with momentum
 * @returns the global norm of the gradients before clipping: √Σg² in float64. If a gradient is NaN or
 *   infinite, the norm is too, and nothing is updated
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
