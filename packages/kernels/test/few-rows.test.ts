/**
 * Single steps and products of a few rows, for which threads split columns instead of rows, and copies of
 * many rows: the bits must be those of one thread.
 */
import { createHash } from 'node:crypto';
import v8 from 'node:v8';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  layerType,
  type RecurrentLayer,
  recurrentSequence,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
  useUnrolledBackend,
} from '../src/index-node';
import { generator } from './fused';

// Node 20 supports a fused multiply-add in WebAssembly, which the native kernels use, only behind a flag.
beforeAll(() => v8.setFlagsFromString('--experimental-wasm-relaxed-simd'));
afterAll(() => unregisterUnrolledBackend());

const gated = { activation: 'tanh', recurrentActivation: 'sigmoid' } as const;
const LAYERS = [
  { type: 'lstm', ...gated },
  { type: 'lstm', ...gated, recurrentActivation: 'hardSigmoid' },
  { type: 'gru', variant: 'reset-after', ...gated },
  { type: 'gru', variant: 'reset-before', ...gated },
  { type: 'simpleRnn', activation: 'tanh' },
] as const;

/** Wide enough for several threads; with whole panels, and with units that do not fill a panel. */
const CASES = LAYERS.flatMap((own) =>
  [
    { rows: 5, units: 264, takesIds: own.type === 'lstm' },
    { rows: 11, units: own.type === 'lstm' ? 261 : 264, takesIds: false },
  ].map((size) => ({
    ...size,
    layer: { ...own, inputSize: own.type === 'simpleRnn' ? 400 : 70, units: size.units },
    lengths: size.rows === 11 ? [1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1] : undefined,
  })),
);

function step({ layer, rows, takesIds, lengths }: (typeof CASES)[number], seed: number): string[] {
  const random = generator(seed);
  const floats = (shape: number[]) =>
    tf.tensor(
      Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random() - 0.5),
      shape,
    );
  const { inputSize, units } = layer;
  return tf.tidy(() => {
    const own = layer as RecurrentLayer;
    const params = Object.fromEntries(
      Object.entries(layerType(own).parameters(own)).map(([name, shape]) => [name, floats([...shape])]),
    );
    const names = layer.type === 'lstm' ? ['h', 'c'] : ['h'];
    const state = Object.fromEntries(names.map((name) => [name, floats([rows, units])]));
    const ids = Array.from({ length: rows }, () => Math.floor(random() * inputSize));
    const x = takesIds ? tf.tensor2d(ids, [rows, 1], 'int32') : (floats([rows, 1, inputSize]) as tf.Tensor3D);
    const { output, state: after } = recurrentSequence(x, { layer: own, params, state }, { lengths });
    const product = tf.matMul(floats([rows, 400]), floats([400, units]));
    return [output, ...Object.values(after), product].map((tensor) =>
      Array.from(tensor.dataSync(), (value) => (Object.is(value, -0) ? '-0' : value)).join(),
    );
  });
}

/** More rows than a tile has, with weights that threads split; and rows that end before the step. */
const TRAINED = LAYERS.map((own, n) => ({
  layer: { ...own, inputSize: own.type === 'simpleRnn' ? 700 : 150, units: 256 },
  rows: n % 2 === 0 ? 40 : 70,
  lengths: n < 2 ? Array.from({ length: n === 0 ? 40 : 70 }, (_, row) => Number(row % 5 > 0)) : undefined,
}));

/** Digests of the gradients of one step. */
function gradients({ layer, rows, lengths }: (typeof TRAINED)[number], seed: number): string[] {
  const random = generator(seed);
  const floats = (shape: readonly number[]) =>
    tf.tensor(
      Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => random() - 0.5),
      [...shape],
    );
  const own = layer as RecurrentLayer;
  const names = layer.type === 'lstm' ? ['h', 'c'] : ['h'];
  const shapes = {
    ...layerType(own).parameters(own),
    ...Object.fromEntries(names.map((n) => [n, [rows, 256]])),
  };
  return tf.tidy(() => {
    const given = [
      floats([rows, 1, layer.inputSize]),
      ...Object.values(shapes).map((shape) => floats(shape)),
    ];
    const weights = floats([rows, 1, 256]);
    const all = tf.grads((...[x, ...others]) => {
      const entries = Object.keys(shapes).map((name, n) => [name, others[n]!] as const);
      const params = Object.fromEntries(entries.slice(0, -names.length));
      const state = Object.fromEntries(entries.slice(-names.length));
      const layerCall = { layer: own, params, state };
      const { output } = recurrentSequence(x as tf.Tensor3D, layerCall, { lengths });
      return tf.sum(tf.mul(output, weights));
    })(given);
    return all.map((tensor) => createHash('sha256').update(tensor.dataSync<'float32'>()).digest('hex'));
  });
}

/** A copy in runs, made by tfjs's ops. */
function copied(): Float32Array {
  return tf.tidy(() => {
    const table = tf.tensor2d(
      Float32Array.from({ length: 60_000 }, (_, n) => n),
      [300, 200],
    );
    const [, part] = tf.split(tf.concat([table, tf.neg(table)], 1), [150, 250], 1);
    return part!.dataSync<'float32'>();
  });
}

test('on any number of threads, and under both executors', async () => {
  await useUnrolledBackend({ executor: 'webassembly', binary: 'relaxed', threads: 1 });
  const expected = CASES.map(step);
  const trained = TRAINED.map(gradients);
  const table = Float32Array.from({ length: 75_000 }, (_, n) => {
    const [row, column] = [Math.floor(n / 250), 150 + (n % 250)];
    return column < 200 ? 200 * row + column : -(200 * row + column - 200);
  });
  for (const threads of [2, 3]) {
    await useUnrolledBackend({ threads });
    expect(CASES.map(step)).toEqual(expected);
    expect(TRAINED.map(gradients)).toEqual(trained);
    expect(copied()).toEqual(table);
  }
  for (const threads of [1, 3]) {
    await useUnrolledBackend({ executor: 'auto', binary: 'auto', threads });
    if (unrolledBackendInfo()!.executor.name !== 'native') return;
    expect(CASES.map(step)).toEqual(expected);
    expect(TRAINED.map(gradients)).toEqual(trained);
    expect(copied()).toEqual(table);
  }
  expect(tf.memory().numTensors).toBe(0);
});
