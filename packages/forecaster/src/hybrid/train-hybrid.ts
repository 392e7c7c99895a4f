import * as tf from '@tensorflow/tfjs-core';
import { type Context, deriveSeed, disposeTree } from '@unrolled/cells';
import {
  adam,
  cosineDecay,
  dataOf,
  permutation,
  restoreParams,
  type TensorRecord,
  train,
} from '@unrolled/training';
import type { Example } from './examples';
import { batchOf, type HybridBatch, type HybridNetwork, type HybridParams } from './hybrid-network';

export interface HybridTraining {
  readonly network: HybridNetwork;
  readonly examples: readonly Example[];
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

const CLIP = { globalNorm: 1 };
const WEIGHT_DECAY = 0.01;
/**
 * Errors are clipped at 20 usual changes, because a network learns nothing from a break in a series.
 */
const MOST_ERROR = 20;
/**
 * Weight of the networks in a forecast; the rest is the mean of the candidates. A network learns from all
 * series at once. If their newest values differ from the past, its errors are common to all series; the
 * errors of the mean are of another kind.
 */
const NETWORK_SHARE = 0.75;
/** Maximum number of examples in a forecast without a gradient. */
const LARGEST_BATCH = 512;

/**
 * Trains by Adam with weight decay on the mean absolute error in units of each window's usual change. Returns
 * the weights by path.
 */
export async function trainHybrid(options: HybridTraining): Promise<TensorRecord> {
  const { network, examples, batchSize, epochs, learningRate, seed, signal } = options;
  const perEpoch = Math.ceil(examples.length / batchSize);
  const steps = perEpoch * epochs;
  // Batches are made one at a time, because a batch repeats the inputs for the whole window at each step.
  function* batches(epoch: number) {
    const order = permutation(examples.length, deriveSeed(seed, 1), epoch);
    for (let at = 0; at < perEpoch; at++) {
      const from = Math.floor((at * examples.length) / perEpoch);
      const to = Math.floor(((at + 1) * examples.length) / perEpoch);
      yield batchOf(Array.from(order.subarray(from, to), (place) => examples[place]!));
    }
  }
  const run = train({
    params: () => network.init(deriveSeed(seed, 0)),
    lossOf: (params: HybridParams, batch: HybridBatch, _state: unknown, context: Context) => {
      const shape: [number, number] = [batch.count, batch.targets.length / batch.count];
      const errors = tf.abs(
        tf.sub(network.forecast(params, batch, context), tf.tensor2d(batch.targets, shape)),
      );
      const weights = tf.tensor2d(batch.weights, shape);
      const loss = tf.sum(tf.mul(weights, tf.minimum(errors, MOST_ERROR)));
      return { loss: tf.div(loss, tf.maximum(1, tf.sum(weights))) as tf.Scalar };
    },
    learningRate: cosineDecay({ initial: learningRate, steps }),
    optimizer: adam({ weightDecay: WEIGHT_DECAY }),
    ...{ batches, clip: CLIP, steps, signal, seed: deriveSeed(seed, 2) },
  });
  try {
    for await (const _ of run);
    return dataOf(run.params);
  } finally {
    disposeTree(run.params);
  }
}

/**
 * The mean forecasts of networks and candidates, [H] for each example, relative to its level in units of its
 * scale.
 */
export function forecastHybrid(
  network: HybridNetwork,
  members: readonly TensorRecord[],
  examples: readonly Example[],
): Float64Array[] {
  const share = NETWORK_SHARE / members.length;
  const forecasts = examples.map(({ targets, candidates }) => {
    const count = candidates.length / targets.length;
    const rest = (1 - NETWORK_SHARE) / count;
    return Float64Array.from(targets, (_, h) => {
      const these = candidates.subarray(h * count, (h + 1) * count);
      return rest * these.reduce((sum, value) => sum + value, 0);
    });
  });
  tf.tidy(() => {
    for (const weights of members) {
      const params = restoreParams(() => network.init(0), weights);
      for (let from = 0; from < examples.length; from += LARGEST_BATCH) {
        const piece = examples.slice(from, from + LARGEST_BATCH);
        const output = network.forecast(params, batchOf(piece)).dataSync<'float32'>();
        for (const [at, { targets }] of piece.entries()) {
          const into = forecasts[from + at]!;
          for (let h = 0; h < into.length; h++) into[h]! += share * output[at * targets.length + h]!;
        }
      }
    }
  });
  return forecasts;
}
