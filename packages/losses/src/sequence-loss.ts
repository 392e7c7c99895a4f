/**
 * TF1's `tf.contrib.seq2seq.sequence_loss` (tensorflow/contrib/seq2seq/python/ops/loss.py): the softmax
 * cross-entropy of every step, weighted and averaged. With the weights w and the cross-entropy ce in nats,
 * both [B, T]:
 *
 *     over steps and batch   Σ w·ce / (Σ w + 1e-12)              scalar
 *     over steps             the same sums along T, one per row  [B]
 *     over the batch         the same sums along B, one per step [T]   (divided by Σ w, not by B)
 *     neither                w·ce                                [B, T]
 */
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { smallestWeight } from './reduction';
import { checkFirstOrder, checkKind, checkOptions, refuse } from './refuse';
import { checkSmoothing, meanRowLoss, rowLosses, type SoftmaxLoss, weighed } from './row-losses';
import { idsThatCount, type WhatCounts, weightsFor } from './what-counts';

export type { SoftmaxLoss };

export interface SequenceWeights {
  /**
   * The weight of each step, [B, T] or the numbers row by row; default 1. The logits of a step of weight 0
   * may be NaN. Not together with `lengths`.
   */
  readonly weights?: Tensor2D | ArrayLike<number> | undefined;
  /**
   * Number of valid steps of each row: weight 1 within, 0 past them. Logits and targets past a row's length
   * may have any value.
   */
  readonly lengths?: ArrayLike<number> | undefined;
  /** TF1's `softmax_loss_function`, such as a sampled softmax; default the softmax cross-entropy. */
  readonly softmaxLoss?: SoftmaxLoss;
  /**
   * ε, 0 … 1: the target is (1 − ε) · onehot + ε/V over all V classes (Szegedy et al., 2016), PyTorch's
   * `label_smoothing`. Default 0. Not together with `softmaxLoss`.
   */
  readonly labelSmoothing?: number | undefined;
}

export interface SequenceLossOptions<OverTime extends boolean = true, OverBatch extends boolean = true>
  extends SequenceWeights {
  /** TF1's `average_across_timesteps`; default true. */
  readonly averageAcrossTimesteps?: OverTime;
  /** TF1's `average_across_batch`; default true. */
  readonly averageAcrossBatch?: OverBatch;
}

/** The result's type for the two flags: a scalar, [B], [T] or [B, T]. */
export type SequenceLoss<OverTime extends boolean, OverBatch extends boolean> = OverTime extends true
  ? OverBatch extends true
    ? Scalar
    : Tensor1D
  : OverBatch extends true
    ? Tensor1D
    : Tensor2D;

/** The options for one label per sequence, which has no steps to average over. */
export type LabelLossOptions<OverBatch extends boolean = true> = Pick<
  SequenceLossOptions<true, OverBatch>,
  'averageAcrossBatch' | 'softmaxLoss' | 'labelSmoothing'
> & {
  /** The weight of each sequence, [B]; default 1. */
  readonly weights?: Tensor1D | ArrayLike<number> | undefined;
};

const STEP_KINDS: OptionKinds<SequenceWeights> = {
  weights: 'tensor or array or typed array?',
  lengths: 'array or typed array?',
  softmaxLoss: 'function?',
  labelSmoothing: 'number?',
};

const KINDS: OptionKinds<SequenceLossOptions> = {
  ...STEP_KINDS,
  averageAcrossTimesteps: 'boolean?',
  averageAcrossBatch: 'boolean?',
};

/**
 * The weighted average cross-entropy of a batch of sequences, in nats, with TF1's exact semantics (see
 * above). The result's type depends on the two flags; without them it is a scalar.
 *
 * @param logits scores before the softmax, float32 [B, T, V], or [B, V] with one target per sequence; any
 *   finite size is safe
 * @param targets class ids in 0 … V − 1, int32 [B, T] or [B], or the numbers row by row
 * @throws UnrolledError if shapes do not fit, weights and lengths are both passed, or a target is out of
 *   range (on webgl and webgpu, tensors are not checked, because reading them would wait for the device, and
 *   the loss is NaN)
 */
