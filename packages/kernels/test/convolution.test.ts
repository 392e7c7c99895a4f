import * as tf from '@tensorflow/tfjs-core';
import {
  convolution,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
  useUnrolledBackend,
} from '@unrolled/kernels';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generator } from './fused';

beforeAll(() => useUnrolledBackend({ threads: 3 }));
afterAll(() => unregisterUnrolledBackend());

const random = generator(41);
const values = (size: number) => Float32Array.from({ length: size }, () => random() * 2 - 1);
const between = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
const oneOf = <T>(choices: readonly T[]) => choices[between(0, choices.length - 1)]!;

/** Results on a backend. Checks that no tensor or memory leaks. */
async function on(backend: 'cpu' | 'unrolled', f: () => tf.Tensor[]): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const before = [tf.memory().numTensors, unrolledBackendInfo()!.usedBytes];
  const tensors = tf.tidy(f);
  const arrays = tensors.map((tensor) => tensor.dataSync<'float32'>());
  for (const tensor of tensors) tensor.dispose();
  expect([tf.memory().numTensors, unrolledBackendInfo()!.usedBytes]).toEqual(before);
  return arrays;
}

function expectClose(actual: Float32Array[], expected: Float32Array[], what: string) {
  expected.forEach((array, n) => {
    const size = Math.max(1e-2, ...array.map(Math.abs));
    const worst = array.reduce((most, value, i) => Math.max(most, Math.abs(actual[n]![i]! - value)), 0);
    expect(actual[n]!.length).toBe(array.length);
    expect(worst / size, `${what}, tensor ${n}`).toBeLessThan(2e-5);
  });
}

const jobs = () => new Map(unrolledBackendInfo()!.jobCounts);

test('tfjs’s convolutions and their gradients are those of its own kernels, over random shapes', async () => {
  for (let n = 0; n < 60; n++) {
    const window = [between(1, 4), between(1, 4)] as const;
    const strides = [between(1, 3), between(1, 3)] as [number, number];
    const [channels, outputs] = [oneOf([1, 2, 3, 5, 8, 13, 50]), oneOf([1, 3, 4, 8, 9, 17, 100])];
    // The native kernels read rows of 13 targets or more from one strip.
    const width = n % 3 === 0 ? between(13, 60) : between(4, 11);
    const sizes = [between(1, 3), between(4, 11), width, channels] as const;
    const pad = oneOf(['same', 'valid', 1] as const);
    const x = values(sizes.reduce((a, b) => a * b));
    const filter = values(window[0] * window[1] * channels * outputs);
    const bias = values(outputs);
    const run = () => {
      const [w, b] = [tf.tensor4d(filter, [...window, channels, outputs]), tf.tensor1d(bias)];
      const picture = tf.tensor4d(x, [...sizes]);
      const y = tf.fused.conv2d({ x: picture, filter: w, strides, pad, bias: b });
      const weights = tf.tensor(
        values(y.size)
          .fill(0)
          .map((_, i) => Math.sin(i)),
        y.shape,
      );
      const loss = (a: tf.Tensor, f: tf.Tensor) =>
        tf.sum(tf.mul(weights, tf.conv2d(a as tf.Tensor4D, f as tf.Tensor4D, strides, pad)));
      return [y, ...tf.grads(loss as never)([picture, w]), ...dilated(picture, w, pad)];
    };
    const [actual, expected] = [await on('unrolled', run), await on('cpu', run)];
    expectClose(actual, expected, JSON.stringify({ window, strides, sizes, outputs, pad }));
  }
  expect([...jobs().keys()]).toEqual(
    expect.arrayContaining(['packFilter', 'convolution', 'filterGradient', 'sumFilterGradient']),
  );
});

const dilated = (x: tf.Tensor4D, filter: tf.Tensor4D, pad: 'same' | 'valid' | 1) => {
  const fits = filter.shape[0] < 3 && filter.shape[1] < 3;
  return fits ? [tf.conv2d(x, filter, 1, pad, 'NHWC', [2, 3])] : [];
};

test('convolution has gradients through dilations, strides and padding, on both backends the same', async () => {
  for (let n = 0; n < 20; n++) {
    const options = {
      strides: [between(1, 3), between(1, 3)],
      dilations: [between(1, 3), between(1, 3)],
      padding: oneOf([
        'same',
        'valid',
        [
          [2, 0],
          [1, 3],
        ],
      ] as const),
    } as const;
    const window = [between(1, 3), between(1, 3), 5, 4] as const;
    const given = [values(2 * 9 * 8 * 5), values(window.reduce((a, b) => a * b)), values(4)] as const;
    const run = () => {
      const inputs = [
        tf.tensor4d(given[0], [2, 9, 8, 5]),
        tf.tensor4d(given[1], [...window]),
        tf.tensor1d(given[2]),
      ];
      const y = (...[a, w, b]: tf.Tensor[]) =>
        convolution(a as tf.Tensor4D, w as tf.Tensor4D, b as tf.Tensor1D, options as never);
      return [y(...inputs), ...tf.grads((...all) => tf.sum(tf.square(y(...all))))(inputs)];
    };
    const [actual, expected] = [await on('unrolled', run), await on('cpu', run)];
    expectClose(actual, expected, JSON.stringify({ window, ...options }));
  }
});

