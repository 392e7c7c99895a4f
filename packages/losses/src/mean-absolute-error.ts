import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkSameShape, type Weighted, weightedMean } from './reduction';

/**
 * Σ w·|prediction − target| / Σ w; in units of the target. The gradient at an error of 0 is 0.
 *
 * @throws UnrolledError when the shapes differ or the weights do not broadcast to them
 */
export function meanAbsoluteError<T extends Tensor>(
  predictions: T,
  targets: T,
  options: Weighted = {},
): Scalar {
  checkSameShape('meanAbsoluteError', predictions, targets);
  return tf.tidy(() => {
    const errors = tf.sub(predictions, targets);
    // e·sign(e) instead of |e|: tfjs gives |e| at 0 the slope −1.
    return weightedMean('meanAbsoluteError', tf.mul(errors, tf.sign(errors)), options);
  });
}
