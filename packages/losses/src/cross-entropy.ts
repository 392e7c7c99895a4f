/**
 * The sparse softmax cross-entropy of rows of logits x and one class id k each:
 *
 *     ce = −ln softmax(x)ₖ = ln Σⱼ exp(xⱼ − m) − (xₖ − m),   m = max x
 *     ∂ce/∂x = softmax(x) − one-hot(k)
 *
 * Subtracting the maximum first keeps every finite logit safe: no overflow, and whatever all logits have in common, up
 * to 1e8 and more, costs no digit of the loss or the gradient. A backend
 * with the fused kernel does it in one op; elsewhere it is composed, the target picked by a mask, because the stock
 * wasm backend has no kernel for the gradient of a gather.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel, softmaxCrossEntropy } from '@unrolled/kernels';

/** Natural-log cross-entropy of each row: logits [N, V], int32 ids [N] in 0 … V − 1 → [N]. */
export function crossEntropy(logits: Tensor2D, ids: Tensor1D): Tensor1D {
  if (hasFusedKernel('softmaxCrossEntropy')) return softmaxCrossEntropy(logits, ids);
  return composedCrossEntropy(logits, ids);
}

/** The same from tfjs ops; an id out of range gives NaN, as TensorFlow does on a GPU. */
export function composedCrossEntropy(logits: Tensor2D, ids: Tensor1D): Tensor1D {
  // Only a tensor that was saved is sure to live until the gradient is computed: ids made inside a loss function are not.
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

/** bool [N, V]: true at each row's id. */
function oneHotMask(ids: Tensor1D, classes: number): Tensor2D {
  return tf.equal(tf.expandDims(ids, 1), tf.range(0, classes, 1, 'int32'));
}
