/**
 * Kernels that slice and join tensors, on tfjs's own backend and on this package's: the same bits, the same
 * gradients, no leaks.
 */
import * as tf from '@tensorflow/tfjs-core';
import { unregisterUnrolledBackend, unrolledBackendInfo, useUnrolledBackend } from '@unrolled/kernels';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generator } from './fused';

beforeAll(() => useUnrolledBackend({ threads: 1 }));
afterAll(() => unregisterUnrolledBackend());

/** Compares the results and the gradient of a weighted sum of them. */
async function onBoth(shape: number[], cut: (x: tf.Tensor) => tf.Tensor[]): Promise<void> {
  const random = generator(17);
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: size }, () => random() - 0.5);
  const run = () => {
    const results: unknown[] = [];
    tf.tidy(() => {
      const x = tf.tensor(values.slice(), shape);
      const loss = (given: tf.Tensor) => {
        const made = cut(given);
        results.push(...made.map((one) => [one.shape, one.dataSync()]));
        return tf.addN(made.map((one, n) => tf.mul(tf.sum(tf.square(one)), n + 1))) as tf.Scalar;
      };
      results.push(tf.grad(loss)(x).dataSync());
    });
    return results;
  };
  await tf.setBackend('cpu');
  const expected = run();
  await tf.setBackend('unrolled');
  const held = () => [tf.memory().numTensors, unrolledBackendInfo()!.usedBytes];
  const before = held();
  expect(run()).toEqual(expected);
  expect(held()).toEqual(before);
}

const SHAPES = [[2, 3, 90], [7, 5, 4], [3, 40], [100], [1, 6, 12], [2, 2]];

test.each(SHAPES.map((shape) => [shape]))('parts of %j', async (shape) => {
  for (const axis of shape.keys()) {
    const extent = shape[axis]!;
    const only = (value: number) => shape.map((_, n) => (n === axis ? value : 0));
    const sized = (value: number) => shape.map((size, n) => (n === axis ? value : size));
    await onBoth(shape, (x) => [tf.slice(x, only(extent > 1 ? 1 : 0), sized(Math.max(1, extent - 2)))]);
    // tfjs 4.22 throws in the gradients of a split and an unstack that have one result.
    if (extent > 1) {
      await onBoth(shape, (x) => tf.split(x, [1, extent - 1], axis));
      await onBoth(shape, (x) => tf.unstack(x, axis));
    }
    await onBoth(shape, (x) => [tf.concat([x, tf.mul(x, 2), x], axis)]);
    await onBoth(shape, (x) => [tf.stack([x, tf.mul(x, 2)], axis)]);
    await onBoth(shape, (x) => [
      tf.pad(
        x,
        shape.map((_, n): [number, number] => (n === axis ? [2, 1] : [0, 0])),
        0.5,
      ),
    ]);
  }
  await onBoth(shape, (x) => [
    tf.slice(
      x,
      shape.map(() => 0),
      shape,
    ),
  ]);
  await onBoth(shape, (x) => [tf.stack([x], shape.length), tf.concat([x], 0)]);
});

test('a slice of several axes, of integers, of nothing, and one out of bounds are left to tfjs', async () => {
  await onBoth([4, 5, 6], (x) => [
    tf.slice(x, [1, 1, 0], [2, 3, 6]),
    tf.pad(x, [
      [1, 0],
      [0, 2],
      [0, 0],
    ]),
  ]);
  tf.tidy(() => {
    const integers = tf.range(0, 100, 1, 'int32');
    expect([...tf.slice(integers, [98], [2]).dataSync()]).toEqual([98, 99]);
    expect(tf.slice(tf.zeros([3, 40]), [0, 0], [3, 0]).shape).toEqual([3, 0]);
    expect(() => tf.slice(tf.zeros([3, 40]), [0, 30], [3, 20])).toThrow();
    expect(() => tf.concat([tf.zeros([3, 40]), tf.zeros([4, 40])], 1)).toThrow();
  });
});

test.each(SHAPES.map((shape) => [shape]))('rows of %j', async (shape) => {
  for (const axis of shape.keys()) {
    const last = shape[axis]! - 1;
    for (const indices of [
      tf.tensor1d([last, 0, last, 0, 0], 'int32'),
      tf.tensor2d([[0, last]], [1, 2], 'int32'),
    ]) {
      await onBoth(shape, (x) => [tf.gather(x, indices, axis)]);
      indices.dispose();
    }
    const x = tf.zeros(shape);
    const beyond = tf.tensor1d([0, last + 1], 'int32');
    expect(() => tf.gather(x, beyond, axis)).toThrow(`the index value ${last + 1} is not in [0, ${last}]`);
    tf.dispose([x, beyond]);
  }
  const none = tf.tensor1d([], 'int32');
  expect(tf.tidy(() => tf.gather(tf.zeros(shape), none).shape)).toEqual([0, ...shape.slice(1)]);
  none.dispose();
});
