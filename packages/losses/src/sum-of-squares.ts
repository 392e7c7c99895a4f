import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkSameShape, type Weighted, weightedSum } from './reduction';

/**
 * Σ w·(prediction − target)², the lab's `reduce_sum(square(Y_pred − Y))`; in squared units of the target.
 *
 * @throws UnrolledError when the shapes differ or the weights do not broadcast to them
 */
export function sumOfSquares<T extends Tensor>(predictions: T, targets: T, options: Weighted = {}): Scalar {
  checkSameShape('sumOfSquares', predictions, targets);
  return tf.tidy(() => weightedSum('sumOfSquares', tf.squaredDifference(predictions, targets), options));
}
