/** Helpers of the tests of stacks and dropout: parts, inputs, and the message of an error. */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { bidirectional, dense, embedding, gru, type Layer, lstm, type NoState } from '../src/index';

export const B = 4;
export const T = 5;
export const LENGTHS = [5, 0, 2, 1];
export const vectors = () => tf.randomNormal([B, T, 3], 0, 1, 'float32', 1) as Tensor3D;
export const ids = () => tf.randomUniformInt([B, T], 0, 6, 1) as Tensor2D;

/** The message of the UnrolledError that `body` throws. */
export function refusal(body: () => unknown): string {
  try {
    tf.tidy(() => void body());
  } catch (error) {
    expect((error as Error).name, (error as Error).stack).toBe('UnrolledError');
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

/** Runs a body in a tidy, and checks that it leaves no tensor. */
export const clean = (body: () => void) => () => {
  const before = tf.memory().numTensors;
  tf.tidy(body);
  expect(tf.memory().numTensors).toBe(before);
};

/** A user-defined many-to-one layer: the mean over the steps, [B, T, 4] → [B, 4]. */
export const meanOverSteps: Layer<Record<string, never>, NoState, 'vectors', Tensor2D> = {
  name: 'meanOverSteps',
  inputSize: 4,
  outputSize: 4,
  init: () => ({}),
  zeroState: () => ({}),
  unroll: (_params, inputs, _state, { lengths } = {}) => ({
    output: tf.tidy(() => {
      const [rows, steps] = inputs.shape;
      const counts = lengths ?? Array<number>(rows).fill(steps);
      const valid = counts.flatMap((length) => Array.from({ length: steps }, (_, time) => +(time < length)));
      const mask = tf.tensor3d(valid, [rows, steps, 1], 'bool');
      const sum = tf.sum(tf.where(mask, inputs, tf.zerosLike(inputs)), 1);
      return tf.div(
        sum,
        tf.tensor2d(
          counts.map((count) => Math.max(1, count)),
          [rows, 1],
        ),
      ) as Tensor2D;
    }),
    state: {},
  }),
};

export const first = lstm({ inputSize: 3, units: 4 });
export const second = gru({ inputSize: 4, units: 4 });
export const head = dense({ inputSize: 4, units: 2, activation: 'tanh' });
export const wide = dense({ inputSize: 4, units: 4 });
export const table = embedding({ vocabularySize: 6, dimension: 3 });
export const both = bidirectional(lstm({ inputSize: 3, units: 2 }), gru({ inputSize: 3, units: 2 }));
