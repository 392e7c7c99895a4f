import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * The tensor with 0 where its weight is 0. Values of weight 0 may be anything, even NaN: unlike with a
 * multiplication by 0, they affect neither the loss nor the gradient. A weight of 0 gets no gradient.
 *
 * @param weights of a shape that broadcasts to the tensor's
 */
export function counted<T extends Tensor>(tensor: T, weights: Tensor): T {
  const op = tf.customGrad((x, w, save) => {
    (save as (tensors: Tensor[]) => void)([w as Tensor]);
    return {
      value: tf.where(tf.notEqual(w as Tensor, 0), x as Tensor, tf.zerosLike(x as Tensor)),
      gradFunc: (dy: Tensor, [saved]: Tensor[]) => [counted(dy, saved!), tf.zerosLike(saved!)],
    };
  });
  return op(tensor, weights) as T;
}
