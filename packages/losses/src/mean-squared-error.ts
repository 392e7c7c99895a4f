import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { pairs, type Weighted, weightedMean } from './reduction';

/**
 * Σ w·(prediction − target)² / Σ w; in squared units of the target.
 *
 * @throws UnrolledError if the shapes differ or the weights do not broadcast to them
 */
export function meanSquaredError<T extends Tensor>(
  predictions: T,
  targets: T,
  options: Weighted = {},
): Scalar {
  return tf.tidy(() => {
    const [forecast, truth] = pairs('meanSquaredError', predictions, targets, options);
    return weightedMean(tf.squaredDifference(forecast, truth), options);
  });
}
