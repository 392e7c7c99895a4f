import * as tf from '@tensorflow/tfjs-core';
import {
  embeddingLookup,
  hasFusedKernel,
  linear,
  lstmSequence,
  meanSoftmaxCrossEntropy,
  softmaxCrossEntropy,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
  useUnrolledBackend,
} from '@unrolled/kernels';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generator } from './fused';

beforeAll(() => useUnrolledBackend({ threads: 2 }));
afterAll(() => unregisterUnrolledBackend());

const random = generator(77);
const values = (size: number, scale = 1) =>
  Float32Array.from({ length: size }, () => (random() * 2 - 1) * scale);

/** Results of a function on two backends, as arrays. Counts the live tensors on this package's backend. */
async function onBoth(f: () => tf.Tensor[]): Promise<[Float32Array[], Float32Array[]]> {
  const run = () => {
    const tensors = tf.tidy(f);
    const arrays = tensors.map((tensor) => tensor.dataSync<'float32'>());
    for (const tensor of tensors) tensor.dispose();
    return arrays;
  };
  await tf.setBackend('cpu');
  const expected = run();
  await tf.setBackend('unrolled');
  const before = [tf.memory().numTensors, unrolledBackendInfo()!.usedBytes];
  const actual = run();
  expect([tf.memory().numTensors, unrolledBackendInfo()!.usedBytes]).toEqual(before);
  return [actual, expected];
}

function expectClose(actual: Float32Array[], expected: Float32Array[], tolerance = 1e-4) {
  expect(actual.length).toBe(expected.length);
  expected.forEach((array, n) => {
    const size = Math.max(1e-2, ...array.map(Math.abs));
    array.forEach((value, i) => {
      expect(Math.abs(actual[n]![i]! - value) / size, `tensor ${n}, element ${i}`).toBeLessThan(tolerance);
    });
  });
}

test.each([
  [1, 1, 1],
  [2, 3, 5],
  [7, 9, 17],
  [22, 33, 20],
  [3, 300, 9],
  [41, 20, 26],
])('matMul %i × %i × %i, all transposes, batched, broadcast and with gradients', async (m, k, n) => {
  for (const [transposeA, transposeB] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    for (const [aBatch, bBatch] of [
      [1, 1],
      [3, 3],
      [3, 1],
      [1, 3],
    ] as const) {
      const a = values(aBatch * m * k);
      const b = values(bBatch * k * n);
      const [actual, expected] = await onBoth(() => {
        const left = tf.tensor3d(a, transposeA ? [aBatch, k, m] : [aBatch, m, k]);
        const right = tf.tensor3d(b, transposeB ? [bBatch, n, k] : [bBatch, k, n]);
        const product = tf.matMul(left, right, transposeA, transposeB);
        // tfjs's gradient of a broadcast a has the wrong shape on every backend.
        if (aBatch < bBatch) return [product];
        const gradient = tf.grad((x) => tf.sum(tf.square(tf.matMul(x, right, transposeA, transposeB))))(left);
        return [product, gradient];
      });
      expectClose(actual, expected);
    }
  }
});

test('threads do not share scratch: a product with edges on all sides stays the same over many runs', async () => {
  const [a, b] = [tf.tensor2d(values(700 * 41), [700, 41]), tf.tensor2d(values(37 * 41), [37, 41])];
  const first = tf.tidy(() => tf.matMul(a, b, false, true).dataSync<'float32'>());
  for (let run = 0; run < 150; run++) {
    const again = tf.tidy(() => tf.matMul(a, b, false, true).dataSync<'float32'>());
    // Float32Array's own equality compares values; a NaN, or -0 instead of 0, counts as a difference.
    expect(
      again.every((value, i) => Object.is(value, first[i])),
      `run ${run}`,
    ).toBe(true);
  }
  tf.dispose([a, b]);
});

test('fused matMul with a bias and with an activation', async () => {
  const [a, b, bias] = [values(6 * 11), values(11 * 13), values(13)];
  for (const activation of ['linear', 'relu'] as const) {
    const [actual, expected] = await onBoth(() => [
      tf.fused.matMul({
        a: tf.tensor2d(a, [6, 11]),
        b: tf.tensor2d(b, [11, 13]),
        bias: tf.tensor1d(bias),
        activation,
      }),
    ]);
    expectClose(actual, expected);
  }
});

test('softmaxCrossEntropy and its gradient', async () => {
  for (const [rows, classes] of [
    [1, 2],
    [5, 7],
    [400, 65],
    [3, 1000],
  ] as const) {
    const logits = values(rows * classes, 9);
    const ids = Int32Array.from({ length: rows }, () => Math.floor(random() * classes));
    const weights = values(rows);
    const [actual, expected] = await onBoth(() => {
      const labels = tf.tensor1d(ids, 'int32');
      const loss = (x: tf.Tensor) =>
        tf.getBackend() === 'unrolled'
          ? softmaxCrossEntropy(x as tf.Tensor2D, labels)
          : tf.neg(tf.sum(tf.mul(tf.oneHot(labels, classes), tf.logSoftmax(x)), 1));
      const x = tf.tensor2d(logits, [rows, classes]);
      return [loss(x), tf.grad((y) => tf.sum(tf.mul(loss(y), tf.tensor1d(weights))))(x)];
    });
    expectClose(actual, expected);
  }
});

