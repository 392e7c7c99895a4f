import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { refuse } from '../refuse';
import { requireFusedKernel, runKernel } from './registry';

/** Limits of the gradients: their global norm, or each element's magnitude. */
export type Clip = { globalNorm: number } | { value: number };

/** One optimizer step. */
export type ParameterUpdate = { clip?: Clip | undefined } & (
  | {
      kind: 'adam';
      learningRate: number;
      beta1: number;
      beta2: number;
      epsilon: number;
      /** Counts from 1; the bias correction is done in float64. */
      step: number;
      /**
       * true (default; TensorFlow, Keras): p −= rate·√(1−β₂ᵗ)/(1−β₁ᵗ) · m/(√v + epsilon), the "epsilon hat" of the paper.
       * false (the paper's algorithm 1, PyTorch, tfjs): epsilon is added to the corrected √v.
       */
      epsilonHat?: boolean | undefined;
      /** AdamW's λ, default 0: parameters of rank 2 and more are first multiplied by 1 − rate·λ. */
      weightDecay?: number | undefined;
    }
  | {
      /** s ← decay·s + (1−decay)·g², p −= rate·g/√(s + epsilon), with momentum through a second slot; TensorFlow's. */
      kind: 'rmsprop';
      learningRate: number;
      decay: number;
      epsilon: number;
      momentum?: number | undefined;
    }
  | {
      /** v ← momentum·v + g, p −= rate·v; without momentum no slot. */
      kind: 'sgd';
      learningRate: number;
      momentum?: number | undefined;
    }
);

/** How many slots (variables of each parameter's shape, zero at the start) an update takes: Adam m and v, RMSprop s (and m), SGD (v). */
export function slotCount(options: ParameterUpdate): number {
  if (options.kind === 'adam') return 2;
  const momentum = options.momentum ? 1 : 0;
  return options.kind === 'rmsprop' ? 1 + momentum : momentum;
}

function check(
  options: ParameterUpdate,
  parameters: readonly Variable[],
  gradients: readonly Tensor[],
  slots: readonly (readonly Variable[])[],
): void {
  const count = slotCount(options);
  const lists = [gradients, ...slots];
  if (slots.length !== count || lists.some((list) => list.length !== parameters.length)) {
    refuse('updateParameters', {
      expected: `${parameters.length} gradients and ${count} lists of as many slots`,
      got: `${gradients.length} gradients and slots [${slots.map((list) => list.length).join(', ')}]`,
    });
  }
  parameters.forEach((parameter, i) => {
    for (const list of lists) {
      const other = list[i]!;
      if (other.size !== parameter.size || other.dtype !== 'float32' || parameter.dtype !== 'float32') {
        refuse('updateParameters', {
          expected: `float32 [${parameter.shape.join(', ')}] for ${parameter.name}`,
          got: `${other.dtype} [${other.shape.join(', ')}]`,
        });
      }
    }
  });
}

/**
 * Clips the gradients and updates all parameters and slots in place, in one pass. A variable whose data another tensor shares is
 * given its own first, so no other tensor changes.
 *
 * @param slots one list per slot (see `slotCount`), each aligned with the parameters
 * @returns the global norm of the gradients before clipping: √Σg² in float64. When a gradient is NaN or infinite so is the norm,
 * and nothing is updated
 * @throws UnrolledError when the lists do not match, or the backend lacks the kernel
 */
export function updateParameters(
  options: ParameterUpdate,
  parameters: readonly Variable[],
  gradients: readonly Tensor[],
  slots: readonly (readonly Variable[])[],
): { gradientNorm: number } {
  requireFusedKernel('updateParameters');
  check(options, parameters, gradients, slots);
  const result = { gradientNorm: 0 };
  runKernel('UpdateParameters', {}, { options, parameters, gradients, slots, result });
  return result;
}
