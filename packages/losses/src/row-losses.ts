/**
 * The sparse softmax cross-entropy of rows of logits x, each with one class id k:
 *
 *     ce = −ln softmax(x)ₖ = ln Σⱼ exp(xⱼ − m) − (xₖ − m),   m = max x
 *     ∂ce/∂x = softmax(x) − one-hot(k)
 *
 * The maximum is subtracted first, so every finite logit is safe: nothing overflows, and a common offset of
 * 1e8 or more does not reduce the precision of the loss or the gradient. A backend with the fused kernel
 * computes it in one op. Elsewhere it is composed of tfjs ops. A mask selects the target, because tfjs's wasm
 * backend has no gradient of a gather's gradient.
 */
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel, meanSoftmaxCrossEntropy, softmaxCrossEntropy } from '@unrolled/kernels';
import { counted } from './counted';
import { check, refuse } from './refuse';
import { oneHotMask, smoothedCrossEntropy } from './smoothed-cross-entropy';

/** Options of the rows' losses. */
export interface RowOptions {
  readonly softmaxLoss?: SoftmaxLoss | undefined;
  /** ε: the target is (1 − ε) · onehot + ε/V. */
  readonly labelSmoothing?: number | undefined;
}

/** A function that replaces the softmax cross-entropy: N = B·T rows of V logits and N ids → N losses. */
export type SoftmaxLoss = (rows: { readonly labels: Tensor1D; readonly logits: Tensor2D }) => Tensor1D;

/**
 * The cross-entropy of every row of logits […, V], as a flat tensor [N]. Rows of weight 0 may have any value;
 * multiply them by their weights with {@link weighed}.
 *
 * @param ids int32 […], all in 0 … V − 1
 * @param options.weights in the ids' shape
 */
export function rowLosses(
  logits: Tensor,
  ids: Tensor,
  { softmaxLoss, labelSmoothing = 0, weights }: RowOptions & { weights?: Tensor | undefined } = {},
): Tensor1D {
  // The gradient of the fused kernel skips rows of weight 0.
  const leavesOut = !softmaxLoss && isFused(labelSmoothing);
  const rows: Tensor2D = tf.reshape(logits, [ids.size, logits.shape.at(-1)!]);
  const safe = weights && !leavesOut ? counted(rows, tf.reshape(weights, [ids.size, 1])) : rows;
  const labels: Tensor1D = tf.reshape(ids, [ids.size]);
  return softmaxLoss
    ? softmaxLoss({ labels, logits: safe })
    : crossEntropyOfRows(safe, labels, labelSmoothing);
}

/** Whether the backend has the cross-entropy as one op; with smoothing only `unrolled` has it. */
function isFused(labelSmoothing: number): boolean {
  return hasFusedKernel('softmaxCrossEntropy') && (labelSmoothing === 0 || tf.getBackend() === 'unrolled');
}

/** @throws UnrolledError if smoothing is not in 0 … 1, or has no effect */
export function checkSmoothing(
  scope: string,
  labelSmoothing: number | undefined,
  softmaxLoss?: SoftmaxLoss | undefined,
): void {
  if (labelSmoothing === undefined) return;
  const isShare = labelSmoothing >= 0 && labelSmoothing <= 1;
  check.number(scope, 'labelSmoothing', labelSmoothing, isShare, 'from 0 to 1');
  if (labelSmoothing === 0 || !softmaxLoss) return;
  refuse(scope, {
    expected: 'either labelSmoothing or softmaxLoss',
    got: 'both',
    remedy: 'smooth the labels inside softmaxLoss',
  });
}

/**
 * The row losses times their weights, in the weights' shape. Rows of weight 0 affect neither the losses nor
 * the gradient.
 */
export function weighed(rows: Tensor1D, shape: readonly number[], weights: Tensor | undefined): Tensor {
  // Flattened to rows, because WebGL has no `where` with many axes.
  const flat = weights && tf.reshape(weights, [rows.size]);
  return tf.reshape(flat ? tf.mul(counted(rows, flat), flat) : rows, [...shape]);
}

/** The mean over all rows of logits […, V] and ids […]; 0 if there are none. */
export function meanRowLoss(logits: Tensor, ids: Tensor, options: RowOptions = {}): Scalar {
  const { softmaxLoss, labelSmoothing = 0 } = options;
  if (!softmaxLoss && logits.size > 0 && isFused(labelSmoothing)) {
    return meanSoftmaxCrossEntropy(logits, ids, { labelSmoothing });
  }
  return mean(rowLosses(logits, ids, options));
}

/** Natural-log cross-entropy of each row: logits [N, V], int32 ids [N] in 0 … V − 1 → [N]. */
export function crossEntropyOfRows(logits: Tensor2D, ids: Tensor1D, labelSmoothing = 0): Tensor1D {
  if (isFused(labelSmoothing)) return softmaxCrossEntropy(logits, ids, { labelSmoothing });
  return labelSmoothing > 0
    ? smoothedCrossEntropy(logits, ids, labelSmoothing)
    : composedCrossEntropy(logits, ids);
}

/** The same, composed of tfjs ops. An id out of range gives NaN, as in TensorFlow on a GPU. */
export function composedCrossEntropy(logits: Tensor2D, ids: Tensor1D): Tensor1D {
  // The gradient may only use saved tensors; ids that were created inside a loss function may be disposed of
  // by then.
  const op = tf.customGrad((x, labels, save) => {
    (save as (tensors: tf.Tensor[]) => void)([x as Tensor2D, labels as Tensor1D]);
    return {
      value: forward(x as Tensor2D, labels as Tensor1D),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [savedLogits, savedIds] = saved as [Tensor2D, Tensor1D];
        return [backward(dy as Tensor1D, savedLogits, savedIds), tf.zerosLike(savedIds)];
      },
    };
  });
  return op(logits, ids) as Tensor1D;
}

function forward(logits: Tensor2D, ids: Tensor1D): Tensor1D {
  const shifted = tf.sub(logits, tf.max(logits, 1, true));
  const mask = oneHotMask(ids, logits.shape[1]);
  const target = tf.sum(tf.where(mask, shifted, tf.zerosLike(shifted)), 1);
  const entropy = tf.sub(tf.log(tf.sum(tf.exp(shifted), 1)), target);
  return tf.where(tf.any(mask, 1), entropy, tf.fill(entropy.shape, Number.NaN)) as Tensor1D;
}

function backward(dy: Tensor1D, logits: Tensor2D, ids: Tensor1D): Tensor2D {
  const mask = tf.cast(oneHotMask(ids, logits.shape[1]), 'float32');
  return tf.mul(tf.sub(tf.softmax(logits), mask), tf.expandDims(dy, 1));
}

/** Σ/N, recorded as a single op on the tape. */
function mean(values: Tensor1D): Scalar {
  const op = tf.customGrad((x) => ({
    value: tf.div(tf.sum(x as Tensor1D), Math.max(1, values.size)),
    gradFunc: (dy: Tensor) => tf.mul(dy, tf.fill(values.shape, 1 / Math.max(1, values.size))),
  }));
  return op(values) as Scalar;
}
