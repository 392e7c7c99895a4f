/**
 * Layers and models of tfjs-layers, run unchanged on tfjs's CPU backend and accelerated on the backend
 * `unrolled`.
 */
import * as tf from '@tensorflow/tfjs';
import { unrolledBackendInfo } from '@unrolled/kernels';
import { accelerate } from '@unrolled/kernels/tf-layers';
import { expect } from 'vitest';
import { generator } from './fused';

export type Arrays = Record<string, Float32Array>;

/** Job names: one forward pass of a recurrent layer, and one backward pass. */
const FORWARD = 'forward';
const BACKWARD = 'backward';

/** Number of runs of the fused kernels so far: [forward, backward]. */
export function fusedRuns(): [forward: number, backward: number] {
  const { jobCounts } = unrolledBackendInfo()!;
  return [jobCounts.get(FORWARD) ?? 0, jobCounts.get(BACKWARD) ?? 0];
}

export function randomValues(seed: number, shape: readonly number[], scale = 1): Float32Array {
  const random = generator(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return Float32Array.from({ length: size }, () => (random() * 2 - 1) * scale);
}

/**
 * Sets random weights, also where initializers give constants such as biases. They are large enough for hard
 * gates to saturate.
 */
export function randomizeWeights(model: tf.LayersModel | tf.layers.Layer, seed = 5): void {
  tf.tidy(() => {
    const weights = model.getWeights().map(({ shape }, i) => tf.tensor(randomValues(seed + i, shape), shape));
    model.setWeights(weights);
  });
}

export function weightsOf(model: tf.LayersModel | tf.layers.Layer): Arrays {
  return Object.fromEntries(
    model.getWeights().map((weight, i) => [`weight ${i}`, weight.dataSync<'float32'>()]),
  );
}

/**
 * Checks that the largest difference is at most 1e-5, relative to the array's largest value or to 1,
 * whichever is larger.
 */
export function expectSame(actual: Arrays, expected: Arrays): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, array] of Object.entries(expected)) {
    expect(actual[name]!.length, name).toBe(array.length);
    const size = array.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    const difference = array.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - actual[name]![i]!)),
      0,
    );
    expect(difference / size, name).toBeLessThan(1e-5);
  }
}

interface Comparison {
  expected: Arrays;
  actual: Arrays;
  /** Number of runs of the fused kernels in the accelerated run: [forward, backward]. */
  runs: [number, number];
}

/**
 * Runs the same work on a model created for each backend, accelerated on the backend `unrolled`.
 *
 * @param model creates it, with the same weights each time; it is disposed of
 * @param work returns what is compared, and leaves no tensors
 */
export async function compare<M extends tf.LayersModel | tf.layers.Layer>(
  model: () => M | Promise<M>,
  work: (model: M) => Arrays | Promise<Arrays>,
): Promise<Comparison> {
  await tf.setBackend('cpu');
  const own = await model();
  const expected = await work(own);
  own.dispose();
  await tf.setBackend('unrolled');
  const before = [tf.memory().numTensors, unrolledBackendInfo()!.usedBytes];
  const ours = await model();
  accelerate(ours);
  const runsBefore = fusedRuns();
  const actual = await work(ours);
  const runs = fusedRuns().map((count, i) => count - runsBefore[i]!) as [number, number];
  ours.dispose();
  expect([tf.memory().numTensors, unrolledBackendInfo()!.usedBytes]).toEqual(before);
  expectSame(actual, expected);
  return { expected, actual, runs };
}
