/** User-defined cells on the linear recurrence, thirty lines each. */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type Cell,
  type DenseParams,
  dense,
  linearRecurrence,
  maskSequence,
  positive,
  unroll,
} from '../src/index';

interface Sizes {
  inputSize: number;
  units: number;
}

type TwoGates = { z: DenseParams; h: DenseParams };

/** minGRU: h' = (1 − z)∘h + z∘g(x·Wh + bh), z = σ(x·Wz + bz). */
export function ownMinGru({ inputSize, units }: Sizes): Cell<TwoGates, { h: Tensor2D }> {
  const [toZ, toH] = [dense({ inputSize, units }), dense({ inputSize, units })];
  return {
    name: 'ownMinGru',
    inputSize,
    outputSize: units,
    init: (seed) => ({ z: toZ.init(seed), h: toH.init(seed + 1) }),
    zeroState: (batchSize) => ({ h: tf.zeros([batchSize, units]) }),
    step(params, x, { h }) {
      const next = tf.tidy(() => {
        const z = tf.sigmoid(toZ.step(params.z, x, {}).output);
        const candidate = positive(toH.step(params.h, x, {}).output);
        return tf.add(tf.mul(tf.sub(1, z), h), tf.mul(z, candidate)) as Tensor2D;
      });
      return { output: next, state: { h: tf.clone(next) } };
    },
    unroll(params, inputs, { h }, { lengths, reverse } = {}) {
      return tf.tidy(() => {
        const z = tf.sigmoid(unroll(toZ, params.z, inputs, { lengths }).output);
        const candidate = positive(unroll(toH, params.h, inputs, { lengths }).output);
        const options = { initialState: h, lengths, reverse };
        const { output, state } = linearRecurrence(tf.sub(1, z), tf.mul(z, candidate), options);
        return { output, state: { h: state } };
      });
    },
  };
}

/**
 * QRNN with fo-pooling (Bradbury et al., 2016), window 1: c' = f∘c + (1 − f)∘tanh(x·Wz), h = o∘c', f and o =
 * σ(x·W + b).
 */
export function qrnn({ inputSize, units }: Sizes): Cell<DenseParams, { c: Tensor2D }> {
  const gates = dense({ inputSize, units: 3 * units });
  const gatesOf = <T extends tf.Tensor>(all: T) => {
    const [z, f, o] = tf.split(all, 3, all.rank - 1) as [T, T, T];
    return { z: tf.tanh(z), f: tf.sigmoid(f), o: tf.sigmoid(o) };
  };
  return {
    name: 'qrnn',
    inputSize,
    outputSize: units,
    init: gates.init,
    zeroState: (batchSize) => ({ c: tf.zeros([batchSize, units]) }),
    step: (params, x, state) =>
      tf.tidy(() => {
        const { z, f, o } = gatesOf(gates.step(params, x, {}).output);
        const c = tf.add(tf.mul(f, state.c), tf.mul(tf.sub(1, f), z)) as Tensor2D;
        return { output: tf.mul(o, c) as Tensor2D, state: { c } };
      }),
    unroll: (params, inputs, { c }, { lengths, reverse } = {}) =>
      tf.tidy(() => {
        const { z, f, o } = gatesOf(unroll(gates, params, inputs, { lengths }).output);
        const { output, state } = linearRecurrence(f, tf.mul(tf.sub(1, f), z), {
          initialState: c,
          lengths,
          reverse,
        });
        return { output: tf.mul(o, output) as Tensor3D, state: { c: state } };
      }),
  };
}

/**
 * SRU (Lei et al., 2017): c' = f∘c + (1 − f)∘x·W, h = r∘tanh(c') + (1 − r)∘x, f and r = σ(x·W + b). Its
 * output size is its input size.
 */
export function sru({ units }: Pick<Sizes, 'units'>): Cell<DenseParams, { c: Tensor2D }> {
  const gates = dense({ inputSize: units, units: 3 * units });
  const gatesOf = <T extends tf.Tensor>(all: T) => {
    const [z, f, r] = tf.split(all, 3, all.rank - 1) as [T, T, T];
    return { f: tf.sigmoid(f), r: tf.sigmoid(r), added: tf.mul(tf.sub(1, tf.sigmoid(f)), z) as T };
  };
  const highway = <T extends tf.Tensor>(r: T, c: T, x: T) =>
    tf.add(tf.mul(r, tf.tanh(c)), tf.mul(tf.sub(1, r), x)) as T;
  return {
    name: 'sru',
    inputSize: units,
    outputSize: units,
    init: gates.init,
    zeroState: (batchSize) => ({ c: tf.zeros([batchSize, units]) }),
    step: (params, x, state) =>
      tf.tidy(() => {
        const { f, r, added } = gatesOf(gates.step(params, x, {}).output);
        const c = tf.add(tf.mul(f, state.c), added) as Tensor2D;
        return { output: highway(r, c, x), state: { c } };
      }),
    unroll: (params, inputs, { c }, { lengths, reverse } = {}) =>
      tf.tidy(() => {
        const { f, r, added } = gatesOf(unroll(gates, params, inputs, { lengths }).output);
        const { output, state } = linearRecurrence(f, added, { initialState: c, lengths, reverse });
        return { output: highway(r, output, maskSequence(inputs, lengths)), state: { c: state } };
      }),
  };
}
