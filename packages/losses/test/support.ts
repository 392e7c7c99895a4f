import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Runs `body` and checks that it leaks no tensor. */
export function withoutLeak<T>(body: () => T): T {
  const before = tf.memory().numTensors;
  const result = tf.tidy(() => body() as never) as T;
  expect(tf.memory().numTensors).toBe(before);
  return result;
}

/** max|a − b| ≤ tolerance · max(|b|, floor) */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = 1e-5,
  floor = 1e-6,
): void {
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(floor, ...Array.from(expected, Math.abs));
  const worst = Math.max(0, ...Array.from(actual, (value, index) => Math.abs(value - expected[index]!)));
  expect(worst / largest, `${Array.from(actual)} against ${Array.from(expected)}`).toBeLessThanOrEqual(
    tolerance,
  );
}

/**
 * Compares tfjs's gradient of a loss with central differences, which in float32 have an error of about 1e-2.
 */
export function expectGradient(lossOf: (x: Tensor) => Scalar, at: Tensor, size = 1e-2): void {
  const analytic = tf.tidy(() =>
    tf
      .grad((x: Tensor) => lossOf(x))(at)
      .dataSync()
      .slice(),
  );
  const values = at.dataSync().slice();
  const numeric = Float64Array.from(values, (value, index) => {
    const lossAt = (moved: number) =>
      tf.tidy(() => {
        const copy = values.slice();
        copy[index] = moved;
        return lossOf(tf.tensor(copy, at.shape)).dataSync()[0]!;
      });
    const [above, below] = [Math.fround(value + size), Math.fround(value - size)];
    return (lossAt(above) - lossAt(below)) / (above - below);
  });
  expectClose(analytic, numeric, 1e-2, 1e-3);
}
