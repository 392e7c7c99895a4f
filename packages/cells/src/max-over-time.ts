/**
 * The maximum over time and its gradient, by loops in JavaScript. tfjs's own ops compute the position of
 * every element separately, which takes some thirty times as long.
 */
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { maskSequence } from './masks';

/** Backends whose data JavaScript can read without waiting for a device. */
const READABLE = ['cpu', 'unrolled'];

/**
 * The maximum over the valid steps of a row, [B, T, I] → [B, I]; 0 for a row of length 0. As in tfjs's `max`,
 * every step with the maximum gets the whole gradient, and NaN exceeds any number.
 */
export function maxOverTime(inputs: Tensor3D, lengths: readonly number[] | undefined): Tensor2D {
  const [batchSize, steps, size] = inputs.shape;
  if (!READABLE.includes(tf.getBackend()) || inputs.size === 0) return byOps(inputs, lengths);
  const stepsOf = (row: number) => lengths?.[row] ?? steps;
  const op = tf.customGrad((x, save) => {
    const values = (x as Tensor).dataSync<'float32'>();
    const most = new Float32Array(batchSize * size);
    for (let row = 0; row < batchSize; row++) {
      const to = row * size;
      for (let time = 0; time < stepsOf(row); time++) {
        const from = (row * steps + time) * size;
        for (let n = 0; n < size; n++) {
          const value = values[from + n]!;
          if (time === 0 || value > most[to + n]! || Number.isNaN(value)) most[to + n] = value;
        }
      }
    }
    // Adds 0, as a mask does: −0 becomes 0.
    if (lengths) for (let n = 0; n < most.length; n++) most[n]! += 0;
    (save as (saved: Tensor[]) => void)([x as Tensor]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) =>
      spread(dy as Tensor2D, saved[0] as Tensor3D, most, stepsOf);
    return { value: tf.tensor2d(most, [batchSize, size]), gradFunc };
  });
  return op(inputs) as Tensor2D;
}

/** dy [B, I] at the steps with the maximum, [B, T, I]; dy · 0 at the others, as in tfjs. */
function spread(dy: Tensor2D, x: Tensor3D, most: Float32Array, stepsOf: (row: number) => number): Tensor3D {
  const [batchSize, steps, size] = x.shape;
  const [values, own] = [x.dataSync<'float32'>(), dy.dataSync<'float32'>()];
  const dX = new Float32Array(x.size);
  for (let row = 0; row < batchSize; row++)
    for (let time = 0; time < stepsOf(row); time++) {
      const from = (row * steps + time) * size;
      for (let n = 0; n < size; n++) {
        const place = row * size + n;
        dX[from + n] = own[place]! * (values[from + n] === most[place] ? 1 : 0);
      }
    }
  return tf.tensor3d(dX, x.shape);
}

function byOps(inputs: Tensor3D, lengths: readonly number[] | undefined): Tensor2D {
  if (!lengths) return tf.max(inputs, 1) as Tensor2D;
  const [batchSize, steps] = inputs.shape;
  // Past its length a row has the smallest number; a row of length 0 has zeros.
  const floor = lengths.flatMap((length) =>
    Array.from({ length: steps }, (_, time) => (time < length || length === 0 ? 0 : -3e38)),
  );
  const masked = maskSequence(inputs, lengths);
  return tf.max(tf.add(masked, tf.tensor3d(floor, [batchSize, steps, 1])), 1) as Tensor2D;
}
