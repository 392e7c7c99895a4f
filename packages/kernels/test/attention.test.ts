/**
 * Attention compared with a float64 loop and its gradients, on several numbers of threads and with both
 * executors.
 */
import v8 from 'node:v8';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  attention,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
  useUnrolledBackend,
} from '../src/index-node';
import { generator } from './fused';

interface Case {
  readonly additive: boolean;
  readonly shapes: Record<'query' | 'keys' | 'memory' | 'valid' | 'vector', number[]>;
  readonly arrays: Record<'query' | 'keys' | 'memory' | 'valid' | 'vector', Float32Array>;
  /** Weights of the loss over context and alignments. */
  readonly weights: { readonly context: Float32Array; readonly alignments: Float32Array };
}
type Arrays = Record<string, Float64Array>;

function randomCase(seed: number, most: number): Case {
  const random = generator(seed);
  const integer = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const size = () => integer(1, most);
  const [batch, time, positions, keys, memory] = [integer(1, 5), integer(1, 4), size(), size(), size()];
  const shapes = {
    query: [batch, time, keys],
    keys: [batch, positions, keys],
    memory: [batch, positions, memory],
    valid: [batch, positions],
    vector: [keys],
  };
  const floats = (shape: number[]) =>
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random() * 2 - 1);
  const all = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, floats(shape)]));
  const weights = { context: floats([batch, time, memory]), alignments: floats([batch, time, positions]) };
  return { additive: random() < 0.5, shapes, arrays: all as Case['arrays'], weights };
}

/** Context, alignments and all gradients in float64. */
function reference({ additive, shapes, arrays, weights }: Case): Arrays {
  const [batch, time, size] = shapes.query as [number, number, number];
  const [positions, width] = [shapes.memory[1]!, shapes.memory[2]!];
  const { query, keys, memory, valid, vector } = arrays;
  const zeros = (of: ArrayLike<number>) => new Float64Array(of.length);
  const made = { context: zeros(weights.context), alignments: zeros(weights.alignments) };
  const d = { query: zeros(query), keys: zeros(keys), memory: zeros(memory), vector: zeros(vector) };
  for (let b = 0; b < batch; b++)
    for (let t = 0; t < time; t++) {
      const step = b * time + t;
      const real = Array.from({ length: positions }, (_, s) => s).filter(
        (s) => valid[b * positions + s]! > 0,
      );
      const q = (u: number) => query[step * size + u]!;
      const k = (s: number, u: number) => keys[(b * positions + s) * size + u]!;
      const m = (s: number, j: number) => memory[(b * positions + s) * width + j]!;
      const over = (count: number, f: (i: number) => number) =>
        Array.from({ length: count }, (_, i) => f(i)).reduce((a, c) => a + c, 0);
      const score = (s: number) =>
        over(size, (u) => (additive ? vector[u]! * Math.tanh(k(s, u) + q(u)) : k(s, u) * q(u)));
      const scores = real.map(score);
      const raised = scores.map((one) => Math.exp(one - Math.max(...scores)));
      const sum = raised.reduce((a, c) => a + c, 0);
      const shares = raised.map((one) => one / sum);
      const dContext = (j: number) => weights.context[step * width + j]!;
      const dShares = real.map(
        (s) => over(width, (j) => dContext(j) * m(s, j)) + weights.alignments[step * positions + s]!,
      );
      const mean = shares.reduce((a, share, i) => a + share * dShares[i]!, 0);
      real.forEach((s, i) => {
        made.alignments[step * positions + s] = shares[i]!;
        const dScore = shares[i]! * (dShares[i]! - mean);
        for (let j = 0; j < width; j++) {
          made.context[step * width + j]! += shares[i]! * m(s, j);
          d.memory[(b * positions + s) * width + j]! += shares[i]! * dContext(j);
        }
        for (let u = 0; u < size; u++) {
          const squashed = Math.tanh(k(s, u) + q(u));
          const slope = vector[u]! * (1 - squashed * squashed);
          d.query[step * size + u]! += dScore * (additive ? slope : k(s, u));
          d.keys[(b * positions + s) * size + u]! += dScore * (additive ? slope : q(u));
          d.vector[u]! += dScore * squashed;
        }
      });
    }
  return { ...made, ...d };
}

