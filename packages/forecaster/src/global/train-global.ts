import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type Context, deriveSeed, disposeTree } from '@unrolled/cells';
import { likelihoodLoss, quantileLoss } from '@unrolled/losses';
import { adam, cosineDecay, dataOf, type TensorRecord, train } from '@unrolled/training';
import { refuse } from '../refuse';
import { batchOf, forecastSteps, type WindowBatch, windowDrawer } from './batches';
import type { GlobalNetwork, GlobalParams } from './global-network';
import type { CheckedGlobal } from './global-series';
import { isOfCounts, type ResolvedGlobal } from './global-settings';
import type { WindowShape } from './window';

export interface GlobalTraining {
  readonly scope: string;
  readonly network: GlobalNetwork;
  readonly series: readonly CheckedGlobal[];
  readonly shape: WindowShape;
  readonly settings: ResolvedGlobal;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

const CLIP = { globalNorm: 1 };
const WEIGHT_DECAY = 0.01;

/**
 * Trains by Adam with weight decay on windows that are drawn from all series. Each step reads the previous
 * true value (teacher forcing); in direct windows, steps of the horizon read no values. Missing values are
 * left out of the loss. Returns the weights by path.
 */
export async function trainGlobal(options: GlobalTraining): Promise<TensorRecord> {
  const { scope, network, series, shape, settings, seed, signal } = options;
  const { steps, batchSize, learningRate } = settings;
  const drawer = windowDrawer(series, shape, deriveSeed(seed, 1));
  if (drawer.total === 0 || drawer.next(1).length === 0) {
    const remedy = 'add series that change, with known values at their newer end';
    refuse(scope, { expected: 'a series that changes', got: `none of ${series.length}`, remedy });
  }
  const run = train({
    params: () => network.init(deriveSeed(seed, 0)),
    lossOf: (params: GlobalParams, batch: WindowBatch, _state: unknown, context: Context) => ({
      loss: lossOf(network, params, batch, shape, settings, context),
    }),
    *batches() {
      for (let step = 0; step < steps; step++) yield batchOf(drawer.next(batchSize), shape);
    },
    learningRate: cosineDecay({ initial: learningRate, steps }),
    optimizer: adam({ weightDecay: WEIGHT_DECAY }),
    ...{ clip: CLIP, steps, signal, seed: deriveSeed(seed, 2) },
  });
  try {
    for await (const _ of run);
    return dataOf(run.params);
  } finally {
    disposeTree(run.params);
  }
}

function lossOf(
  network: GlobalNetwork,
  params: GlobalParams,
  batch: WindowBatch,
  shape: WindowShape,
  { distribution, zeroInflated }: ResolvedGlobal,
  context: Context,
) {
  const { inputs, ids } = tensorsOf(batch, shape);
  const told = forecastSteps(shape);
  const { output } = network.run(params, inputs, ids, { context });
  const outputs = shape.isDirect ? (tf.slice(output, [0, shape.context, 0]) as Tensor3D) : output;
  const forecast = network.forecast(outputs, candidatesOf(batch, shape));
  const size: [number, number] = [batch.rows, told];
  const targets = tf.tensor2d(batch.targets, size);
  const weights = tf.tensor2d(batch.weights, size);
  if (distribution === 'quantiles') return quantileLoss(forecast, targets, network.quantiles, { weights });
  const scale = isOfCounts(distribution) ? { scale: tf.tensor2d(batch.scales, [batch.rows, 1]) } : {};
  // The values are logarithms already.
  const of = distribution === 'logNormal' ? 'gaussian' : distribution;
  return likelihoodLoss(forecast, targets, { distribution: of, zeroInflated, weights, ...scale });
}

/** The network's inputs, [B, T, I] and ids [B, T]. */
export function tensorsOf(
  { rows, steps, inputs, ids }: Pick<WindowBatch, 'rows' | 'steps' | 'inputs' | 'ids'>,
  { inputSize }: WindowShape,
): { inputs: Tensor3D; ids: Tensor2D[] } {
  return {
    inputs: tf.tensor3d(inputs, [rows, steps, inputSize]),
    ids: ids.map((of) => tf.tensor2d(of, [rows, steps], 'int32')),
  };
}

/** [B, S, K] */
export function candidatesOf(
  { rows, candidates }: Pick<WindowBatch, 'rows' | 'candidates'>,
  { candidates: count }: WindowShape,
): Tensor3D {
  return tf.tensor3d(candidates, [rows, candidates.length / rows / count, count]);
}