test('meanSoftmaxCrossEntropy is the mean, with its gradient', () => {
  tf.tidy(() => {
    const logits = tf.tensor2d(values(35), [5, 7]);
    const ids = tf.tensor1d([0, 6, 3, 3, 1], 'int32');
    const mean = tf.valueAndGrad((x) => tf.mul(3, meanSoftmaxCrossEntropy(x as tf.Tensor2D, ids)))(logits);
    const composed = tf.valueAndGrad((x) => tf.mul(3, tf.mean(softmaxCrossEntropy(x as tf.Tensor2D, ids))))(
      logits,
    );
    expectClose([mean.value.dataSync<'float32'>()], [composed.value.dataSync<'float32'>()], 1e-6);
    expectClose([mean.grad.dataSync<'float32'>()], [composed.grad.dataSync<'float32'>()], 1e-6);
  });
});

test('softmaxCrossEntropy of extreme logits stays finite and exact', () => {
  tf.tidy(() => {
    const logits = tf.tensor2d([1e4, -1e4, 0, 3e38, -Infinity, 0], [2, 3]);
    const loss = softmaxCrossEntropy(logits, tf.tensor1d([0, 0], 'int32'));
    expect(Array.from(loss.dataSync())).toEqual([0, 0]);
  });
});

test('embeddingLookup and its gradient, with repeated ids', async () => {
  for (const [vocabulary, dimension, count] of [
    [3, 1, 9],
    [50, 13, 40],
    [60, 33, 50],
  ] as const) {
    const table = values(vocabulary * dimension);
    const ids = Int32Array.from({ length: count }, () => Math.floor(random() * Math.min(vocabulary, 20)));
    const weights = values(count * dimension);
    const [actual, expected] = await onBoth(() => {
      const at = tf.tensor2d(ids, [1, count], 'int32');
      const look = (e: tf.Tensor): tf.Tensor =>
        tf.getBackend() === 'unrolled' ? embeddingLookup(e as tf.Tensor2D, at) : tf.gather(e, at);
      const e = tf.tensor2d(table, [vocabulary, dimension]);
      const loss = (x: tf.Tensor) => tf.sum(tf.mul(look(x), tf.tensor3d(weights, [1, count, dimension])));
      return [look(e), tf.grad(loss)(e)];
    });
    expectClose(actual, expected);
  }
});

test('linear and its gradients', async () => {
  for (const [rows, inner, units] of [
    [1, 1, 1],
    [6, 5, 3],
    [700, 37, 41],
    [5001, 7, 11],
  ] as const) {
    const arrays = [values(rows * inner), values(inner * units), values(units)];
    const [actual, expected] = await onBoth(() => {
      const apply = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor) =>
        tf.getBackend() === 'unrolled'
          ? linear(x, w as tf.Tensor2D, b)
          : tf.reshape(tf.add(tf.matMul(tf.reshape(x, [rows, inner]), w as tf.Tensor2D), b), [
              1,
              rows,
              units,
            ]);
      const inputs = [
        tf.tensor3d(arrays[0]!, [1, rows, inner]),
        tf.tensor2d(arrays[1]!, [inner, units]),
        tf.tensor1d(arrays[2]!),
      ];
      const loss = (...[x, w, b]: tf.Tensor[]) => tf.sum(tf.square(apply(x!, w!, b!)));
      return [apply(inputs[0]!, inputs[1]!, inputs[2]!), ...tf.grads(loss)(inputs)];
    });
    expectClose(actual, expected);
  }
});

test('parts of a tensor outlive it', () => {
  const whole = tf.matMul(tf.ones([8, 8]), tf.ones([8, 8]));
  const slice = tf.slice(whole, [2, 0], [1, 8]);
  const [first] = tf.split(whole, 8, 0);
  const read = whole.dataSync();
  whole.dispose();
  const other = tf.matMul(tf.zeros([8, 8]), tf.ones([8, 8]));
  expect(Array.from(slice.dataSync())).toEqual(new Array(8).fill(8));
  expect(Array.from(first!.dataSync())).toEqual(new Array(8).fill(8));
  expect(read[0]).toBe(8);
  for (const tensor of [slice, other, ...(tf.engine().state.activeScope?.track ?? [])]) tensor.dispose();
});

test('the fused kernels are what runs', async () => {
  const zeros = (shape: [number, number]) => tf.zeros(shape) as tf.Tensor2D;
  const tensors = {
    kernel: zeros([2, 12]),
    recurrentKernel: zeros([3, 12]),
    bias: tf.zeros([12]),
    initialH: zeros([1, 3]),
    initialC: zeros([1, 3]),
  };
  const profile = await tf.profile(() => {
    const { output, h, c } = lstmSequence({ x: tf.zeros([1, 4, 2]), ...tensors });
    for (const tensor of [output, h, c]) tensor.dispose();
    return tf.zeros([1]);
  });
  expect(profile.kernels.map(({ name }) => name)).toContain('LstmSequence');
  expect(hasFusedKernel('lstmSequence')).toBe(true);
});

test('mistakes are told with what was expected', async () => {
  const logits = tf.zeros([2, 3]) as tf.Tensor2D;
  expect(() => softmaxCrossEntropy(logits, tf.tensor1d([0, 3], 'int32'))).toThrow(
    /expected ids from 0 to 2, got 3 at position 1/,
  );
  expect(() => softmaxCrossEntropy(logits, tf.tensor1d([0], 'int32'))).toThrow(
    /expected ids to be int32 \[2\], got int32 \[1\]/,
  );
  await tf.setBackend('cpu');
  expect(hasFusedKernel('linear')).toBe(false);
  expect(() => linear(tf.zeros([1, 2]), tf.zeros([2, 2]) as tf.Tensor2D)).toThrow(
    /got 'cpu': await useUnrolledBackend\(\)/,
  );
  await tf.setBackend('unrolled');
});
