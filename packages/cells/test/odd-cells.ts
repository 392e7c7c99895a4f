/** Valid cells of unusual form, for which the contract suite must report nothing. */
import type { Scalar, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyPart, bidirectional, type Cell, unrollSteps } from '../src/index';
import { SIZE, sound } from './wrong-cells';

/** The common properties; each cell adds its own parameters and state. */
const shared = { name: 'odd', inputSize: SIZE, outputSize: SIZE };
const zeros = (batchSize: number) => tf.zeros<tf.Rank.R2>([batchSize, SIZE]);

/** h' = d·h + x with a decay d that starts at ½ for every seed. */
const decay: Cell<{ d: Scalar }, { h: Tensor2D }> = {
  ...shared,
  init: () => ({ d: tf.scalar(0.5) }),
  zeroState: (batchSize) => ({ h: zeros(batchSize) }),
  step: ({ d }, x, { h }) =>
    tf.tidy(() => {
      const next: Tensor2D = tf.add(tf.mul(h, d), x);
      return { output: next, state: { h: tf.clone(next) } };
    }),
};

/** A parameter that the output does not depend on. */
const idle: Cell<{ d: Scalar; unused: Scalar }, { h: Tensor2D }> = {
  ...decay,
  init: () => ({ d: tf.scalar(0.5), unused: tf.scalar(1) }),
};

/** A state of records and lists, with one number per row that counts the steps. */
const nested: Cell<object, { memory: [Tensor2D, { count: Tensor2D }] }> = {
  ...shared,
  init: () => ({}),
  zeroState: (batchSize) => ({ memory: [zeros(batchSize), { count: tf.zeros([batchSize, 1]) }] }),
  step: (_params, x, { memory: [h, { count }] }) =>
    tf.tidy(() => {
      const next: Tensor2D = tf.tanh(tf.add(x, tf.div(h, tf.add(count, 1))));
      return { output: next, state: { memory: [tf.clone(next), { count: tf.add(count, 1) }] } };
    }),
};

/** A state that is a single tensor of three axes: an outer product that decays. */
const matrix: Cell<object, Tensor3D> = {
  ...shared,
  init: () => ({}),
  zeroState: (batchSize) => tf.zeros([batchSize, SIZE, SIZE]),
  step: (_params, x, before) =>
    tf.tidy(() => {
      const outer = tf.mul(tf.expandDims(x, 1), tf.expandDims(tf.tanh(x), 2));
      const next: Tensor3D = tf.add(tf.mul(before, 0.5), outer);
      return { output: tf.sum(next, 2) as Tensor2D, state: next };
    }),
};

/** Neither parameters nor a state. */
const square: Cell<object, object> = {
  ...shared,
  init: () => ({}),
  zeroState: () => ({}),
  step: (_params, x) => ({ output: tf.square(x), state: {} }),
};

/** The last two inputs. Its state affects only the next step. */
const window: Cell<{ w: Tensor }, { before: Tensor2D }> = {
  ...shared,
  init: () => ({ w: tf.ones([1, SIZE]) }),
  zeroState: (batchSize) => ({ before: zeros(batchSize) }),
  step: ({ w }, x, { before }) =>
    tf.tidy(() => ({ output: tf.add(tf.mul(x, w), before) as Tensor2D, state: { before: tf.clone(x) } })),
};

/** Its own `unroll` is the public step loop, without a tidy around it. */
const looped = {
  ...sound,
  unroll: (...[params, inputs, state, options]: Parameters<NonNullable<typeof sound.unroll>>) =>
    unrollSteps(sound, params, inputs, state, options),
};

export const odd: [string, AnyPart][] = [
  ['parameters that no seed changes', decay],
  ['a parameter that nothing depends on', idle],
  ['a state in records and lists', nested],
  ['a state that is a tensor', matrix],
  ['neither parameters nor a state', square],
  ['a state that is the last input', window],
  ['an unroll that is unrollSteps alone', looped],
  ['both directions of two of them', bidirectional(nested, looped)],
];
