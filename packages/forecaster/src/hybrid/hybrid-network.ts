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
import { candidateCount, type Example, type ExampleShape, inputSizeOf, inputsOf } from './examples';

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
  const join = (name: 'candidates' | 'targets' | 'weights') => {
    const size = examples[0]?.[name].length ?? 0;
    const all = new Float32Array(examples.length * size);
    for (const [at, example] of examples.entries()) all.set(example[name], at * size);
    return all;
  };
  return {
    ...{ count: examples.length, inputs: inputsOf(examples), candidates: join('candidates') },
    ...{ targets: join('targets'), weights: join('weights') },
  };
}

/**
 * A gated recurrent layer reads the window. Its last output gives the weights of the K candidates, which vary
 * along the horizon, and a correction of each step:
 *
 *     ŷₕ = Σₖ softmax(aₖ + bₖ·(h/(H − 1) − ½)) · candidateₖₕ + dₕ
 *
 * The head starts at 0, so before training all candidates have the same weight and nothing is added.
 */
export function hybridNetwork(shape: ExampleShape, units: number) {
  const { window, horizon } = shape;
  const inputSize = inputSizeOf(shape);
  const count = candidateCount(shape.season);
  const recurrent = stack([gru({ inputSize, units })]);
  const head = dense({ inputSize: units, units: 2 * count + horizon, kernelInitializer: 'zeros' });
  const spread = spreadOf(count, horizon);
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
        const [lines, added] = tf.split(output, [2 * count, horizon], 1) as [Tensor2D, Tensor2D];
        const product = tf.matMul(lines, tf.tensor2d(spread, [2 * count, horizon * count]));
        const logits = tf.reshape(product, [rows, horizon, count]);
        const candidates = tf.tensor3d(batch.candidates, [rows, horizon, count]);
        return tf.add(tf.sum(tf.mul(tf.softmax(logits), candidates), -1), added) as Tensor2D;
      });
    },
  };
}

/**
 * [2K, H·K]. The product with this matrix gives aₖ + bₖ·(h/(H − 1) − ½) for each h and k. It is one product,
 * because tfjs adds tensors of different shapes one element at a time, which would take most of a step.
 */
function spreadOf(count: number, horizon: number): Float32Array {
  const width = horizon * count;
  const spread = new Float32Array(2 * count * width);
  for (let ahead = 0; ahead < horizon; ahead++) {
    for (let k = 0; k < count; k++) {
      spread[k * width + ahead * count + k] = 1;
      spread[(count + k) * width + ahead * count + k] = ahead / Math.max(1, horizon - 1) - 0.5;
    }
  }
  return spread;
}

export type HybridNetwork = ReturnType<typeof hybridNetwork>;
