import * as tf from '@tensorflow/tfjs-core';
import { type Context, deriveSeed, disposeTree } from '@unrolled/cells';
import { UnrolledError } from '@unrolled/errors';
import { meanSquaredError, quantileLoss } from '@unrolled/losses';
import { cosineDecay, dataOf, earlyStopping, evaluate, type TensorRecord, train } from '@unrolled/training';
import { refuse } from '../refuse';
import type { TrainingSettings } from '../settings/settings';
import { type Examples, inPieces, shuffledBatches } from './batches';
import { buildNetwork, type Network, type NetworkParams, type NetworkShape } from './network';

/** The mean losses of an epoch, in scaled units; epoch 0 is before training. */
export interface EpochLoss {
  readonly epoch: number;
  readonly train: number | null;
  readonly validation: number | null;
}

/** A trained network as plain data. */
export interface TrainedNetwork {
  /**
   * Parameters of the epoch with the smallest validation loss, which may be epoch 0; without validation, of
   * the last epoch.
   */
  readonly params: TensorRecord;
  readonly bestEpoch: number;
  readonly losses: readonly EpochLoss[];
}

export interface NetworkTraining {
  readonly shape: NetworkShape;
  /** The linear layer's kernel before training, [T·I, O]. */
  readonly linear: Float32Array;
  /** Undefined for the squared loss. */
  readonly quantiles: readonly number[] | undefined;
  readonly train: Examples;
  /** May be empty. */
  readonly validation: Examples;
  readonly settings: TrainingSettings;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onEpoch?: (loss: EpochLoss) => void;
}

/** Maximum number of windows in a forecast without a gradient. */
const LARGEST_BATCH = 1024;
const CLIP = { globalNorm: 1 };

/**
 * Trains a network by Adam on shuffled batches until its validation loss has not improved for `patience`
 * epochs. Before training, the network is its linear part. If no epoch is better by more than chance, the
 * result is that network.
 *
 * @throws UnrolledError if the loss or a gradient is not finite
 */
export async function trainNetwork(options: NetworkTraining): Promise<TrainedNetwork> {
  const { shape, settings, seed, signal, validation } = options;
  const network = buildNetwork(shape);
  const perEpoch = Math.ceil(options.train.count / settings.batchSize);
  const steps = settings.steps ?? settings.epochs * perEpoch;
  const lossOf = makeLoss(network, options);
  const run = train({
    params: () => network.init(deriveSeed(seed, 0), options.linear),
    lossOf,
    batches: shuffledBatches(options.train, perEpoch, deriveSeed(seed, 1)),
    learningRate: cosineDecay({ initial: settings.learningRate, steps }),
    ...{ clip: CLIP, steps, signal, seed: deriveSeed(seed, 2) },
  });
  const validate = async (): Promise<number | null> =>
    validation.count === 0
      ? null
      : await evaluate({
          ...{ params: run.params, lossOf, batches: inPieces(validation, LARGEST_BATCH) },
          countOf: (piece: Examples) => piece.count,
        });
  try {
    return await trainEpochs(run, { ...options, perEpoch, steps, validate });
  } catch (error) {
    if (!(error instanceof UnrolledError) || error.code !== 'not-finite') throw error;
    const { expected, got, code } = error;
    return refuse('training', { expected, got, remedy: 'lower `learningRate`', code }, error);
  } finally {
    disposeTree(run.params);
  }
}

interface Epochs extends NetworkTraining {
  readonly perEpoch: number;
  readonly steps: number;
  readonly validate: () => Promise<number | null>;
}

/**
 * The fraction of its initial value by which the validation loss must fall to count as an improvement. A
 * smaller gain may be chance, because the best of many epochs on n windows is chosen. If a tenth of the
 * variance is noise, a mean of squared errors varies by 2√(0.1/n) of its value. The quantile loss is linear
 * in the errors, so it varies by half of that.
 */
function leastGain(windows: number, quantiles: readonly number[] | undefined): number {
  return (quantiles ? 0.3 : 0.6) / Math.sqrt(windows);
}

/** Takes the training steps, validates after each epoch, and keeps the best parameters. */
async function trainEpochs(
  run: ReturnType<typeof train<NetworkParams, Examples>>,
  { settings, validation, quantiles, perEpoch, steps, validate, onEpoch }: Epochs,
): Promise<TrainedNetwork> {
  const stopping = earlyStopping({ patience: settings.patience });
  const losses: EpochLoss[] = [];
  /** The parameters of the newest epoch, which are the result without validation. */
  const start = dataOf(run.params);
  let newest = start;
  let sum = 0;
  let count = 0;
  const close = async (): Promise<boolean> => {
    const epoch = losses.length;
    const loss = { epoch, train: count > 0 ? sum / count : null, validation: await validate() };
    losses.push(loss);
    onEpoch?.(loss);
    sum = 0;
    count = 0;
    if (loss.validation !== null)
      return stopping.update({ step: epoch, loss: loss.validation, params: run.params }).stop;
    newest = dataOf(run.params);
    return false;
  };
  await close();
  for await (const { step, loss } of run) {
    sum += loss;
    count += 1;
    if (step % perEpoch !== 0 && step !== steps) continue;
    if (await close()) break;
  }
  const { best, bestParams } = stopping;
  if (!best) return { params: newest, bestEpoch: losses.length - 1, losses };
  const isBetter = best.loss < losses[0]!.validation! * (1 - leastGain(validation.count, quantiles));
  return isBetter
    ? { params: bestParams!, bestEpoch: best.step, losses }
    : { params: start, bestEpoch: 0, losses };
}

/**
 * The mean loss of a batch: the squared loss, or the quantile loss. The quantiles of a step ahead are
 * adjacent outputs.
 */
function makeLoss(network: Network, { shape, quantiles }: NetworkTraining) {
  return (params: NetworkParams, batch: Examples, _state: unknown, context: Context) => {
    const forecasts = network.forecast(params, windowTensor(batch.inputs, shape), context);
    const steps = batch.targets.length / batch.count;
    const targets = tf.tensor2d(batch.targets, [batch.count, steps]);
    if (!quantiles) return { loss: meanSquaredError(forecasts, targets) };
    const byStep = tf.reshape(forecasts, [batch.count, steps, quantiles.length]); // [B, O] → [B, steps, Q]
    return { loss: quantileLoss(byStep, targets, quantiles) };
  };
}

/**
 * The outputs of networks of one shape for windows [n, T, I]: for each member [n, O], row-major.
 *
 * @throws UnrolledError with code 'shape' if the weights have another shape
 */
export function forecastWith(
  shape: NetworkShape,
  members: readonly TensorRecord[],
  inputs: Float32Array,
): Float32Array[] {
  const network = buildNetwork(shape);
  const size = shape.window * shape.inputSize;
  const outputs = shape.start.length;
  return members.map((weights) => {
    const forecasts = new Float32Array((inputs.length / size) * outputs);
    tf.tidy(() => {
      const params = network.paramsFrom(weights);
      for (let from = 0; from * size < inputs.length; from += LARGEST_BATCH) {
        const piece = inputs.subarray(from * size, (from + LARGEST_BATCH) * size);
        const output = network.forecast(params, windowTensor(piece, shape));
        forecasts.set(output.dataSync<'float32'>(), from * outputs);
      }
    });
    return forecasts;
  });
}

function windowTensor(inputs: Float32Array, { window, inputSize }: NetworkShape): tf.Tensor3D {
  return tf.tensor3d(inputs, [inputs.length / window / inputSize, window, inputSize]);
}
