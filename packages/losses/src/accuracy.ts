import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { weightedMean } from './reduction';
import { checkKind, checkOptions } from './refuse';
import { COUNT_KINDS, idsThatCount, type WhatCounts } from './what-counts';

/**
 * The share of ids that have the largest logit of their row, 0 … 1. Of equally large logits the first counts; a row with
 * a NaN is wrong. It has no gradient: measure it with `evaluate`, each batch weighted by its `countOf`.
 *
 * @param logits scores or probabilities, float32 […, V]
 * @param ids one class in 0 … V − 1 for each row of logits: int32 […], or the numbers row by row; of logits [V] one number
 * @returns a scalar: Σ w·right / (Σ w + 1e-12), 0 where nothing counts
 * @throws UnrolledError when shapes do not fit, weights and lengths are both given, or an id is out of range
 */
export function accuracy(
  logits: Tensor,
  ids: Tensor | ArrayLike<number> | number,
  options: WhatCounts = {},
): Scalar {
  checkKind('accuracy', 'logits', logits, 'tensor');
  checkOptions('accuracy', options, COUNT_KINDS);
  return tf.tidy(() => {
    const { ids: labels, weights } = idsThatCount('accuracy', 'ids', logits, ids, options);
    const right = tf.cast(tf.equal(firstLargest(logits), labels), 'float32');
    return weightedMean(right, { weights });
  });
}

/** The first class of each row's largest logit, int32 […]; V where there is none. */
function firstLargest(logits: Tensor): Tensor {
  const classes = logits.shape.at(-1)!;
  const largest = tf.equal(logits, tf.max(logits, -1, true));
  const order: Tensor = tf.where(largest, tf.range(0, classes, 1, 'int32'), tf.tensor1d([classes], 'int32'));
  const hasNaN = tf.any(tf.isNaN(logits), -1);
  const first = tf.min(order, -1);
  return tf.where(hasNaN, tf.fill(first.shape, classes, 'int32'), first);
}
