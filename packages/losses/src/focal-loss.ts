import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { softplus } from './binary-cross-entropy';
import { BINARY_KINDS, type BinaryLossOptions, binaryLoss, checkBinary } from './binary-loss';
import type { Reduction } from './cross-entropy';
import { check } from './refuse';

export interface FocalLossOptions<R extends Reduction = 'mean'> extends BinaryLossOptions<R> {
  /**
   * γ, at least 0: the strength with which confident correct predictions are down-weighted; default 2. With 0
   * the loss is the cross-entropy.
   */
  readonly gamma?: number | undefined;
  /**
   * α, 0 … 1: weight of the positive class; the negative class has 1 − α. If omitted, both weights are 1. Lin
   * et al. use 0.25 with γ = 2.
   */
  readonly alpha?: number | undefined;
}

const KINDS: OptionKinds<FocalLossOptions<Reduction>> = {
  ...BINARY_KINDS,
  gamma: 'number?',
  alpha: 'number?',
};

/**
 * The focal loss (Lin et al., 2017) of independent binary logits, for a rare positive class. It is the
 * cross-entropy l with a weight that falls as the correct prediction becomes more confident. With p = σ(x)
 * and pₜ the probability of the target y, y·p + (1 − y)·(1 − p):
 *
 *     f = αₜ · (1 − pₜ)^γ · l,   αₜ = α·y + (1 − α)·(1 − y)
 *
 * the same as torchvision's `sigmoid_focal_loss` and, except for clipping, Keras's `BinaryFocalCrossentropy`.
 *
 * @param logits scores before the sigmoid, float32 of any shape
 * @param targets 0 … 1 for each logit: a tensor of the logits' shape, or the numbers row by row
 * @returns a scalar, or with reduction 'none' w·f in the logits' shape
 * @throws UnrolledError if shapes do not fit, a target with a weight above 0 is not in 0 … 1, or an option is
 *   out of range
 */
export function focalLoss<R extends Reduction = 'mean'>(
  logits: Tensor,
  targets: Tensor | ArrayLike<number>,
  options: FocalLossOptions<R> = {},
): R extends 'none' ? Tensor : Scalar {
  const scope = 'focalLoss';
  checkBinary(scope, logits, options as FocalLossOptions<Reduction>, KINDS);
  const { gamma = 2, alpha } = options;
  check.number(scope, 'gamma', gamma, gamma >= 0 && gamma < Infinity, 'at least 0');
  if (alpha !== undefined) check.number(scope, 'alpha', alpha, alpha >= 0 && alpha <= 1, 'from 0 to 1');
  const balance = (y: Tensor) =>
    alpha === undefined ? tf.onesLike(y) : tf.add(tf.mul(y, 2 * alpha - 1), 1 - alpha);
  return binaryLoss(scope, logits, targets, options, {
    loss(x, y) {
      const { entropy, focus } = partsOf(x, y, gamma);
      return tf.mul(tf.mul(balance(y), focus), entropy);
    },
    slope(x, y) {
      const { entropy, focus, wrong, yes, no } = partsOf(x, y, gamma);
      // ∂(1 − pₜ)^γ/∂x = −γ·(1 − pₜ)^(γ − 1)·(2y − 1)·p·(1 − p). If 1 − pₜ is 0, so is p or 1 − p.
      const change = tf.div(tf.mul(tf.mul(focus, yes), no), tf.maximum(wrong, 1e-37));
      const falling = tf.mul(tf.mul(change, gamma), tf.sub(1, tf.mul(y, 2)));
      const rising = tf.mul(focus, tf.sub(tf.mul(tf.sub(1, y), yes), tf.mul(y, no)));
      return tf.mul(balance(y), tf.add(tf.mul(falling, entropy), rising));
    },
  }) as R extends 'none' ? Tensor : Scalar;
}

/**
 * l, 1 − pₜ, its power γ, p and 1 − p. p and 1 − p are computed by separate sigmoids, so that neither loses
 * precision.
 */
function partsOf(x: Tensor, y: Tensor, gamma: number) {
  const [yes, no] = [tf.sigmoid(x), tf.sigmoid(tf.neg(x))];
  const entropy = tf.add(tf.mul(y, softplus(tf.neg(x))), tf.mul(tf.sub(1, y), softplus(x)));
  const wrong = tf.add(tf.mul(y, no), tf.mul(tf.sub(1, y), yes));
  return { entropy, wrong, focus: tf.pow(wrong, gamma), yes, no };
}
