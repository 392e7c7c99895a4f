import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords } from '@unrolled/errors';
import { counted } from './counted';
import { checkPair, checkWeights, type Weighted, weightedMean } from './reduction';
import { checkKind, refuse } from './refuse';

/**
 * The pinball loss of Q forecast quantiles, averaged over all quantiles (Koenker and Bassett, 1978). With e =
 * target − prediction,
 *
 *     max(q·e, (q − 1)·e)
 *
 * It is minimal at the q-quantile of the targets; for q = 0.5 it is half the absolute error. In units of the
 * target.
 *
 * @param predictions [..., Q]: one forecast of each quantile for each target
 * @param targets [...]
 * @param quantiles Q numbers in (0, 1)
 * @param options `weights`: the weight of each target, with a shape that broadcasts to the targets'
 * @throws UnrolledError if the shapes do not fit or a quantile is outside (0, 1)
 */
export function quantileLoss(
  predictions: Tensor,
  targets: Tensor,
  quantiles: ArrayLike<number>,
  options: Weighted = {},
): Scalar {
  checkPair('quantileLoss', predictions, targets, options);
  checkKind('quantileLoss', 'quantiles', quantiles, 'array or typed array');
  const { weights } = options;
  const levels = Array.from(quantiles);
  const bad = levels.findIndex((quantile) => !(typeof quantile === 'number' && quantile > 0 && quantile < 1));
  if (levels.length === 0 || bad >= 0) {
    refuse('quantileLoss', {
      expected: 'quantiles in (0, 1), at least one',
      got: bad < 0 ? 'none' : inWords(levels[bad]),
      remedy: 'pass for example [0.1, 0.5, 0.9]',
    });
  }
  const shape = [...targets.shape, quantiles.length];
  if (!tf.util.arraysEqual(predictions.shape, shape)) {
    refuse('quantileLoss', {
      expected: `predictions [${shape.join(', ')}]: the targets' shape with an axis of one number for each quantile`,
      got: `[${predictions.shape.join(', ')}]`,
      remedy: 'give the model one output for each quantile',
    });
  }
  return tf.tidy(() => {
    const own = weights && tf.expandDims(weights, -1);
    if (own) checkWeights('quantileLoss', predictions, own);
    const count = <T extends Tensor>(tensor: T) => (own ? counted(tensor, own) : tensor);
    const errors = tf.sub(count(tf.expandDims(targets, -1)), count(predictions));
    const q = tf.tensor1d(levels);
    const losses = tf.maximum(tf.mul(q, errors), tf.mul(tf.sub(q, 1), errors));
    return weightedMean(losses, { weights: own });
  });
}
