/**
 * TF1's `tf.contrib.seq2seq.sequence_loss` (tensorflow/contrib/seq2seq/python/ops/loss.py): the softmax cross-entropy
 * of every step, weighted and averaged. With w the weights and ce the cross-entropy in nats, both [B, T]:
 *
 *     over steps and batch   Σ w·ce / (Σ w + 1e-12)              scalar
 *     over steps             the same sums along T, one per row  [B]
 *     over the batch         the same sums along B, one per step [T]   (divided by Σ w, not by B)
 *     neither                w·ce                                [B, T]
 */
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel, meanSoftmaxCrossEntropy } from '@unrolled/kernels';
import { counted } from './counted';
import { crossEntropy } from './cross-entropy';
import { smallestWeight } from './reduction';
import { checkLengths, refuse } from './refuse';
import { checkedIds, checkFirstOrder, checkSequences, maskOf } from './sequence-checks';

/** A cross-entropy in the place of the softmax's: N = B·T rows of V logits and N ids → N losses. */
export type SoftmaxLoss = (rows: { readonly labels: Tensor1D; readonly logits: Tensor2D }) => Tensor1D;

export interface SequenceWeights {
  /** How much each step counts, [B, T]; default 1. The logits of a step that counts 0 may be NaN. Not together with `lengths`. */
  readonly weights?: Tensor2D | undefined;
  /** Valid steps of each row: 1 within, 0 past them. Logits and targets past a row's length may be anything. */
  readonly lengths?: ArrayLike<number> | undefined;
  /** TF1's `softmax_loss_function`, such as a sampled softmax; default the softmax cross-entropy. */
  readonly softmaxLoss?: SoftmaxLoss;
}

export interface SequenceLossOptions<OverTime extends boolean = true, OverBatch extends boolean = true>
  extends SequenceWeights {
  /** TF1's `average_across_timesteps`; default true. */
  readonly averageAcrossTimesteps?: OverTime;
  /** TF1's `average_across_batch`; default true. */
  readonly averageAcrossBatch?: OverBatch;
}

/** What the two averages leave: a scalar, [B], [T] or [B, T]. */
export type SequenceLoss<OverTime extends boolean, OverBatch extends boolean> = OverTime extends true
  ? OverBatch extends true
    ? Scalar
    : Tensor1D
  : OverBatch extends true
    ? Tensor1D
    : Tensor2D;

/**
 * The weighted average cross-entropy of a batch of sequences, in nats, with TF1's exact semantics (see above).
 * The result's type follows from the two flags as they are written; without them it is a scalar.
 *
 * @param logits scores before the softmax, float32 [B, T, V]; any finite size is safe
 * @param targets class ids, int32 [B, T], in 0 … V − 1
 * @throws UnrolledError when shapes do not fit, weights and lengths are both given, or a target is out of range (on
 * webgl and webgpu the loss is NaN then, because looking would wait for the device)
 */
export function sequenceLoss<OverTime extends boolean = true, OverBatch extends boolean = true>(
  logits: Tensor3D,
  targets: Tensor2D,
  options: SequenceLossOptions<OverTime, OverBatch> = {},
): SequenceLoss<OverTime, OverBatch> {
  const { averageAcrossTimesteps = true, averageAcrossBatch = true, ...rest } = options;
  const axes = [...(averageAcrossBatch ? [0] : []), ...(averageAcrossTimesteps ? [1] : [])];
  return tf.tidy(() => {
    if (axes.length === 2 && rest.weights === undefined && rest.lengths === undefined) {
      checkSequences('sequenceLoss', logits, targets);
      if (!rest.softmaxLoss) checkFirstOrder('sequenceLoss');
      const ids = checkedIds('sequenceLoss', targets, logits.shape[2], undefined);
      if (!rest.softmaxLoss && logits.size > 0 && hasFusedKernel('softmaxCrossEntropy')) {
        return meanSoftmaxCrossEntropy(logits, ids);
      }
      return mean(rowLosses(logits, ids, rest.softmaxLoss));
    }
    const { losses, weights } = weightedSteps('sequenceLoss', logits, targets, rest);
    if (axes.length === 0) return losses;
    if (weights === undefined) {
      const count = axes.reduce((product, axis) => product * losses.shape[axis]!, 1);
      return tf.div(tf.sum(losses, axes), Math.max(1, count));
    }
    return tf.div(tf.sum(losses, axes), tf.add(tf.sum(weights, axes), smallestWeight));
  }) as SequenceLoss<OverTime, OverBatch>;
}

/**
 * Each step's weighted cross-entropy w·ce in nats, [B, T]: {@link sequenceLoss} without any average.
 *
 * @throws UnrolledError as `sequenceLoss` does
 */
export function sequenceLossPerStep(
  logits: Tensor3D,
  targets: Tensor2D,
  options: SequenceWeights = {},
): Tensor2D {
  return tf.tidy(() => weightedSteps('sequenceLossPerStep', logits, targets, options).losses);
}

/** w·ce [B, T], and w where it is not all ones. */
export function weightedSteps(
  scope: string,
  logits: Tensor3D,
  targets: Tensor2D,
  options: SequenceWeights,
): { losses: Tensor2D; weights: Tensor2D | undefined } {
  const { weights: given } = options;
  checkSequences(scope, logits, targets);
  if (!options.softmaxLoss) checkFirstOrder(scope);
  const [batchSize, steps] = logits.shape;
  const lengths = checkLengths(scope, options.lengths, batchSize, steps);
  if (given && lengths) {
    refuse(scope, {
      expected: 'weights or lengths',
      got: 'both',
      remedy: 'put 0 past the lengths in the weights',
    });
  }
  if (given && !tf.util.arraysEqual(given.shape, [batchSize, steps])) {
    refuse(scope, { expected: `weights [${batchSize}, ${steps}]`, got: `[${given.shape.join(', ')}]` });
  }
  const weights = lengths ? maskOf(lengths, steps) : given;
  const ids = checkedIds(scope, targets, logits.shape[2], lengths);
  const rows = rowLosses(logits, ids, options.softmaxLoss, weights);
  const perStep: Tensor2D = tf.reshape(rows, [batchSize, steps]);
  return { losses: weights ? tf.mul(counted(perStep, weights), weights) : perStep, weights };
}

/** The cross-entropy of every step, flat: [B·T]. */
function rowLosses(
  logits: Tensor3D,
  ids: Tensor2D,
  softmaxLoss: SoftmaxLoss | undefined,
  weights?: Tensor2D,
): Tensor1D {
  const [batchSize, steps, classes] = logits.shape;
  // The fused kernel's gradient leaves out the rows that do not count.
  const leavesOut = !softmaxLoss && hasFusedKernel('softmaxCrossEntropy');
  const safe = weights && !leavesOut ? counted(logits, tf.expandDims(weights, 2)) : logits;
  const rows: Tensor2D = tf.reshape(safe, [batchSize * steps, classes]);
  const labels: Tensor1D = tf.reshape(ids, [batchSize * steps]);
  return softmaxLoss ? softmaxLoss({ labels, logits: rows }) : crossEntropy(rows, labels);
}

/** Σ/N as one entry on the tape. */
function mean(values: Tensor1D): Scalar {
  const op = tf.customGrad((x) => ({
    value: tf.div(tf.sum(x as Tensor1D), Math.max(1, values.size)),
    gradFunc: (dy: Tensor) => tf.mul(dy, tf.fill(values.shape, 1 / Math.max(1, values.size))),
  }));
  return op(values) as Scalar;
}
