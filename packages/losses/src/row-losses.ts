/**
 * The sparse softmax cross-entropy of rows of logits x and one class id k each:
 *
 *     ce = −ln softmax(x)ₖ = ln Σⱼ exp(xⱼ − m) − (xₖ − m),   m = max x
 *     ∂ce/∂x = softmax(x) − one-hot(k)
 *
 * Subtracting the maximum first keeps every finite logit safe: no overflow, and whatever all logits have in
 * common, up to 1e8 and more, costs no digit of the loss or the gradient. A backend
 * with the fused kernel does it in one op; elsewhere it is composed, the target picked by a mask, because the
 * stock wasm backend has no kernel for the gradient of a gather.
 */
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel, meanSoftmaxCrossEntropy, softmaxCrossEntropy } from '@unrolled/kernels';
import { counted } from './counted';
import { check, refuse } from './refuse';
import { oneHotMask, smoothedCrossEntropy } from './smoothed-cross-entropy';

/** How the rows' losses are computed. */
export interface RowOptions {
  readonly softmaxLoss?: SoftmaxLoss | undefined;
  /** ε: the target is (1 − ε) · onehot + ε/V. */
  readonly labelSmoothing?: number | undefined;
}

/** A cross-entropy in the place of the softmax's: N = B·T rows of V logits and N ids → N losses. */
export type SoftmaxLoss = (rows: { readonly labels: Tensor1D; readonly logits: Tensor2D }) => Tensor1D;

/**
 * The cross-entropy of every row of logits […, V], flat: [N]. Rows that count 0 may be anything; multiply
 * them by their weights with {@link weighed}.
 *
 * @param ids int32 […], all in 0 … V − 1
 * @param options.weights of the ids' shape
 */
export function rowLosses(
  logits: Tensor,
  ids: Tensor,
  { softmaxLoss, labelSmoothing = 0, weights }: RowOptions & { weights?: Tensor | undefined } = {},
): Tensor1D {
  // The fused kernel's gradient leaves out the rows that do not count.
  const leavesOut = !softmaxLoss && isFused(labelSmoothing);
  const rows: Tensor2D = tf.reshape(logits, [ids.size, logits.shape.at(-1)!]);
  const safe = weights && !leavesOut ? counted(rows, tf.reshape(weights, [ids.size, 1])) : rows;
  const labels: Tensor1D = tf.reshape(ids, [ids.size]);
  return softmaxLoss
    ? softmaxLoss({ labels, logits: safe })
    : crossEntropyOfRows(safe, labels, labelSmoothing);
}

/** Whether the backend has the cross-entropy in one op; with smoothing only `unrolled` does. */
function isFused(labelSmoothing: number): boolean {
  return hasFusedKernel('softmaxCrossEntropy') && (labelSmoothing === 0 || tf.getBackend() === 'unrolled');
}

/** @throws UnrolledError for a smoothing that is not in 0 … 1, or has no effect */
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
    expected: 'labelSmoothing or softmaxLoss',
    got: 'both',
    remedy: 'smooth the labels in the softmaxLoss',
  });
}

/**
 * The row losses times their weights, in the weights' shape; what counts 0 reaches neither them nor the
 * gradient.
 */
export function weighed(rows: Tensor1D, shape: readonly number[], weights: Tensor | undefined): Tensor {
  // By rows, since WebGL has no `where` of many axes.
  const flat = weights && tf.reshape(weights, [rows.size]);
  return tf.reshape(flat ? tf.mul(counted(rows, flat), flat) : rows, [...shape]);
}

/** The mean over all rows of logits […, V] and ids […]; 0 where there is none. */
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

/** The same from tfjs ops; an id out of range gives NaN, as TensorFlow does on a GPU. */
export function composedCrossEntropy(logits: Tensor2D, ids: Tensor1D): Tensor1D {
  // Only a tensor that was saved is sure to live until the gradient is computed: ids made inside a loss
  // function are not.
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

/** Σ/N as one entry on the tape. */
function mean(values: Tensor1D): Scalar {
  const op = tf.customGrad((x) => ({
    value: tf.div(tf.sum(x as Tensor1D), Math.max(1, values.size)),
    gradFunc: (dy: Tensor) => tf.mul(dy, tf.fill(values.shape, 1 / Math.max(1, values.size))),
  }));
  return op(values) as Scalar;
}
