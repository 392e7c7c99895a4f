import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { weightedMean } from './reduction';
import { checkKind, checkOptions } from './refuse';
import { COUNT_KINDS, idsThatCount, type WhatCounts } from './what-counts';

/**
 * The share of rows whose largest logit is at their id, 0 … 1. Of equal logits the first is used; a row with
 * NaN is wrong. The accuracy has no gradient: measure it with `evaluate`, with each batch weighted by its
 * `countOf`.
 *
 * @param logits scores or probabilities, float32 […, V]
 * @param ids one class in 0 … V − 1 for each row of logits: int32 […], or the numbers row by row; for logits
 *   [V] one number
 * @returns a scalar: Σ w·right / (Σ w + 1e-12), or 0 if all weights are 0
 * @throws UnrolledError if shapes do not fit, weights and lengths are both passed, or an id is out of range
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
    // Flattened to rows, because WebGL has no `where` with many axes.
    const rows: Tensor2D = tf.reshape(logits, [labels.size, logits.shape.at(-1)!]);
    const right = tf.cast(tf.equal(firstLargest(rows), tf.reshape(labels, [labels.size])), 'float32');
    return weightedMean(right, { weights: weights && tf.reshape(weights, [labels.size]) });
  });
}

/** The first class of each row's largest logit, int32 [N]; V or more if there is none. */
function firstLargest(logits: Tensor2D): Tensor {
  const [, classes] = logits.shape;
  /** V if the condition holds, otherwise 0. */
  const beyond = (condition: Tensor) => tf.mul(tf.cast(condition, 'int32'), tf.scalar(classes, 'int32'));
  const isSmaller = tf.notEqual(logits, tf.max(logits, 1, true));
  const places = tf.add(beyond(isSmaller), tf.range(0, classes, 1, 'int32'));
  return tf.add(tf.min(places, 1), beyond(tf.any(tf.isNaN(logits), 1)));
}
