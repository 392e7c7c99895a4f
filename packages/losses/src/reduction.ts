/** How one number is made of many errors; every loss that averages does it here. */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { refuse } from './refuse';

/** Keeps 0/0 at 0 where all weights are zero; the constant is that of TF1's `sequence_loss`. */
export const smallestWeight = 1e-12;

export interface Weighted {
  /** How much each error counts; a shape that broadcasts to the predictions'. Default: all count 1. */
  readonly weights?: Tensor;
}

/** Refuses predictions and targets of different shapes, which tfjs would silently broadcast. */
export function checkSameShape(scope: string, predictions: Tensor, targets: Tensor): void {
  if (tf.util.arraysEqual(predictions.shape, targets.shape)) return;
  refuse(scope, {
    expected: `targets of the predictions' shape [${predictions.shape.join(', ')}]`,
    got: `[${targets.shape.join(', ')}]`,
    remedy: 'reshape one of them',
  });
}

/** Σ w·e */
export function weightedSum(scope: string, errors: Tensor, { weights }: Weighted): Scalar {
  if (weights === undefined) return tf.sum(errors);
  checkWeights(scope, errors, weights);
  return tf.sum(tf.mul(errors, weights));
}

/** Σ w·e / (Σ w + 1e-12), where Σ w counts a broadcast weight as often as it is used; without weights the plain mean. */
export function weightedMean(scope: string, errors: Tensor, { weights }: Weighted): Scalar {
  if (weights === undefined) return tf.div(tf.sum(errors), Math.max(1, errors.size));
  checkWeights(scope, errors, weights);
  const uses = errors.size / Math.max(1, weights.size);
  const total = tf.add(tf.mul(tf.sum(weights), uses), smallestWeight);
  return tf.div(tf.sum(tf.mul(errors, weights)), total);
}

function checkWeights(scope: string, errors: Tensor, weights: Tensor): void {
  const offset = errors.rank - weights.rank;
  const fits =
    offset >= 0 &&
    weights.shape.every((extent, axis) => extent === 1 || extent === errors.shape[axis + offset]);
  if (fits) return;
  refuse(scope, {
    expected: `weights that broadcast to [${errors.shape.join(', ')}]`,
    got: `[${weights.shape.join(', ')}]`,
  });
}
