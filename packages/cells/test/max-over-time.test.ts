/** The maximum over time, compared with tfjs's own op. */
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { globalMaxPool1d, unroll } from '../src/index';

const [B, T, I] = [3, 5, 4];
/** Some values occur several times in a row; every step with the maximum gets the gradient. */
const values = Array.from({ length: B * T * I }, (_, n) => ((n * 7) % 5) - 2);
const weights = Array.from({ length: B * I }, (_, n) => Math.sin(n + 1));

/** Value and gradient. */
function derivatives(largest: (x: tf.Tensor3D) => tf.Tensor): Float32Array[] {
  return tf.tidy(() => {
    const x = tf.tensor3d(values, [B, T, I]);
    const w = tf.tensor2d(weights, [B, I]);
    const loss = (own: tf.Tensor) => tf.sum(tf.mul(tf.square(largest(own as tf.Tensor3D)), w));
    return [largest(x), tf.grad(loss)(x)].map((tensor) => tensor.dataSync<'float32'>());
  });
}

it('has the value and the gradients of the largest', () => {
  const before = tf.memory().numTensors;
  const pool = globalMaxPool1d({ inputSize: I });
  const pooled = (lengths?: number[]) => (x: tf.Tensor3D) => unroll(pool, {}, x, { lengths }).output;
  expect(derivatives(pooled())).toEqual(derivatives((x) => tf.max(x, 1)));
  const lengths = [3, 5, 0];
  const cut = (x: tf.Tensor3D) =>
    tf.stack(
      lengths.map((length, row) =>
        length === 0 ? tf.zeros([I]) : tf.max(tf.slice(x, [row, 0, 0], [1, length, I]), [0, 1]),
      ),
    );
  const wanted = derivatives(cut);
  derivatives(pooled(lengths)).forEach((found, n) => {
    for (const [at, value] of found.entries()) expect(value).toBeCloseTo(wanted[n]![at]!, 6);
  });
  const odd = tf.tensor3d([1, Number.NaN, 3, Number.NEGATIVE_INFINITY, -1, -2], [1, 3, 2]);
  const { output } = unroll(globalMaxPool1d({ inputSize: 2 }), {}, odd);
  expect([...output.dataSync()]).toEqual([3, Number.NaN]);
  tf.dispose([odd, output]);
  expect(tf.memory().numTensors).toBe(before);
});
