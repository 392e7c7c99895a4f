/** Masks by row length: which steps of a padded batch are real. */

import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** bool [B, 1, …, 1] of the given rank: whether step `time` is within each row's length. */
export function validAt(lengths: readonly number[], time: number, rank: number): Tensor {
  return tf.tensor(
    lengths.map((length) => (time < length ? 1 : 0)),
    [lengths.length, ...Array<number>(rank - 1).fill(1)],
    'bool',
  );
}

/** [B, T, n] with exact zeros past each row's length, whatever stood there. */
export function maskSequence(sequence: Tensor3D, lengths: readonly number[] | undefined): Tensor3D {
  const steps = sequence.shape[1];
  if (lengths === undefined || lengths.every((length) => length === steps)) return sequence;
  return tf.tidy(() => {
    const valid = lengths.flatMap((length) =>
      Array.from({ length: steps }, (_, time) => (time < length ? 1 : 0)),
    );
    const mask = tf.tensor3d(valid, [lengths.length, steps, 1], 'bool');
    return tf.where(mask, sequence, tf.zerosLike(sequence));
  });
}
