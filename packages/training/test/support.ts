import * as tf from '@tensorflow/tfjs-core';
import {
  type Cell,
  dense,
  type Layer,
  lstm,
  type ParamsOf,
  type StateOf,
  stack,
  unroll,
} from '@unrolled/cells';
import { sequenceLoss } from '@unrolled/losses';
import { expect } from 'vitest';
import type { LossOf, TrainOptions, TrainRun, TrainStep } from '../src/index';

/** A batch of ids: inputs and the next ids, [batchSize, steps] row-major. */
export interface IdBatch {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
}
export const batchSize = 2;
export const steps = 4;

/** `count` batches of a repeating text of the ids 0 … 4, contiguous from one batch to the next. */
export function idBatches(count: number): IdBatch[] {
  const text = Array.from({ length: 2 * count * steps + 2 }, (_, place) => (place * place + (place % 3)) % 5);
  const row = (start: number) => text.slice(start, start + steps);
  return Array.from({ length: count }, (_, batch) => {
    const starts = [batch * steps, (count + batch) * steps];
    return {
      inputs: Int32Array.from(starts.flatMap(row)),
      targets: Int32Array.from(starts.flatMap((start) => row(start + 1))),
    };
  });
}

export const model = stack([
  lstm({ inputSize: 5, units: 6, inputKind: 'ids' }),
  dense({ inputSize: 6, units: 5 }),
]);
export type Model = typeof model;

/** The usual loss of a layer over a batch of ids, state in and out. */
export function lossOfLayer<P, S>(
  layer: Cell<P, S, 'ids'> | Layer<P, S, 'ids'>,
): LossOf<P, IdBatch, S | undefined> {
  return (params, { inputs, targets }, initialState, context) => {
    const ids = tf.tensor2d(inputs, [batchSize, steps], 'int32');
    const { output, state } = unroll(layer, params, ids, { initialState, context });
    return { loss: sequenceLoss(output, tf.tensor2d(targets, [batchSize, steps], 'int32')), state };
  };
}

export const lossOf = lossOfLayer(model) as LossOf<ParamsOf<Model>, IdBatch, StateOf<Model>>;

/** Runs to the end, and returns all steps. */
export async function finish<P>(run: TrainRun<P>): Promise<TrainStep[]> {
  const all: TrainStep[] = [];
  for await (const step of run) all.push(step);
  return all;
}

export type SmallOptions = Partial<TrainOptions<ParamsOf<Model>, IdBatch, StateOf<Model>>>;

/** Options for a small run of the model above; tests override the options that they are about. */
export function smallRun<O extends Partial<TrainOptions<ParamsOf<Model>, IdBatch, StateOf<Model>>>>(
  options: O,
) {
  return {
    lossOf,
    batches: idBatches(3),
    optimizer: 'adam' as const,
    learningRate: 0.05,
    seed: 7,
    ...options,
  };
}

/** Runs `body` and checks that it leaks no tensor. */
export async function withoutLeak<T>(body: () => T | Promise<T>): Promise<T> {
  const before = tf.memory().numTensors;
  const result = await body();
  expect(tf.memory().numTensors).toBe(before);
  return result;
}

/** The message of the UnrolledError that `body` throws. */
export async function complaint(body: () => unknown): Promise<string> {
  try {
    await body();
  } catch (error) {
    expect((error as Error).name, String((error as Error).stack)).toBe('UnrolledError');
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}
