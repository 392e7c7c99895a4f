/** Making the weights of a part from a seed. */

import type { Rank, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Initializer } from './initializers';
import { deriveSeed, random } from './random';

/** Draws weights one after the other, each from a stream of its own, so that adding one changes no other. */
export function weightMaker(seed: number) {
  let count = 0;
  return <R extends Rank>(
    shape: tf.ShapeMap[R],
    initializer: Initializer,
    change?: (values: Float32Array) => void,
  ): Tensor<R> => {
    const values = initializer(shape, random(deriveSeed(seed, count++)));
    change?.(values);
    return tf.tensor(values, shape, 'float32');
  };
}
