import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { pairs, type Weighted, weightedSum } from './reduction';

/**
 * Σ w·(prediction − target)², that is `reduce_sum(square(Y_pred − Y))`; in squared units of the target.
 *
 * @throws UnrolledError if the shapes differ or the weights do not broadcast to them
 */
export function sumOfSquares<T extends Tensor>(predictions: T, targets: T, options: Weighted = {}): Scalar {
  return tf.tidy(() => {
    const [forecast, truth] = pairs('sumOfSquares', predictions, targets, options);
    return weightedSum(tf.squaredDifference(forecast, truth), options);
  });
}