export function sequenceLoss<OverTime extends boolean = true, OverBatch extends boolean = true>(
  logits: Tensor3D,
  targets: Tensor2D | ArrayLike<number>,
  options?: SequenceLossOptions<OverTime, OverBatch>,
): SequenceLoss<OverTime, OverBatch>;
export function sequenceLoss<OverBatch extends boolean = true>(
  logits: Tensor2D,
  targets: Tensor1D | ArrayLike<number>,
  options?: LabelLossOptions<OverBatch>,
): OverBatch extends true ? Scalar : Tensor1D;
export function sequenceLoss(
  logits: Tensor2D | Tensor3D,
  targets: Tensor | ArrayLike<number>,
  options: SequenceLossOptions<boolean, boolean> | LabelLossOptions<boolean> = {},
): Scalar | Tensor1D | Tensor2D {
  checkAxes('sequenceLoss', logits, [2, 3]);
  const all = options as SequenceLossOptions<boolean, boolean>;
  checkOptions('sequenceLoss', all, KINDS);
  const { averageAcrossTimesteps, averageAcrossBatch = true, ...rest } = all;
  const isLabel = logits.rank === 2;
  if (isLabel && averageAcrossTimesteps === false) {
    refuse('sequenceLoss', {
      expected: 'averageAcrossTimesteps: false only with logits [B, T, V]',
      got: `logits [${logits.shape.join(', ')}]`,
      remedy: 'omit the option: with one target per sequence there are no steps',
    });
  }
  const axes = [
    ...(averageAcrossBatch ? [0] : []),
    ...(averageAcrossTimesteps !== false && !isLabel ? [1] : []),
  ];
  return tf.tidy((): Tensor => {
    const { rows, ids, weights } = prepared('sequenceLoss', logits, targets, rest);
    if (axes.length === ids.rank && !weights) return meanRowLoss(logits, ids, rest);
    const losses = weighed(rows(), ids.shape, weights);
    if (axes.length === 0) return losses;
    if (weights === undefined) {
      const count = axes.reduce((product, axis) => product * losses.shape[axis]!, 1);
      return tf.div(tf.sum(losses, axes), Math.max(1, count));
    }
    return tf.div(tf.sum(losses, axes), tf.add(tf.sum(weights, axes), smallestWeight));
  }) as Scalar | Tensor1D | Tensor2D;
}

/**
 * Each step's weighted cross-entropy w·ce in nats, [B, T]: {@link sequenceLoss} without averages.
 *
 * @throws UnrolledError for the reasons of `sequenceLoss`
 */
export function sequenceLossPerStep(
  logits: Tensor3D,
  targets: Tensor2D | ArrayLike<number>,
  options: SequenceWeights = {},
): Tensor2D {
  return tf.tidy(() => weightedSteps('sequenceLossPerStep', logits, targets, options));
}

/** w·ce [B, T] */
export function weightedSteps(
  scope: string,
  logits: Tensor3D,
  targets: Tensor2D | ArrayLike<number>,
  options: SequenceWeights,
): Tensor2D {
  checkAxes(scope, logits, [3]);
  checkOptions(scope, options, STEP_KINDS);
  const { rows, ids, weights } = prepared(scope, logits, targets, options);
  return weighed(rows(), ids.shape, weights) as Tensor2D;
}

/** The targets as valid ids, their weights, and the row losses if they are needed. */
function prepared(
  scope: string,
  logits: Tensor,
  targets: Tensor | ArrayLike<number>,
  options: Omit<SequenceWeights, 'weights'> & Pick<WhatCounts, 'weights'>,
) {
  const { lengths, softmaxLoss, labelSmoothing } = options;
  if (!softmaxLoss) checkFirstOrder(scope);
  checkSmoothing(scope, labelSmoothing, softmaxLoss);
  const shape = logits.shape.slice(0, -1);
  const given = weightsFor(scope, 'targets', options.weights, shape);
  if (given && !tf.util.arraysEqual(given.shape, shape)) {
    refuse(scope, {
      expected: `weights [${shape.join(', ')}]`,
      got: `[${given.shape.join(', ')}]`,
      remedy: 'pass one weight for each target',
    });
  }
  const { ids, weights } = idsThatCount(scope, 'targets', logits, targets, { weights: given, lengths });
  return { ids, weights, rows: () => rowLosses(logits, ids, { softmaxLoss, labelSmoothing, weights }) };
}

function checkAxes(scope: string, logits: Tensor, ranks: readonly number[]): void {
  checkKind(scope, 'logits', logits, 'tensor');
  if (ranks.includes(logits.rank)) return;
  refuse(scope, {
    expected: ranks.includes(2)
      ? 'logits [B, T, V], or [B, V] with one target per sequence'
      : 'logits [B, T, V]',
    got: `[${logits.shape.join(', ')}]`,
    remedy: 'use crossEntropy for logits of any rank',
    code: 'shape',
  });
}
