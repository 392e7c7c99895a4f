import * as tf from '@tensorflow/tfjs-core';
import { unregisterUnrolledBackend, useUnrolledBackend } from '@unrolled/kernels';
import { afterAll, beforeAll, expect, test } from 'vitest';

beforeAll(() => useUnrolledBackend({ threads: 1 }));
afterAll(() => unregisterUnrolledBackend());

/**
 * Floats over the whole range: every 4,099th bit pattern of both signs except NaNs, and the neighbourhoods of
 * the points where formulas change.
 */
function floats(): Float32Array {
  const bits: number[] = [];
  for (let pattern = 0; pattern <= 0x7f800000; pattern += 4099)
    bits.push(pattern, (pattern | 0x80000000) >>> 0);
  bits.push(0, 0x80000000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 1, 0x80000001);
  const all = new Float32Array(Uint32Array.from(bits).buffer);
  const edges = [
    -88.8, -87.4, -87.33, -87, -86.9, 0.0004, -0.0004, 7.9, -7.91, 8, 87, 88, 88.7, 88.722, 88.7229, 104,
  ];
  const near = edges.flatMap((edge) => Array.from({ length: 400 }, (_, i) => edge * (1 + (i - 200) * 1e-5)));
  const middle = Float32Array.from({ length: 200_001 }, (_, i) => (i - 100_000) / 1000);
  return Float32Array.from([...all, ...near, ...middle]);
}

const inputs = floats();
const on = (f: (x: tf.Tensor1D) => tf.Tensor) => tf.tidy(() => f(tf.tensor1d(inputs)).dataSync<'float32'>());

/** The largest `error` over all inputs, and the input where it occurs. */
function worst(result: Float32Array, error: (x: number, y: number) => number): { x: number; error: number } {
  let found = { x: 0, error: 0 };
  inputs.forEach((x, i) => {
    const e = error(x, result[i]!);
    if (!(e <= found.error)) found = { x, error: e };
  });
  return found;
}

test('exp: relative error at most 2.5e-7 where the result is normal, 0 and Infinity beyond', () => {
  const { x, error } = worst(on(tf.exp), (at, y) => {
    const exact = Math.exp(at);
    if (at < -87.33) return y === 0 || Math.abs(y / exact - 1) < 2.5e-7 ? 0 : 1;
    if (exact > 3.4028234e38) return y === Infinity || y > 3.4028e38 ? 0 : 1;
    return y === exact ? 0 : Math.abs(y / exact - 1);
  });
  expect(error, `at ${x}`).toBeLessThan(2.5e-7);
});

test('sigmoid: relative error at most 4e-7 from -87 up, absolute error at most 2e-38 below', () => {
  const { x, error } = worst(on(tf.sigmoid), (at, y) => {
    const exact = 1 / (1 + Math.exp(-at));
    return at < -87 ? (Math.abs(y - exact) <= 2e-38 ? 0 : 1) : Math.abs(y / exact - 1);
  });
  expect(error, `at ${x}`).toBeLessThan(4e-7);
});

test('tanh: relative error at most 6e-7, never beyond ±1', () => {
  const result = on(tf.tanh);
  const { x, error } = worst(result, (at, y) => {
    const exact = Math.tanh(at);
    return Math.abs(y) > 1 ? 1 : y === exact || at === 0 ? 0 : Math.abs(y / exact - 1);
  });
  expect(error, `at ${x}`).toBeLessThan(6e-7);
});

test('infinities give the limits, NaN gives NaN', () => {
  const x = tf.tensor1d([...new Array(61).fill(0), Infinity, -Infinity, Number.NaN]);
  const last = (f: (x: tf.Tensor1D) => tf.Tensor) => Array.from(tf.tidy(() => f(x).dataSync()).slice(61));
  expect(last(tf.exp)).toEqual([Infinity, 0, Number.NaN]);
  expect(last(tf.tanh)).toEqual([1, -1, Number.NaN]);
  const [one, tiny, nan] = last(tf.sigmoid);
  expect(one).toBe(1);
  expect(tiny).toBeLessThan(2e-38);
  expect(nan).toBeNaN();
  x.dispose();
});
