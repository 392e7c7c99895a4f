/**
 * Clips gradients, and applies one step of the optimizer to all parameters, by one fused op if possible,
 * otherwise by tfjs ops.
 */
import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type Clip, updateParameters as fusedUpdateParameters, hasFusedKernel } from '@unrolled/kernels';
import { refuse } from '../refuse';
import type { Optimizer } from './optimizer';

/** A parameter with the optimizer's slots. */
export interface Trainable {
  /** The parameter's path, such as `0.kernel`. */
  readonly path: string;
  readonly variable: Variable;
  readonly slots: Readonly<Record<string, Variable>>;
}

export interface Step {
  /** From 1. */
  readonly step: number;
  readonly learningRate: number;
  readonly clip: Clip | undefined;
}

/**
 * Changes the parameters and slots in place. A parameter without a gradient does not change.
 *
 * @returns √(Σ g²) over all gradients, before clipping
 * @throws UnrolledError if the norm is not finite; nothing has been changed in that case
 */
export function updateParameters(
  trainables: readonly Trainable[],
  gradients: readonly (Tensor | undefined)[],
  optimizer: Optimizer,
  step: Step,
): number {
  if (optimizer.fused && hasFusedKernel('updateParameters')) {
    const norm = fusedUpdate(trainables, gradients, optimizer, step);
    checkFinite('gradient norm', norm, step.step);
    return norm;
  }
  const norm = globalNorm(gradients);
  checkFinite('gradient norm', norm, step.step);
  composedUpdate(trainables, gradients, optimizer, step, norm);
  return norm;
}

function fusedUpdate(
  trainables: readonly Trainable[],
  gradients: readonly (Tensor | undefined)[],
  optimizer: Optimizer,
  { step, learningRate, clip }: Step,
): number {
  const used = trainables.filter((_, index) => gradients[index] !== undefined);
  const { gradientNorm } = fusedUpdateParameters(
    { ...optimizer.fused!({ step, learningRate }), clip },
    used.map(({ variable }) => variable),
    gradients.filter((gradient) => gradient !== undefined),
    optimizer.slots.map((name) => used.map(({ slots }) => slots[name]!)),
  );
  return gradientNorm;
}

/** Norms whose squares float32 represents with full precision. */
const PLAIN = { least: 1e-15, most: 1e18 };

/**
 * √Σg². If squares would overflow or underflow in float32, the gradients are divided by their largest
 * magnitude first.
 */
function globalNorm(gradients: readonly (Tensor | undefined)[]): number {
  const given = gradients.filter((gradient) => gradient !== undefined);
  const norm = normOf(given);
  if (Number.isNaN(norm) || (norm >= PLAIN.least && norm <= PLAIN.most)) return norm;
  const largest = tf.tidy(() => {
    const each = given.map((gradient) => tf.max(tf.abs(gradient)));
    return tf.max(tf.stack(each)).dataSync()[0]!;
  });
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  return largest * tf.tidy(() => normOf(given.map((gradient) => tf.div(gradient, largest))));
}

function normOf(gradients: readonly Tensor[]): number {
  return tf.tidy(() => {
    const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)));
    return tf.sqrt(tf.addN(squares as Scalar[])).dataSync()[0]!;
  });
}

function composedUpdate(
  trainables: readonly Trainable[],
  gradients: readonly (Tensor | undefined)[],
  optimizer: Optimizer,
  { step, learningRate, clip }: Step,
  norm: number,
): void {
  for (const [index, { variable, slots }] of trainables.entries()) {
    const gradient = gradients[index];
    if (gradient === undefined) continue;
    tf.tidy(() => {
      const clipped = clipGradient(gradient, clip, norm);
      const next = optimizer.update({ parameter: variable, gradient: clipped, slots, learningRate, step });
      variable.assign(next.parameter);
      for (const [name, slot] of Object.entries(slots)) slot.assign(next.slots[name]!);
    });
  }
}

/** TF's `clip_by_global_norm`, g · limit / max(norm, limit), or each element clipped to ±value. */
function clipGradient(gradient: Tensor, clip: Clip | undefined, norm: number): Tensor {
  if (clip === undefined) return gradient;
  if ('value' in clip) return tf.clipByValue(gradient, -clip.value, clip.value);
  return norm > clip.globalNorm ? tf.mul(gradient, clip.globalNorm / norm) : gradient;
}

/** Throws if a loss or norm is NaN or infinite. */
export function checkFinite(what: string, value: number, step: number): void {
  if (Number.isFinite(value)) return;
  refuse('train', {
    expected: `a finite ${what} at step ${step}`,
    got: String(value),
    code: 'not-finite',
    remedy: `reduce the learning rate, clip the gradients, or check the data for values that are not finite; run.params are those of step ${step - 1}`,
  });
}
