import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkOptions } from './refuse';
import { weightedSteps } from './sequence-loss';

/**
 * The natural logarithm of each whole sequence's probability under the model: Σₜ ln softmax(logitsₜ) at the
 * target, [B]. The probability itself underflows to 0 for long sequences, so compare the logarithms.
 *
 * @param logits scores before the softmax, float32 [B, T, V]
 * @param targets class ids, in 0 … V − 1, int32 [B, T] or the numbers row by row
 * @param options `lengths`: valid steps of each row; a row of length 0 has ln 1 = 0
 * @throws UnrolledError if shapes do not fit or a target is out of range
 */
export function sequenceLogProbability(
  logits: Tensor3D,
  targets: Tensor2D | ArrayLike<number>,
  options: { readonly lengths?: ArrayLike<number> | undefined } = {},
): Tensor1D {
  checkOptions('sequenceLogProbability', options, { lengths: 'array or typed array?' });
  return tf.tidy(() => {
    const losses = weightedSteps('sequenceLogProbability', logits, targets, options);
    // 0 − Σ instead of −Σ, so that a certain sequence has the logarithm 0, not −0.
    return tf.sub(0, tf.sum(losses, 1));
  });
}
