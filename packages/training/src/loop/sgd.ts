import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions } from '../refuse';
import { builtInOptimizer, checkStep, checkUpdate, type Optimizer, type UpdateOutput } from './optimizer';

export interface SgdOptions {
  /** In [0, 1); default 0. */
  readonly momentum?: number;
}

const KINDS: OptionKinds<SgdOptions> = { momentum: 'number?' };

/**
 * Stochastic gradient descent, with momentum as in TF1 and PyTorch (no dampening, no Nesterov):
 *
 *     v ← momentum·v + g,   p ← p − rate·v
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  checkOptions('sgd', options, KINDS);
  const { momentum = 0 } = options;
  check.number('sgd', 'momentum', momentum, momentum >= 0 && momentum < 1, 'in [0, 1)');
  const slotNames = momentum > 0 ? ['v'] : [];
  return builtInOptimizer({
    name: 'sgd',
    settings: { momentum },
    slots: slotNames,
    update(input): UpdateOutput {
      checkUpdate('sgd', input, slotNames);
      const { parameter, gradient, slots, learningRate } = input;
      if (momentum === 0) return { parameter: tf.sub(parameter, tf.mul(gradient, learningRate)), slots: {} };
      const v = tf.add(tf.mul(slots.v!, momentum), gradient);
      return { parameter: tf.sub(parameter, tf.mul(v, learningRate)), slots: { v } };
    },
    fused(given) {
      checkStep('sgd', given);
      const { learningRate } = given;
      return { kind: 'sgd', learningRate, momentum };
    },
  });
}