test('convolution refuses what does not fit', () => {
  const [x, filter] = [tf.zeros<tf.Rank.R4>([1, 3, 3, 2]), tf.zeros<tf.Rank.R4>([4, 4, 2, 1])];
  expect(() => convolution(x, filter)).toThrow(/with the output \[1, 0, 0, 1\]: pad the images/);
  expect(() => convolution(x, tf.zeros<tf.Rank.R4>([1, 1, 3, 1]))).toThrow(/expected x to be float32/);
  expect(() => convolution(x, filter, undefined, { strides: 0 })).toThrow(/strides/);
  expect(() =>
    convolution(x, filter, undefined, {
      padding: [
        [1, -1],
        [0, 0],
      ],
    }),
  ).toThrow(/padding to be/);
  expect(() => convolution(x, filter, undefined, { pad: 'same' } as never)).toThrow(/pad/);
});

test('pooling and its gradients are those of tfjs, also where windows overlap', async () => {
  for (let n = 0; n < 40; n++) {
    const window = [between(1, 3), between(1, 3)] as [number, number];
    const strides = [between(1, 3), between(1, 3)] as [number, number];
    const sizes = [between(1, 3), between(3, 9), between(3, 9), oneOf([1, 3, 4, 17])] as const;
    const pad = oneOf(['same', 'valid'] as const);
    // Few different values, so that a window often has its maximum twice.
    const x = values(sizes.reduce((a, b) => a * b)).map((value) => Math.round(value * 3));
    const run = () => {
      const picture = tf.tensor4d(x, [...sizes]);
      const gradient = (pool: (a: tf.Tensor4D) => tf.Tensor) =>
        tf.grad((a) => {
          const y = pool(a as tf.Tensor4D);
          return tf.sum(
            tf.mul(
              y,
              tf.tensor(
                Float32Array.from({ length: y.size }, (_, i) => Math.cos(i)),
                y.shape,
              ),
            ),
          );
        })(picture);
      const maximum = (a: tf.Tensor4D) => tf.maxPool(a, window, strides, pad);
      const mean = (a: tf.Tensor4D) => tf.avgPool(a, window, strides, pad);
      // tfjs's own gradient of a padded mean does not match its mean.
      const means = pad === 'valid' ? [gradient(mean)] : [];
      return [maximum(picture), mean(picture), gradient(maximum), ...means];
    };
    const [actual, expected] = [await on('unrolled', run), await on('cpu', run)];
    expectClose(actual, expected, JSON.stringify({ window, strides, sizes, pad }));
  }
  expect([...jobs().keys()]).toEqual(expect.arrayContaining(['pool', 'poolGradient']));
});

test('the gradient of a padded mean is that of the mean', async () => {
  await tf.setBackend('unrolled');
  tf.tidy(() => {
    const x = tf.ones([1, 3, 3, 1]) as tf.Tensor4D;
    const gradient = tf.grad((a) => tf.sum(tf.avgPool(a as tf.Tensor4D, 2, 2, 'same')))(x);
    expect([...gradient.dataSync()]).toEqual([0.25, 0.25, 0.5, 0.25, 0.25, 0.5, 0.5, 0.5, 1]);
  });
});

test('any number of threads gives the same bits', async () => {
  const runs: Float32Array[][] = [];
  for (const threads of [1, 2, 3]) {
    await useUnrolledBackend({ threads });
    const source = generator(5);
    const draw = (shape: number[]) =>
      tf.tensor(
        Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => source() - 0.5),
        shape,
      );
    const f = () => {
      const x = draw([3, 21, 19, 20]) as tf.Tensor4D;
      const filter = draw([3, 3, 20, 27]) as tf.Tensor4D;
      const loss = (a: tf.Tensor, w: tf.Tensor) => {
        const y = tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, [2, 1], 'same');
        return tf.sum(tf.square(tf.avgPool(tf.maxPool(y, 3, 1, 'same'), 2, 2, 'same')));
      };
      return [tf.conv2d(x, filter, [2, 1], 'same'), ...tf.grads(loss as never)([x, filter])];
    };
    runs.push(await on('unrolled', f));
  }
  expect(runs[1]).toEqual(runs[0]);
  expect(runs[2]).toEqual(runs[0]);
});

test('what the kernels do not cover is left to tfjs', async () => {
  const run = () => {
    const x = tf.reshape(tf.linspace(0, 1, 2 * 4 * 4 * 3), [2, 4, 4, 3]) as tf.Tensor4D;
    const filter = tf.reshape(tf.linspace(-1, 1, 2 * 2 * 3 * 4), [2, 2, 3, 4]) as tf.Tensor4D;
    const turned = tf.transpose(x, [0, 3, 1, 2]) as tf.Tensor4D;
    return [
      tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', activation: 'relu' }),
      tf.conv2d(turned, filter, 1, 'valid', 'NCHW'),
      tf.conv2dTranspose(x, tf.transpose(filter, [0, 1, 3, 2]) as tf.Tensor4D, [2, 8, 8, 4], 2, 'same'),
    ];
  };
  expectClose(await on('unrolled', run), await on('cpu', run), 'others');
});
