import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type Context,
  type DenseParams,
  dense,
  deriveSeed,
  gru,
  type HiddenState,
  stack,
  unroll,
} from '@unrolled/cells';
import { candidateCount, type Example, type ExampleShape, inputSizeOf } from './examples';

export interface HybridParams {
  readonly recurrent: readonly unknown[];
  readonly head: DenseParams;
}

/** Examples of a batch. */
export interface HybridBatch {
  readonly count: number;
  /** [B, T, I] */
  readonly inputs: Float32Array;
  /** [B, H, K] */
  readonly candidates: Float32Array;
  /** [B, H] */
  readonly targets: Float32Array;
  readonly weights: Float32Array;
}

export function batchOf(examples: readonly Example[]): HybridBatch {
  const join = (name: 'inputs' | 'candidates' | 'targets' | 'weights') => {
    const size = examples[0]?.[name].length ?? 0;
    const all = new Float32Array(examples.length * size);
    for (const [at, example] of examples.entries()) all.set(example[name], at * size);
    return all;
  };
  return {
    ...{ count: examples.length, inputs: join('inputs'), candidates: join('candidates') },
    ...{ targets: join('targets'), weights: join('weights') },
  };
}

/**
 * A gated recurrent layer reads the window. Its last output gives the weights of the K candidates, which vary
 * along the horizon, and a correction of each step:
 *
 *     ŷₕ = Σₖ softmax(aₖ + bₖ·(h/(H − 1) − ½)) · candidateₖₕ + dₕ
 *
 * The head begins at 0: before training all candidates weigh the same and nothing is added.
 */
export function hybridNetwork(shape: ExampleShape, units: number) {
  const { window, horizon } = shape;
  const inputSize = inputSizeOf(shape);
  const count = candidateCount(shape.season);
  const recurrent = stack([gru({ inputSize, units })]);
  const head = dense({ inputSize: units, units: 2 * count + horizon, kernelInitializer: 'zeros' });
  const along = Float32Array.from({ length: horizon }, (_, ahead) => ahead / Math.max(1, horizon - 1) - 0.5);
  return {
    parts: { recurrent, head },
    init(seed: number): HybridParams {
      return { recurrent: recurrent.init(deriveSeed(seed, 0)), head: head.init(deriveSeed(seed, 1)) };
    },
    /** [B, H] */
    forecast(params: HybridParams, batch: HybridBatch, context?: Context): Tensor2D {
      return tf.tidy(() => {
        const rows = batch.count;
        const inputs: Tensor3D = tf.tensor3d(batch.inputs, [rows, window, inputSize]);
        const { state } = unroll(recurrent, params.recurrent as never, inputs, { context });
        const { h } = (state as unknown as HiddenState[]).at(-1)!; // [B, units]
        const output = head.step(params.head, h, {}).output; // [B, 2K + H]
        const [fixed, sloping, added] = tf.split(output, [count, count, horizon], 1) as [
          Tensor2D,
          Tensor2D,
          Tensor2D,
        ];
        const logits = tf.add(
          tf.expandDims(fixed, 1),
          tf.mul(tf.expandDims(sloping, 1), tf.tensor3d(along, [1, horizon, 1])),
        ); // [B, H, K]
        const candidates = tf.tensor3d(batch.candidates, [rows, horizon, count]);
        return tf.add(tf.sum(tf.mul(tf.softmax(logits), candidates), -1), added) as Tensor2D;
      });
    },
  };
}

export type HybridNetwork = ReturnType<typeof hybridNetwork>;
