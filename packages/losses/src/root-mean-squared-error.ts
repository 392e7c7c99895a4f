import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { pairs, type Weighted, weightedMean } from './reduction';

/**
 * √(Σ w·(prediction − target)² / Σ w); in units of the target. Its gradient is 0 if every error is 0.
 *
 * @throws UnrolledError if the shapes differ or the weights do not broadcast to them
 */
export function rootMeanSquaredError<T extends Tensor>(
  predictions: T,
  targets: T,
  options: Weighted = {},
): Scalar {
  return tf.tidy(() => {
    const [forecast, truth] = pairs('rootMeanSquaredError', predictions, targets, options);
    return squareRoot(weightedMean(tf.squaredDifference(forecast, truth), options));
  });
}

/**
 * √x with the derivative 0 instead of infinity at x = 0; otherwise the gradient of a perfect forecast would
 * be NaN.
 */
function squareRoot(square: Scalar): Scalar {
  const op = tf.customGrad((x, save) => {
    const root = tf.sqrt(x as Scalar);
    (save as (tensors: Tensor[]) => void)([root]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [y] = saved as [Scalar];
      return tf.where(tf.greater(y, 0), tf.div(dy, tf.mul(y, 2)), tf.zerosLike(y));
    };
    return { value: root, gradFunc };
  });
  return op(square) as Scalar;
}
