import * as tf from '@tensorflow/tfjs-core';
import { unregisterUnrolledBackend, unrolledBackendInfo, useUnrolledBackend } from '@unrolled/kernels';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generator } from './fused';

beforeAll(() => useUnrolledBackend({ threads: 2 }));
afterAll(() => unregisterUnrolledBackend());

const random = generator(31);
const size = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
const values = (shape: number[]) => Float32Array.from({ length: size(shape) }, () => random() * 4 - 1.5);

/**
 * Runs a function on tfjs's own backend and on this package's, where `jobs` jobs must have run and no memory
 * may leak.
 */
async function onBoth(f: () => tf.Tensor, jobs: number): Promise<[Float32Array, Float32Array]> {
  const run = () => tf.tidy(() => f().dataSync<'float32'>());
  await tf.setBackend('cpu');
  const expected = run();
  await tf.setBackend('unrolled');
  const { usedBytes, jobCounts } = unrolledBackendInfo()!;
  const before = [tf.memory().numTensors, usedBytes];
  const count = () => [...jobCounts.values()].reduce((a, b) => a + b, 0);
  const countBefore = count();
  const actual = run();
  expect([tf.memory().numTensors, unrolledBackendInfo()!.usedBytes]).toEqual(before);
  expect(count() - countBefore).toBe(jobs);
  return [actual, expected];
}

const largestDifference = (a: Float32Array, b: Float32Array) =>
  b.reduce((worst, value, i) => Math.max(worst, Math.abs(value - a[i]!)), a.length - b.length);

const OPS = { add: tf.add, sub: tf.sub, mul: tf.mul, div: tf.div };

test.each([
  { a: [7, 11], b: [7, 11], jobs: 4 },
  { a: [3, 5, 7], b: [], jobs: 4 },
  { a: [1], b: [4, 33], jobs: 4 },
  { a: [3, 5, 7], b: [7], jobs: 4 },
  { a: [3, 5, 7], b: [3, 5, 1], jobs: 4 },
  { a: [3, 1, 1], b: [3, 5, 7], jobs: 4 },
  { a: [9, 1], b: [1, 13], jobs: 4 },
  { a: [1, 5, 7], b: [3, 5, 7], jobs: 4 },
  // Split between two threads, by rows and by columns.
  { a: [331, 403], b: [331, 403], jobs: 4 },
  { a: [1003, 131], b: [131], jobs: 4 },
  { a: [1003, 131], b: [1003, 1], jobs: 4 },
  { a: [5, 30001], b: [30001], jobs: 4 },
  // Several matrices, one job each.
  { a: [3, 1, 70], b: [3, 5, 70], jobs: 12 },
  { a: [3, 20, 30], b: [20, 1], jobs: 12 },
  { a: [4, 1, 31], b: [1, 11, 31], jobs: 16 },
  // Small tensors, and more axes: tfjs's own kernel.
  { a: [3, 1, 7], b: [1, 5, 1], jobs: 0 },
  { a: [3, 5, 1], b: [1, 5, 7], jobs: 0 },
  { a: [7], b: [7], jobs: 0 },
  { a: [2, 1, 16, 17], b: [1, 3, 1, 17], jobs: 0 },
])('two operands, $a and $b, to the last bit', async ({ a, b, jobs }) => {
  const [x, y] = [values(a), values(b)];
  for (const op of Object.values(OPS)) {
    const [actual, expected] = await onBoth(() => op(tf.tensor(x, a), tf.tensor(y, b)), jobs / 4);
    if (expected.length < 1000) expect(actual).toEqual(expected);
    else expect(actual.findIndex((value, i) => !Object.is(value, expected[i]))).toBe(-1);
  }
});

test('integers are left to tfjs', async () => {
  const integers = Array.from({ length: 70 }, (_, i) => i - 30);
  const [actual, expected] = await onBoth(
    () => tf.mul(tf.tensor1d(integers, 'int32'), tf.scalar(3, 'int32')),
    0,
  );
  expect(actual).toEqual(expected);
});

