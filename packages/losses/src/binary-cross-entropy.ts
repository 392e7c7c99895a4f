import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { BINARY_KINDS, type BinaryLossOptions, binaryLoss, checkBinary } from './binary-loss';
import type { Reduction } from './cross-entropy';
import { refuse } from './refuse';

export interface BinaryCrossEntropyOptions<R extends Reduction = 'mean'> extends BinaryLossOptions<R> {
  /**
   * Weight of the positive class relative to the negative class: a number for all classes, or one for each
   * class on the last axis, [C] (PyTorch's `pos_weight`). Default 1.
   */
  readonly positiveWeights?: number | ArrayLike<number> | undefined;
}

const KINDS: OptionKinds<BinaryCrossEntropyOptions<Reduction>> = {
  ...BINARY_KINDS,
  positiveWeights: 'number or array or typed array?',
};

/**
 * The cross-entropy of logits that are independent binary decisions, in nats: one label for a sequence
 * [B, 1], several labels that do not exclude each other [B, C], or a label for each step [B, T, C]. For a
 * logit x with target y and positive weight p (PyTorch's `BCEWithLogitsLoss`):
 *
 *     l = p·y·ln(1 + e⁻ˣ) + (1 − y)·ln(1 + eˣ)
 *     ∂l/∂x = (1 − y)·σ(x) − p·y·σ(−x)
 *
 * where ln(1 + eˣ) is computed as ln(1 + e^−|x|) + max(x, 0). Any finite logit is safe, and confident
 * predictions keep their precision. Unlike in PyTorch, the mean divides by the sum of the weights, not by the
 * number of logits.
 *
 * @param logits scores before the sigmoid, float32 of any shape
 * @param targets 0 … 1 for each logit: a tensor of the logits' shape, or the numbers row by row
 * @returns a scalar, or with reduction 'none' w·l in the logits' shape
 * @throws UnrolledError if shapes do not fit, or a target with a weight above 0 is not in 0 … 1 (tensors on
 *   webgl and webgpu are not checked)
 */
export function binaryCrossEntropy<R extends Reduction = 'mean'>(
  logits: Tensor,
  targets: Tensor | ArrayLike<number>,
  options: BinaryCrossEntropyOptions<R> = {},
): R extends 'none' ? Tensor : Scalar {
  const scope = 'binaryCrossEntropy';
  checkBinary(scope, logits, options as BinaryCrossEntropyOptions<Reduction>, KINDS);
  const { positiveWeights = 1 } = options;
  const weights = checkedWeights(scope, logits, positiveWeights);
  const positive = (y: Tensor) => (weights === undefined ? y : tf.mul(y, weights));
  return binaryLoss(scope, logits, targets, options, {
    loss: (x, y) => tf.add(tf.mul(positive(y), softplus(tf.neg(x))), tf.mul(tf.sub(1, y), softplus(x))),
    slope: (x, y) => tf.sub(tf.mul(tf.sub(1, y), tf.sigmoid(x)), tf.mul(positive(y), tf.sigmoid(tf.neg(x)))),
  }) as R extends 'none' ? Tensor : Scalar;
}

/** ln(1 + eˣ), for any finite x. */
export function softplus(x: Tensor): Tensor {
  return tf.add(tf.log1p(tf.exp(tf.neg(tf.abs(x)))), tf.relu(x));
}

/** Returns a number or a list [C]; undefined if all weights are 1. */
function checkedWeights(
  scope: string,
  logits: Tensor,
  given: number | ArrayLike<number>,
): number[] | number | undefined {
  const all = typeof given === 'number' ? [given] : Array.from(given);
  const bad = all.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  const classes = logits.shape.at(-1) ?? 1;
  if (bad < 0 && (typeof given === 'number' || all.length === classes)) {
    if (typeof given === 'number') return given === 1 ? undefined : given;
    return all;
  }
  return refuse(scope, {
    expected: `positiveWeights to be a number, or ${classes} numbers, each finite and at least 0`,
    got: bad >= 0 ? `${inWords(all[bad])} at ${bad}` : `${all.length} numbers`,
    remedy: 'pass one weight for each class, such as negatives / positives of the training set',
  });
}
