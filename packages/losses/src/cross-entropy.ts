import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { weightedMeanOf } from './reduction';
import { checkFirstOrder, checkKind, checkOptions, refuse } from './refuse';
import { meanRowLoss, rowLosses, weighed } from './row-losses';
import { COUNT_KINDS, idsThatCount, type WhatCounts } from './what-counts';

/** What becomes of the losses of all ids: their mean, their sum, or nothing. */
export type Reduction = 'mean' | 'sum' | 'none';

export interface CrossEntropyOptions<R extends Reduction = 'mean'> extends WhatCounts {
  /** Default 'mean': Σ w·ce / (Σ w + 1e-12). */
  readonly reduction?: R;
  /** How much each class counts, [V]; multiplies the weights. Default all 1. */
  readonly classWeights?: ArrayLike<number> | undefined;
}

const KINDS: OptionKinds<CrossEntropyOptions<Reduction>> = {
  ...COUNT_KINDS,
  reduction: "'mean', 'sum' or 'none'?",
  classWeights: 'array or typed array?',
};

/**
 * The softmax cross-entropy of logits of any rank, in nats; PyTorch's `cross_entropy` with the classes on the last
 * axis. One label a sequence: logits [B, V], ids [B]. One a step: logits [B, T, V], ids [B, T], and `lengths`.
 *
 * @param logits scores before the softmax, float32 […, V]; any finite size is safe
 * @param ids one class in 0 … V − 1 for each row of logits: int32 […], or the numbers row by row; of logits [V] one number
 * @returns a scalar, or with reduction 'none' w·ce in the ids' shape
 * @throws UnrolledError when shapes do not fit, weights and lengths are both given, or an id is out of range (of tensors
 * on webgl and webgpu the loss is NaN then, because looking would wait for the device)
 */
export function crossEntropy<T extends Tensor = Tensor, R extends Reduction = 'mean'>(
  logits: Tensor,
  ids: T | ArrayLike<number> | number,
  options: CrossEntropyOptions<R> = {},
): R extends 'none' ? T : Scalar {
  const scope = 'crossEntropy';
  checkKind(scope, 'logits', logits, 'tensor');
  checkOptions(scope, options, KINDS as OptionKinds<typeof options>);
  const { reduction = 'mean', classWeights, ...counting } = options;
  return tf.tidy((): Tensor => {
    checkFirstOrder(scope);
    const { ids: labels, weights: own } = idsThatCount(scope, 'ids', logits, ids, counting);
    const ofClasses = classWeights && weightsOfClasses(logits, labels, classWeights);
    const weights = own && ofClasses ? tf.mul(own, ofClasses) : (own ?? ofClasses);
    if (reduction === 'mean' && !weights) return meanRowLoss(logits, labels);
    const losses = weighed(rowLosses(logits, labels, { weights }), labels.shape, weights);
    if (reduction === 'none') return losses;
    return reduction === 'sum' ? tf.sum(losses) : weightedMeanOf(losses, weights!);
  }) as R extends 'none' ? T : Scalar;
}

/** The weight of each id's class, in the ids' shape. */
function weightsOfClasses(logits: Tensor, ids: Tensor, classWeights: ArrayLike<number>): Tensor {
  const classes = logits.shape.at(-1)!;
  const all = Array.from(classWeights);
  const bad = all.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (all.length !== classes || bad >= 0) {
    refuse('crossEntropy', {
      expected: `${classes} classWeights, each a finite number of at least 0`,
      got: bad >= 0 ? `${inWords(all[bad])} at ${bad}` : `${all.length} of them`,
      remedy: 'give one for each class of the logits',
    });
  }
  return tf.gather(tf.tensor1d(all), ids);
}
