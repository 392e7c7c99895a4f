/**
 * The other fused ops on TensorFlow, compared with the WebAssembly kernels, which other tests compare with
 * tfjs's ops.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  embeddingLookup,
  linear,
  meanSoftmaxCrossEntropy,
  type ParameterUpdate,
  registerUnrolledBackend,
  softmaxCrossEntropy,
  unregisterUnrolledBackend,
  updateParameters,
} from '@unrolled/kernels';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { slotCount } from '../../src/ops/update-rules';
import { generator, worstDifference } from '../fused';
import { liveTensors } from './binding';

beforeAll(() => registerUnrolledBackend({ threads: 1 }));
afterAll(() => unregisterUnrolledBackend());

const random = generator(77);
const values = (size: number, scale = 1) =>
  Float32Array.from({ length: size }, () => (random() * 2 - 1) * scale);

/**
 * Runs a function on TensorFlow, where it checks for leaks, and in WebAssembly; returns both results as
 * arrays.
 */
async function onBoth(f: () => tf.Tensor[]): Promise<[Float32Array[], Float32Array[]]> {
  const run = () => {
    const tensors = tf.tidy(f);
    const arrays = tensors.map((tensor) => tensor.dataSync<'float32'>().slice());
    tf.dispose(tensors);
    return arrays;
  };
  await tf.setBackend('unrolled');
  const expected = run();
  await tf.setBackend('tensorflow');
  run(); // The first run includes the trial and creates the handles of the resource variables.
  const before = liveTensors();
  const actual = run();
  expect(liveTensors()).toEqual(before);
  return [actual, expected];
}

function expectClose([actual, expected]: [Float32Array[], Float32Array[]], tolerance = 1e-4) {
  const named = (arrays: Float32Array[]) =>
    Object.fromEntries(arrays.map((array, n) => [`tensor ${n}`, array]));
  const { name, error } = worstDifference(named(actual), named(expected));
  expect(error, name).toBeLessThan(tolerance);
}

test.each([
  [1, 2],
  [5, 7],
  [400, 65],
])('softmaxCrossEntropy of %i rows, %i classes, its mean, and the gradients', async (rows, classes) => {
  const logits = values(rows * classes, 9);
  const ids = Int32Array.from({ length: rows }, () => Math.floor(random() * classes));
  const weights = values(rows);
  const results = await onBoth(() => {
    const labels = tf.tensor1d(ids, 'int32');
    const x = tf.tensor2d(logits, [rows, classes]);
    const sum = (y: tf.Tensor) =>
      tf.sum(tf.mul(softmaxCrossEntropy(y as tf.Tensor2D, labels), tf.tensor1d(weights)));
    const mean = (y: tf.Tensor) => tf.mul(3, meanSoftmaxCrossEntropy(y as tf.Tensor2D, labels));
    return [sum(x), tf.grad(sum)(x), mean(x), tf.grad(mean)(x)];
  });
  expectClose(results);
});

test('softmaxCrossEntropy of extreme logits stays finite and exact; an id out of range is told', async () => {
  await tf.setBackend('tensorflow');
  tf.tidy(() => {
    const logits = tf.tensor2d([1e4, -1e4, 0, 3e38, -Infinity, 0], [2, 3]);
    const loss = softmaxCrossEntropy(logits, tf.tensor1d([0, 0], 'int32'));
    expect(Array.from(loss.dataSync())).toEqual([0, 0]);
    expect(() => softmaxCrossEntropy(logits, tf.tensor1d([0, 3], 'int32'))).toThrow(
      /expected ids from 0 to 2, got 3 at position 1/,
    );
  });
});

test('embeddingLookup and its gradient, with repeated ids', async () => {
  const table = values(50 * 13);
  const ids = Int32Array.from({ length: 40 }, () => Math.floor(random() * 20));
  const weights = values(40 * 13);
  const results = await onBoth(() => {
    const at = tf.tensor2d(ids, [2, 20], 'int32');
    const e = tf.tensor2d(table, [50, 13]);
    const loss = (x: tf.Tensor) =>
      tf.sum(tf.mul(embeddingLookup(x as tf.Tensor2D, at), tf.tensor3d(weights, [2, 20, 13])));
    return [embeddingLookup(e, at), tf.grad(loss)(e)];
  });
  expectClose(results);
  tf.tidy(() => {
    const ids = tf.tensor1d([-1], 'int32');
    expect(() => embeddingLookup(tf.zeros([2, 2]) as tf.Tensor2D, ids)).toThrow(/ids from 0 to 1, got -1/);
  });
});

