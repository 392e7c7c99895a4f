/**
 * The cross-entropy of rows of logits x with smoothed labels (Szegedy et al., 2016, section 7): PyTorch's
 * `cross_entropy` with `label_smoothing` ε and class weights c (default 1). For a row with class k
 *
 *     t = (1 − ε) · cₖ · one-hot(k) + ε/V · c      what each class counts
 *     ce = −Σⱼ tⱼ ln softmax(x)ⱼ
 *     ∂ce/∂x = (Σⱼ tⱼ) · softmax(x) − t
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * @param ids int32 [N] for logits [N, V]; an id out of range gives NaN
 * @param classWeights [V]
 * @returns [N]
 */
export function smoothedCrossEntropy(
  logits: Tensor2D,
  ids: Tensor1D,
  labelSmoothing: number,
  classWeights?: Tensor1D,
): Tensor1D {
  const target = tf.tidy(() => targetOf(ids, logits.shape[1], labelSmoothing, classWeights));
  const op = tf.customGrad((x, t, save) => {
    (save as (tensors: Tensor[]) => void)([x as Tensor, t as Tensor]);
    return {
      value: forward(x as Tensor2D, t as Tensor2D),
      gradFunc: (dy: Tensor, [savedLogits, savedTarget]: Tensor[]) => {
        const whole = tf.mul(tf.softmax(savedLogits!), tf.sum(savedTarget!, 1, true));
        return [tf.mul(tf.sub(whole, savedTarget!), tf.expandDims(dy, 1)), tf.zerosLike(savedTarget!)];
      },
    };
  });
  return op(logits, target) as Tensor1D;
}

/** t [N, V] */
function targetOf(ids: Tensor1D, classes: number, labelSmoothing: number, classWeights?: Tensor1D): Tensor {
  const mask = oneHotMask(ids, classes);
  const own = tf.mul(tf.cast(mask, 'float32'), 1 - labelSmoothing);
  const target = tf.add(own, labelSmoothing / classes);
  const inRange = tf.where(tf.any(mask, 1, true), tf.onesLike(target), tf.fill(target.shape, Number.NaN));
  return tf.mul(classWeights ? tf.mul(target, classWeights) : target, inRange);
}

function forward(logits: Tensor2D, target: Tensor2D): Tensor {
  const shifted = tf.sub(logits, tf.max(logits, 1, true));
  const logSum = tf.log(tf.sum(tf.exp(shifted), 1, true));
  return tf.sum(tf.mul(target, tf.sub(logSum, shifted)), 1);
}

/** bool [N, V]: true at each row's id. */
export function oneHotMask(ids: Tensor1D, classes: number): Tensor2D {
  return tf.equal(tf.expandDims(ids, 1), tf.range(0, classes, 1, 'int32'));
}