test('sqrt, square and neg, to the last bit, NaN and infinities too', async () => {
  const x = Float32Array.from([...values([90]), Number.NaN, Infinity, -Infinity, -0, 0, 1e-42]);
  for (const op of [tf.sqrt, tf.square, tf.neg]) {
    const [actual, expected] = await onBoth(() => op(tf.tensor1d(x)), 1);
    expect(actual).toEqual(expected);
  }
});

test.each([
  { shape: [6, 17], axis: undefined, jobs: 1 },
  { shape: [6, 17], axis: 0, jobs: 1 },
  { shape: [6, 17], axis: 1, jobs: 1 },
  { shape: [3, 5, 7], axis: [0, 1], jobs: 1 },
  { shape: [3, 5, 7], axis: [1, 2], jobs: 1 },
  { shape: [3, 5, 7], axis: [1], jobs: 0 },
  { shape: [3, 8, 33], axis: [1], jobs: 3 },
  { shape: [2, 5, 8, 33], axis: [2], jobs: 10 },
  { shape: [3, 5, 7], axis: [0, 2], jobs: 0 },
  { shape: [1, 100], axis: [0], jobs: 0 },
])('the sum of $shape over $axis', async ({ shape, axis, jobs }) => {
  const x = values(shape);
  for (const keepDims of [false, true]) {
    const [actual, expected] = await onBoth(() => {
      const sum = tf.sum(tf.tensor(x, shape), axis, keepDims);
      return tf.concat([tf.reshape(sum, [-1]), tf.tensor1d(sum.shape)]);
    }, jobs);
    expect(largestDifference(actual, expected)).toBeLessThan(1e-5);
  }
});

test.each([
  { shape: [3, 80, 13], axis: 1, jobs: 4 },
  { shape: [70, 3], axis: 0, jobs: 2 },
  { shape: [3, 5, 7], axis: 1, jobs: 0 },
  // Along rows: tfjs's own order of sums.
  { shape: [3, 80], axis: 1, jobs: 0 },
  { shape: [1, 80], axis: 1, jobs: 0 },
])('the mean of $shape over $axis, to the last bit', async ({ shape, axis, jobs }) => {
  const x = values(shape);
  for (const keepDims of [false, true]) {
    const [actual, expected] = await onBoth(() => tf.mean(tf.tensor(x, shape), axis, keepDims), jobs);
    expect(actual).toEqual(expected);
  }
});

test('the mean of all, and of integers', async () => {
  const x = values([9, 23]);
  const [actual, expected] = await onBoth(() => tf.mean(tf.tensor(x, [9, 23])), 2);
  expect(largestDifference(actual, expected)).toBeLessThan(1e-6);
  const integers = await onBoth(() => tf.mean(tf.range(0, 300, 1, 'int32')), 0);
  expect(integers[0]).toEqual(integers[1]);
});

test('relu and its gradient, to the last bit, NaN and infinities too', async () => {
  const x = Float32Array.from([...values([90]), Number.NaN, Infinity, -Infinity, -0, 0, 1e-42]);
  for (const op of [tf.relu, (t: tf.Tensor) => tf.step(t), (t: tf.Tensor) => tf.step(t, 0.25)]) {
    const [actual, expected] = await onBoth(() => op(tf.tensor1d(x)), 0);
    expect(actual).toEqual(expected);
  }
  const [slope, expected] = await onBoth(() => tf.grad((t: tf.Tensor) => tf.relu(t))(tf.tensor1d(x)), 1);
  expect(slope).toEqual(expected);
});

test.each([[[5, 7]], [[3, 4, 65]], [[400, 130]], [[2, 1]]])('softmax of %j', async (shape) => {
  const x = values(shape).map((value) => value * 20);
  const [actual, expected] = await onBoth(() => tf.softmax(tf.tensor(x, shape)), 1);
  expect(largestDifference(actual, expected)).toBeLessThan(1e-6);
});

test('softmax of extreme logits', async () => {
  const logits = [3e38, 0, -3e38, Infinity, 0, 0, -Infinity, 1, 1];
  const [actual, expected] = await onBoth(() => tf.softmax(tf.tensor2d(logits, [3, 3])), 1);
  expect(actual).toEqual(expected);
});
