import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions } from '../refuse';
import { builtInOptimizer, checkStep, checkUpdate, type Optimizer } from './optimizer';

export interface AdamOptions {
  /** Decay of the mean of gradients, in [0, 1); default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1); default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8, as in the paper, PyTorch and TF1 (Keras has 1e-7). */
  readonly epsilon?: number;
  /**
   * Uses the bias correction of TF1 and Keras, with ε outside it: p ← p − rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m /
   * (√v + ε); default false.
   */
  readonly epsilonHat?: boolean;
  /** λ of AdamW, at least 0; default 0. Only matrices decay; biases, such as a forget bias, do not. */
  readonly weightDecay?: number;
}

const KINDS: OptionKinds<AdamOptions> = {
  beta1: 'number?',
  beta2: 'number?',
  epsilon: 'number?',
  epsilonHat: 'boolean?',
  weightDecay: 'number?',
};

/**
 * Adam (Kingma and Ba, 2015, algorithm 1; PyTorch's rule). With g the gradient of step t:
 *
 *     m ← β₁·m + (1 − β₁)·g,   v ← β₂·v + (1 − β₂)·g²
 *     p ← p − rate · m̂ / (√v̂ + ε),   m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ)
 *
 * computed in float64 with the corrections folded into the rate and ε. TF1's and Keras's rule, `epsilonHat`,
 * differs only if gradients are about as small as ε. With `weightDecay` it is AdamW (Loshchilov and Hutter,
 * 2019): a matrix is first multiplied by 1 − rate·λ.
 */
export function adam(options: AdamOptions = {}): Optimizer {
  checkOptions('adam', options, KINDS);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, epsilonHat = false, weightDecay = 0 } = options;
  check.number('adam', 'beta1', beta1, beta1 >= 0 && beta1 < 1, 'in [0, 1)');
  check.number('adam', 'beta2', beta2, beta2 >= 0 && beta2 < 1, 'in [0, 1)');
  check.number('adam', 'epsilon', epsilon, epsilon >= 0, 'of at least 0');
  check.number('adam', 'weightDecay', weightDecay, weightDecay >= 0, 'of at least 0');
  const slotNames = ['m', 'v'];
  return builtInOptimizer({
    name: 'adam',
    settings: { beta1, beta2, epsilon, epsilonHat: Number(epsilonHat), weightDecay },
    slots: slotNames,
    update(input) {
      checkUpdate('adam', input, slotNames);
      const { parameter, gradient, slots, learningRate, step } = input;
      const correction2 = Math.sqrt(1 - beta2 ** step);
      const rate = (learningRate * correction2) / (1 - beta1 ** step);
      const m = tf.add(tf.mul(slots.m!, beta1), tf.mul(gradient, 1 - beta1));
      const v = tf.add(tf.mul(slots.v!, beta2), tf.mul(tf.square(gradient), 1 - beta2));
      const change = tf.div(
        tf.mul(m, rate),
        tf.add(tf.sqrt(v), epsilonHat ? epsilon : epsilon * correction2),
      );
      const kept = parameter.rank > 1 ? 1 - learningRate * weightDecay : 1;
      return { parameter: tf.sub(tf.mul(parameter, kept), change), slots: { m, v } };
    },
    fused(given) {
      checkStep('adam', given);
      const { learningRate, step } = given;
      return {
        kind: 'adam',
        learningRate,
        beta1,
        beta2,
        epsilon,
        step,
        epsilonHat,
        weightDecay,
      };
    },
  });
}
