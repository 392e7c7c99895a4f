/**
 * Ten steps of each rule, compared with PyTorch and Keras in float64. If it fails, first generate the numbers
 * again: `python fixtures/make_optimizers.py` (see fixtures/README.md).
 */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel } from '@unrolled/kernels';
import { describe, expect, it } from 'vitest';
import { adam, type Optimizer, rmsprop, sgd, train } from '../src/index';
import { complaint, withoutLeak } from './support';

type Numbers = { shape: number[]; values: number[] };
type Golden = {
  optimizer: {
    learningRate: number;
    beta1: number;
    beta2: number;
    epsilon: number;
    decay: number;
    momentum: number;
    weightDecay: number;
  };
  parameters: Numbers;
  gradients: Numbers;
  expected: Numbers;
};
const read = (name: string) =>
  JSON.parse(
    readFileSync(new URL(`../../../fixtures/optimizers/${name}.json`, import.meta.url), 'utf8'),
  ) as Golden;

/** Passes the gradients g of each step through the loss Σ p·g; returns the parameters after each step. */
async function follow(optimizer: Optimizer, learningRate: number, start: number[], gradients: number[][]) {
  // A matrix, because weight decay applies only to matrices.
  const params = { p: tf.tensor2d([start]) };
  const run = train({
    params,
    batches: gradients,
    lossOf: ({ p }, gradient) => ({ loss: tf.sum(tf.mul(p, tf.tensor2d([gradient]))) }),
    optimizer,
    learningRate,
    epochs: 1,
  });
  params.p.dispose();
  const after: Float32Array[] = [];
  for await (const _ of run) after.push(run.params.p.dataSync<'float32'>().slice());
  run.params.p.dispose();
  return after;
}

const rows = ({ values, shape }: Numbers): number[][] =>
  Array.from({ length: shape[0]! }, (_, row) => values.slice(row * shape[1]!, (row + 1) * shape[1]!));

const adamOptions = ({ beta1, beta2, epsilon, weightDecay }: Golden['optimizer']) => ({
  beta1,
  beta2,
  epsilon,
  weightDecay,
});

const withoutFused = (optimizer: Optimizer): Optimizer => ({ ...optimizer, fused: undefined });
const paths = hasFusedKernel('updateParameters')
  ? [{ path: 'the fused op', through: (optimizer: Optimizer) => optimizer }]
  : [];

describe.each([...paths, { path: 'tfjs ops', through: withoutFused }])('through $path', ({ through }) => {
  it.each([
    ['adam-torch', (given: Golden['optimizer']) => adam(adamOptions(given))],
    ['adamw-torch', (given: Golden['optimizer']) => adam(adamOptions(given))],
    ['adam-keras', (given: Golden['optimizer']) => adam({ ...adamOptions(given), epsilonHat: true })],
    [
      'rmsprop-keras',
      (given: Golden['optimizer']) => rmsprop({ decay: given.decay, epsilon: given.epsilon }),
    ],
    ['sgd-torch', () => sgd()],
    ['sgd-momentum-torch', (given: Golden['optimizer']) => sgd({ momentum: given.momentum })],
  ] as const)('%s: the parameters after each of ten steps', async (name, make) => {
    await withoutLeak(async () => {
      const { optimizer, parameters, gradients, expected } = read(name);
      const after = await follow(
        through(make(optimizer)),
        optimizer.learningRate,
        parameters.values,
        rows(gradients),
      );
      expect(after).toHaveLength(10);
      for (const [index, row] of rows(expected).entries()) {
        for (const [place, value] of row.entries()) {
          expect(
            Math.abs(after[index]![place]! - value),
            `step ${index + 1}, parameter ${place}`,
          ).toBeLessThan(2e-5 * Math.max(1, Math.abs(value)));
        }
      }
    });
  });

  it('rmsprop with momentum is its formula', async () => {
    await withoutLeak(async () => {
      const gradients = [[1], [-2], [0.5], [3]];
      const after = await follow(
        through(rmsprop({ decay: 0.9, momentum: 0.8, epsilon: 1e-3 })),
        0.1,
        [1],
        gradients,
      );
      let [p, s, m] = [1, 0, 0];
      for (const [index, [g]] of (gradients as [number][]).entries()) {
        s = 0.9 * s + 0.1 * g * g;
        m = 0.8 * m + (0.1 * g) / Math.sqrt(s + 1e-3);
        p -= m;
        expect(after[index]![0]).toBeCloseTo(p, 5);
      }
    });
  });
});

it('uses the fused op exactly where the backend has it', async () => {
  const params = { p: tf.tensor1d([1, 2]) };
  const run = train({
    params,
    batches: [0],
    lossOf: ({ p }) => ({ loss: tf.sum(tf.square(p)) }),
    learningRate: 0.1,
    steps: 1,
  });
  const { kernelNames } = await tf.profile(async () => {
    for await (const _ of run);
    return [];
  });
  tf.dispose([params, run.params]);
  expect(kernelNames.includes('UpdateParameters')).toBe(hasFusedKernel('updateParameters'));
});

it('takes a rule of the user', async () => {
  await withoutLeak(async () => {
    const signs: Optimizer = {
      name: 'signs',
      settings: {},
      slots: [],
      update: ({ parameter, gradient, learningRate }) => ({
        parameter: tf.sub(parameter, tf.mul(tf.sign(gradient), learningRate)),
        slots: {},
      }),
    };
    const after = await follow(signs, 0.25, [1, 1, 1], [[3, -0.1, 0]]);
    expect([...after[0]!]).toEqual([0.75, 1.25, 1]);
  });
});

it('refuses settings out of range, and names that it does not know', async () => {
  expect(await complaint(() => adam({ beta1: 1 }))).toBe(
    '[unrolled/training] adam: expected beta1 in [0, 1), got 1: pass a number in [0, 1)',
  );
  expect(await complaint(() => adam({ weightDecay: -1 }))).toBe(
    '[unrolled/training] adam: expected weightDecay of at least 0, got -1: pass a number of at least 0',
  );
  expect(await complaint(() => rmsprop({ decay: -1 }))).toMatch('decay in [0, 1)');
  expect(await complaint(() => sgd({ momentum: 2 }))).toMatch('momentum in [0, 1)');
  const options = {
    params: {},
    batches: [0],
    lossOf: () => ({ loss: tf.scalar(0) }),
    learningRate: 1,
    steps: 1,
  };
  expect(await complaint(() => train({ ...options, optimizer: 'adamw' as never }))).toMatch(
    'one of the names adam, rmsprop, sgd, got "adamw": adam({ weightDecay: 0.01 }) is AdamW',
  );
});
