import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkSameShape, type Weighted, weightedMean } from './reduction';

/**
 * Σ w·(prediction − target)² / Σ w; in squared units of the target.
 *
 * @throws UnrolledError when the shapes differ or the weights do not broadcast to them
 */
export function meanSquaredError<T extends Tensor>(
  predictions: T,
  targets: T,
  options: Weighted = {},
): Scalar {
  checkSameShape('meanSquaredError', predictions, targets);
  return tf.tidy(() => weightedMean('meanSquaredError', tf.squaredDifference(predictions, targets), options));
}
