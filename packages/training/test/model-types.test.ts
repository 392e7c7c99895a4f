/** Models of any kind in `train` and `evaluate`, with inferred types, and dropout without a context. */
import type { Scalar, Tensor1D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  bidirectional,
  dense,
  dropout,
  dropoutWrapper,
  gru,
  lastOutput,
  lstm,
  type ManyToMany,
  type ManyToOne,
  type ParamsOf,
  stack,
  unroll,
} from '@unrolled/cells';
import { expect, it } from 'vitest';
import { evaluate, type LossOf, train } from '../src/index';

const models = {
  small: lastOutput(lstm({ inputSize: 2, units: 1 })),
  deep: stack([
    ...Array.from({ length: 2 }, () => gru({ inputSize: 2, units: 2 })),
    lastOutput(bidirectional(gru({ inputSize: 2, units: 2 }), gru({ inputSize: 2, units: 2 }))),
    dropout({ rate: 0.5 }),
    dense({ inputSize: 4, units: 1 }),
  ]),
};

/** Rows of three steps; the target is the sum of all numbers. */
const batch = {
  x: [
    [
      [0.1, 0.2],
      [0.3, 0],
      [0.1, 0.1],
    ],
    [
      [0, 0.5],
      [0.1, 0.1],
      [0.2, 0],
    ],
  ],
  y: [0.8, 0.9],
};

/** Trains a model of any kind for some steps; returns the losses. */
async function fit(model: ManyToOne, withContext = true): Promise<number[]> {
  const initial = model.init(1);
  const run = train({
    params: initial,
    batches: [batch],
    learningRate: 0.05,
    steps: 5,
    lossOf: (params, { x, y }, _state, context) => {
      const { output } = unroll(model, params, tf.tensor3d(x), withContext ? { context } : {});
      const error = tf.sub(tf.squeeze<Tensor1D>(output, [1]), y);
      return { loss: tf.mean(tf.square(error)) as Scalar };
    },
  });
  const losses: number[] = [];
  try {
    for await (const { loss } of run) losses.push(loss);
    const again = await evaluate({
      params: run.params,
      batches: [batch],
      lossOf: (params, { x, y }) => {
        // No gradient is computed, so no context is needed.
        const { output } = unroll(model, params, tf.tensor3d(x));
        return { loss: tf.mean(tf.squaredDifference(tf.squeeze<Tensor1D>(output, [1]), y)) as Scalar };
      },
    });
    expect(again).toBeGreaterThan(0);
  } finally {
    tf.dispose([initial, run.params]);
  }
  return losses;
}

it('train takes every model that gives one output a row', async () => {
  const before = tf.memory().numTensors;
  for (const model of Object.values(models)) {
    const losses = await fit(model);
    expect(losses).toHaveLength(5);
    expect(await fit(model)).toEqual(losses);
  }
  expect(tf.memory().numTensors).toBe(before);
});

it('train takes models of a record, by types that infer', async () => {
  const before = tf.memory().numTensors;
  for (const model of Object.values(models)) {
    const initial = model.init(1);
    const run = train({
      params: initial,
      batches: [batch],
      learningRate: 0.05,
      steps: 1,
      lossOf: (params, { x, y }, _state, context) => {
        const { output } = unroll(model, params, tf.tensor3d(x), { context });
        return { loss: tf.mean(tf.squaredDifference(tf.squeeze<Tensor1D>(output, [1]), y)) as Scalar };
      },
    });
    for await (const { loss } of run) expect(loss).toBeGreaterThan(0);
    tf.dispose([initial, run.params]);
  }
  expect(tf.memory().numTensors).toBe(before);
});

it('train refuses dropout that is given no context, and leaves nothing', async () => {
  const before = tf.memory().numTensors;
  const words = 'pass the context of lossOf: unroll(model, params, inputs, { context })';
  await expect(fit(models.deep, false)).rejects.toThrow(words);
  const wrapped = lastOutput(dropoutWrapper(lstm({ inputSize: 2, units: 1 }), { state: 0.5 }));
  await expect(fit(wrapped, false)).rejects.toThrow(words);
  expect(await fit(models.small, false)).toHaveLength(5);
  expect(tf.memory().numTensors).toBe(before);
});

it('a function takes any model that gives one output a step', () => {
  const meanOf = (model: ManyToMany, x: Tensor3D) =>
    tf.tidy(() => tf.mean(unroll(model, model.init(1), x).output, [0, 1]).shape);
  const x = tf.zeros<tf.Rank.R3>([2, 3, 2]);
  expect(meanOf(gru({ inputSize: 2, units: 3 }), x)).toEqual([3]);
  x.dispose();
});

it('a loss stands apart from the run that takes it, by a type of two arguments where no state is carried', async () => {
  const model = models.small;
  const lossOf: LossOf<ParamsOf<typeof model>, Tensor3D> = (params, x, _state, context) => ({
    loss: tf.mean(unroll(model, params, x, { context }).output),
  });
  const x = tf.ones<tf.Rank.R3>([2, 3, 2]);
  const run = train({ params: () => model.init(1), lossOf, batches: [x], learningRate: 0.1, steps: 1 });
  for await (const { loss } of run) {
    expect(loss).toBe(await evaluate({ params: model.init(1), lossOf, batches: [x] }));
  }
});
