/** Gates of the minimal cells that underflow or overflow a float. The paper computes them in log space. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { disposeTree, minGru, minLstm, unroll } from '../src/index';

/** f' = σ(f)/(σ(f) + σ(i)), computed from the pre-activations only. */
const kept = (f: number, i: number) => {
  const softplus = (x: number) => (x > 30 ? x : Math.log1p(Math.exp(x)));
  return 1 / (1 + Math.exp(softplus(-f) - softplus(-i)));
};

const pairs = [-2000, -150, -104, -88, -45, -21, -19, 0, 45, 2000].flatMap((f) =>
  [f, f + 0.5, f - 3, -f].map((i): [number, number] => [f, i]),
);

describe('minLstm', () => {
  it.each([undefined, false])('keeps f/(f + i) of its state, whatever their size, fused: %s', (fused) => {
    const before = tf.memory().numTensors;
    const cell = minLstm({ inputSize: 2, units: 1, useBias: false, activation: 'linear' });
    const params = { kernel: tf.tensor2d([1, 0, 0, 0, 1, 0], [2, 3]) };
    const initialState = { h: tf.ones<tf.Rank.R2>([pairs.length, 1]) };
    const inputs = tf.tensor3d(pairs.flat(), [pairs.length, 1, 2]);
    const { output, state } = unroll(cell, params, inputs, {
      initialState,
      ...(fused === false && { fused }),
    });
    const values = output.dataSync();
    pairs.forEach(([f, i], row) => {
      expect(values[row], `f ${f}, i ${i}`).toBeCloseTo(kept(f, i), 5);
    });
    const gradient = tf.grad((x) =>
      tf.sum(
        unroll(cell, params, x as tf.Tensor3D, { initialState, ...(fused === false && { fused }) }).output,
      ),
    );
    const slopes = gradient(inputs);
    expect([...slopes.dataSync()].every(Number.isFinite)).toBe(true);
    disposeTree([params, initialState, inputs, output, state, slopes]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('minGru', () => {
  it.each([undefined, false])('keeps σ(−z) of its state, whatever its size, fused: %s', (fused) => {
    const cell = minGru({ inputSize: 1, units: 1, useBias: false, activation: 'linear' });
    const params = { kernel: tf.tensor2d([1, 0], [1, 2]) };
    const gates = [-2000, -100, -20, 0, 20, 100, 2000];
    const initialState = { h: tf.ones<tf.Rank.R2>([gates.length, 1]) };
    const inputs = tf.tensor3d(gates, [gates.length, 1, 1]);
    const { output, state } = unroll(cell, params, inputs, {
      initialState,
      ...(fused === false && { fused }),
    });
    const values = output.dataSync();
    gates.forEach((z, row) => {
      expect(values[row], `z ${z}`).toBeCloseTo(1 / (1 + Math.exp(z)), 5);
    });
    disposeTree([params, initialState, inputs, output, state]);
  });
});