/** Context, alignments and all gradients by the kernel. */
function computed({ additive, shapes, arrays, weights }: Case): Record<string, Float32Array> {
  const result: Record<string, Float32Array> = {};
  tf.tidy(() => {
    const names = ['query', 'keys', 'memory', ...(additive ? ['vector'] : [])] as (keyof Case['arrays'])[];
    const valid = tf.tensor2d(arrays.valid, shapes.valid as [number, number]);
    const loss = (...given: tf.Tensor[]) => {
      const [query, keys, memory, vector] = given as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D, tf.Tensor1D];
      const { context, alignments } = attention(query, { keys, memory, valid, vector });
      result.context = context.dataSync<'float32'>();
      result.alignments = alignments.dataSync<'float32'>();
      return tf.add(
        tf.sum(tf.mul(context, tf.tensor(weights.context, context.shape))),
        tf.sum(tf.mul(alignments, tf.tensor(weights.alignments, alignments.shape))),
      ) as tf.Scalar;
    };
    const gradients = tf.grads(loss)(names.map((name) => tf.tensor(arrays[name], shapes[name])));
    names.forEach((name, i) => {
      result[name] = gradients[i]!.dataSync<'float32'>();
    });
  });
  return result;
}

// Node 20 supports a fused multiply-add in WebAssembly, which the native kernels use, only behind a flag.
beforeAll(() => v8.setFlagsFromString('--experimental-wasm-relaxed-simd'));
afterAll(() => unregisterUnrolledBackend());

test('context, alignments and gradients are those of a float64 loop', async () => {
  await useUnrolledBackend({ threads: 2 });
  for (let seed = 1; seed <= 40; seed++) {
    const one = randomCase(seed, 37);
    const expected = reference(one);
    for (const [name, values] of Object.entries(computed(one))) {
      const largest = expected[name]!.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-2);
      const wrong = values.findIndex(
        (value, i) => !(Math.abs(value - expected[name]![i]!) <= 1e-5 * largest),
      );
      expect(wrong, `case ${seed}, ${name}: ${values[wrong]} instead of ${expected[name]![wrong]}`).toBe(-1);
    }
  }
  expect(tf.memory().numTensors).toBe(0);
});

test('the same bits on any number of threads, and under both executors', async () => {
  const cases = Array.from({ length: 24 }, (_, seed) => randomCase(100 + seed, 90));
  const bits = (one: Case) =>
    Object.values(computed(one)).map((values) =>
      Array.from(values, (x) => (Object.is(x, -0) ? '-0' : x)).join(),
    );
  await useUnrolledBackend({ executor: 'webassembly', binary: 'relaxed', threads: 1 });
  const expected = cases.map(bits);
  for (const threads of [2, 3]) {
    await useUnrolledBackend({ threads });
    expect(cases.map(bits)).toEqual(expected);
  }
  await useUnrolledBackend({ executor: 'auto', binary: 'auto', threads: 2 });
  if (unrolledBackendInfo()!.executor.name !== 'native') return;
  expect(cases.map(bits)).toEqual(expected);
});

test('what does not fit is refused', async () => {
  await useUnrolledBackend({ threads: 1 });
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const query = tf.zeros<tf.Rank.R3>([2, 3, 4]);
    const source = {
      keys: tf.zeros<tf.Rank.R3>([2, 5, 4]),
      memory: tf.zeros<tf.Rank.R3>([2, 5, 6]),
      valid: tf.ones<tf.Rank.R2>([2, 5]),
    };
    const wrong = { ...source, memory: tf.zeros<tf.Rank.R3>([2, 4, 6]) };
    expect(() => attention(query, wrong)).toThrow('expected memory to be float32 [2, 5');
    const vector = tf.zeros<tf.Rank.R1>([5]);
    expect(() => attention(query, { ...source, vector })).toThrow('expected vector to be float32 [4]');
    const second = () =>
      tf.grad((x: tf.Tensor) => tf.grad((y: tf.Tensor) => attention(y as typeof query, source).context)(x))(
        query,
      );
    expect(second).toThrow('a first-order gradient');
  });
  expect(tf.memory().numTensors).toBe(before);
});
