import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { rowsOf } from './input-product';

/** [B, T, n] with the valid steps of each row reversed. Values past them stay in place. */
export function flipRows(sequence: Tensor3D, lengths: readonly number[] | undefined): Tensor3D {
  const [batchSize, steps, size] = sequence.shape;
  if (lengths === undefined) return tf.reverse(sequence, 1);
  const places = lengths.flatMap((length, row) =>
    Array.from({ length: steps }, (_, time) => row * steps + (time < length ? length - 1 - time : time)),
  );
  const all = tf.reshape(sequence, [batchSize * steps, size]) as Tensor2D;
  const flipped = rowsOf(all, tf.tensor1d(places, 'int32') as Tensor1D);
  return tf.reshape(flipped, [batchSize, steps, size]);
}