test.each([
  [1, 1, 1],
  [6, 5, 3],
  [70, 37, 41],
])('linear %i × %i × %i and its gradients, in three axes', async (rows, inner, units) => {
  const arrays = [values(2 * rows * inner), values(inner * units), values(units)];
  const results = await onBoth(() => {
    const inputs = [
      tf.tensor3d(arrays[0]!, [2, rows, inner]),
      tf.tensor2d(arrays[1]!, [inner, units]),
      tf.tensor1d(arrays[2]!),
    ];
    const loss = (...[x, w, b]: tf.Tensor[]) => tf.sum(tf.square(linear(x!, w as tf.Tensor2D, b)));
    const [x, w] = inputs as [tf.Tensor, tf.Tensor2D];
    return [
      linear(x, w),
      linear(...(inputs as [tf.Tensor, tf.Tensor2D, tf.Tensor])),
      ...tf.grads(loss)(inputs),
    ];
  });
  expectClose(results);
});

const adam = { kind: 'adam', learningRate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-3, step: 1 } as const;
const UPDATES: ParameterUpdate[] = [
  adam,
  { ...adam, epsilonHat: false, weightDecay: 0.1 },
  { ...adam, clip: { globalNorm: 3 } },
  { kind: 'rmsprop', learningRate: 0.01, decay: 0.95, epsilon: 1e-8 },
  { kind: 'rmsprop', learningRate: 0.01, decay: 0.95, epsilon: 1e-8, momentum: 0.9, clip: { value: 0.5 } },
  { kind: 'sgd', learningRate: 0.1 },
  { kind: 'sgd', learningRate: 0.1, momentum: 0.9, clip: { globalNorm: 1e9 } },
];

test.each(UPDATES)('updateParameters: $kind, momentum $momentum, clip $clip', async (options) => {
  const shapes = [[3], [41, 7], [130, 100]];
  const sizes = shapes.map((shape) => shape.reduce((a, b) => a * b, 1));
  const initial = sizes.map((size) => values(size));
  const gradients = [1, 2, 3].map(() => sizes.map((size) => values(size)));
  const results = await onBoth(() => {
    const make = (array: Float32Array, i: number) => tf.variable(tf.tensor(array, shapes[i]));
    const parameters = initial.map(make);
    const slots = Array.from({ length: slotCount(options) }, () =>
      sizes.map((size, i) => make(new Float32Array(size), i)),
    );
    const norms = gradients.map((arrays, n) => {
      const now = options.kind === 'adam' ? { ...options, step: n + 1 } : options;
      const tensors = arrays.map((array, i) => tf.tensor(array, shapes[i]));
      return updateParameters(now, parameters, tensors, slots).gradientNorm;
    });
    const all = [...parameters, ...slots.flat()];
    const copies = all.map((variable) => tf.clone(variable));
    tf.dispose(all);
    return [...copies, tf.tensor1d(norms)];
  });
  expectClose(results);
});

test('updateParameters changes no other tensor, no array of the user, and nothing when a gradient is not finite', async () => {
  await tf.setBackend('tensorflow');
  const given = new Float32Array([1, 2]);
  const initial = tf.tensor1d(given);
  const variable = tf.variable(initial);
  const alias = tf.reshape(variable, [2, 1]);
  const sgd = { kind: 'sgd', learningRate: 1 } as const;
  const update = (...gradient: number[]) =>
    tf.tidy(() => updateParameters(sgd, [variable], [tf.tensor1d(gradient)], []).gradientNorm);
  expect(update(3, 4)).toBe(5);
  expect(Array.from(given)).toEqual([1, 2]);
  expect(Array.from(initial.dataSync())).toEqual([1, 2]);
  expect(Array.from(alias.dataSync())).toEqual([1, 2]);
  expect(Array.from(variable.dataSync())).toEqual([-2, -2]);
  expect(update(Number.NaN, 1)).toBeNaN();
  expect(update(Number.POSITIVE_INFINITY, 1)).toBe(Number.POSITIVE_INFINITY);
  expect(Array.from(variable.dataSync())).toEqual([-2, -2]);
  // Squares beyond float32's range must not stop the update.
  expect(update(3e30, 4e30)).toBeCloseTo(5e30, -25);
  tf.dispose([initial, alias, variable]);
});
