import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { pairs, type Weighted, weightedMean } from './reduction';

/**
 * Σ w·|prediction − target| / Σ w; in units of the target. The gradient at an error of 0 is 0.
 *
 * @throws UnrolledError if the shapes differ or the weights do not broadcast to them
 */
export function meanAbsoluteError<T extends Tensor>(
  predictions: T,
  targets: T,
  options: Weighted = {},
): Scalar {
  return tf.tidy(() => {
    const [forecast, truth] = pairs('meanAbsoluteError', predictions, targets, options);
    const errors = tf.sub(forecast, truth);
    // e·sign(e) instead of |e|, because tfjs's derivative of |e| at 0 is −1.
    return weightedMean(tf.mul(errors, tf.sign(errors)), options);
  });
}
