import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions } from '../refuse';
import { builtInOptimizer, checkStep, checkUpdate, type Optimizer, type UpdateOutput } from './optimizer';

export interface RmspropOptions {
  /** Decay of the mean of squared gradients, in [0, 1); default 0.95, as in Graves (2013) and char-rnn. */
  readonly decay?: number;
  /** Momentum of the steps, in [0, 1); default 0. */
  readonly momentum?: number;
  /** Inside the root; default 1e-8. */
  readonly epsilon?: number;
}

const KINDS: OptionKinds<RmspropOptions> = { decay: 'number?', momentum: 'number?', epsilon: 'number?' };

/**
 * RMSprop (Tieleman and Hinton, 2012) with ε inside the root, the rule of TF1 and Keras:
 *
 *     s ← decay·s + (1 − decay)·g²
 *     p ← p − rate·g / √(s + ε)
 *     with momentum:  m ← momentum·m + rate·g / √(s + ε),   p ← p − m
 *
 * s starts at 0 as in Keras (in TF1 at 1). PyTorch adds ε outside the root.
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  checkOptions('rmsprop', options, KINDS);
  const { decay = 0.95, momentum = 0, epsilon = 1e-8 } = options;
  check.number('rmsprop', 'decay', decay, decay >= 0 && decay < 1, 'in [0, 1)');
  check.number('rmsprop', 'momentum', momentum, momentum >= 0 && momentum < 1, 'in [0, 1)');
  check.number('rmsprop', 'epsilon', epsilon, epsilon >= 0, 'of at least 0');
  const slotNames = momentum > 0 ? ['s', 'm'] : ['s'];
  return builtInOptimizer({
    name: 'rmsprop',
    settings: { decay, momentum, epsilon },
    slots: slotNames,
    update(input): UpdateOutput {
      checkUpdate('rmsprop', input, slotNames);
      const { parameter, gradient, slots, learningRate } = input;
      const s = tf.add(tf.mul(slots.s!, decay), tf.mul(tf.square(gradient), 1 - decay));
      const change = tf.div(tf.mul(gradient, learningRate), tf.sqrt(tf.add(s, epsilon)));
      if (momentum === 0) return { parameter: tf.sub(parameter, change), slots: { s } };
      const m = tf.add(tf.mul(slots.m!, momentum), change);
      return { parameter: tf.sub(parameter, m), slots: { s, m } };
    },
    fused(given) {
      checkStep('rmsprop', given);
      const { learningRate } = given;
      return { kind: 'rmsprop', learningRate, decay, epsilon, momentum };
    },
  });
}
