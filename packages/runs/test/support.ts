import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { dense, dropout, gru, random, type StateOf, stack, unroll } from '@unrolled/cells';
import { type LossOf, type TokenBatch, tokenBatch } from '@unrolled/training';
import { afterAll, beforeAll } from 'vitest';

const V = 5;
export const batchSize = 4;
const steps = 5;

/** A small model of ids with dropout, and its usual loss. */
export const model = stack([
  gru({ inputSize: V, units: 4, inputKind: 'ids' }),
  dropout({ size: 4, rate: 0.3 }),
  dense({ inputSize: 4, units: V }),
]);
export type Params = ReturnType<typeof model.init>;
export type State = StateOf<typeof model>;

/** The mean cross-entropy of a batch, and the state after it. */
export const lossOf: LossOf<Params, TokenBatch, State> = (params, batch, initialState, context) => {
  const { inputs, targets } = tokenBatch(batch);
  const { output, state } = unroll(model, params, inputs, { initialState, context });
  const likely = tf.sum(tf.mul(tf.oneHot(targets, V), tf.logSoftmax(output)), -1);
  return { loss: tf.neg(tf.mean(likely)) as tf.Scalar, state };
};

/** Batches of random ids, the same for the same seed. */
export function idBatches(count: number, seed = 1): TokenBatch[] {
  const draws = random(seed);
  const ids = () => Int32Array.from({ length: batchSize * steps }, () => Math.floor(draws.uniform() * V));
  return Array.from({ length: count }, () => ({ inputs: ids(), targets: ids(), batchSize, steps }));
}

/** A directory for a file of tests, as a function that joins paths onto it; it is removed in the end. */
export function temporaryDirectory(): (...parts: string[]) => string {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'unrolled-runs-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  return (...parts) => path.join(directory, ...parts);
}
