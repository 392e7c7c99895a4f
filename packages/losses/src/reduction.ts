/** Reductions of many errors to one number, used by all losses. */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { counted } from './counted';
import { checkKind, checkOptions, refuse } from './refuse';

/** Makes 0/0 equal to 0 if all weights are zero. The constant is that of TF1's `sequence_loss`. */
export const smallestWeight = 1e-12;

export interface Weighted {
  /**
   * Weight of each error, with a shape that broadcasts to the predictions'. Default 1. Predictions and
   * targets of weight 0 may have any value, even NaN.
   */
  readonly weights?: Tensor | undefined;
}

const KINDS: OptionKinds<Weighted> = { weights: 'tensor?' };

/** Checks predictions, targets and options. */
export function checkPair(scope: string, predictions: Tensor, targets: Tensor, options: Weighted): void {
  checkKind(scope, 'predictions', predictions, 'tensor');
  checkKind(scope, 'targets', targets, 'tensor');
  checkOptions(scope, options, KINDS);
}

/**
 * Predictions and targets, both 0 where the weight is 0. Throws for different shapes, which tfjs would
 * silently broadcast, and for weights that do not fit.
 */
export function pairs<T extends Tensor>(
  scope: string,
  predictions: T,
  targets: T,
  options: Weighted,
): [predictions: T, targets: T] {
  checkPair(scope, predictions, targets, options);
  const { weights } = options;
  if (!tf.util.arraysEqual(predictions.shape, targets.shape)) {
    refuse(scope, {
      expected: `targets of the predictions' shape [${predictions.shape.join(', ')}]`,
      got: `[${targets.shape.join(', ')}]`,
      remedy: 'reshape one of them',
    });
  }
  if (weights === undefined) return [predictions, targets];
  checkWeights(scope, predictions, weights);
  return [counted(predictions, weights), counted(targets, weights)];
}

/** Σ w·e */
export function weightedSum(errors: Tensor, { weights }: Weighted): Scalar {
  return tf.sum(weights === undefined ? errors : tf.mul(errors, weights));
}

/**
 * Σ w·e / (Σ w + 1e-12), where a broadcast weight is added to Σ w once for each use; without weights the
 * plain mean.
 */
export function weightedMean(errors: Tensor, { weights }: Weighted): Scalar {
  if (weights === undefined) return tf.div(tf.sum(errors), Math.max(1, errors.size));
  return weightedMeanOf(tf.mul(errors, weights), weights);
}

/** Σ e / (Σ w + 1e-12) of errors that are already multiplied by their weights. */
export function weightedMeanOf(errors: Tensor, weights: Tensor): Scalar {
  const uses = errors.size / Math.max(1, weights.size);
  return tf.div(tf.sum(errors), tf.add(tf.mul(tf.sum(weights), uses), smallestWeight));
}

/** Throws if weights do not broadcast to the errors' shape. */
export function checkWeights(scope: string, errors: Tensor, weights: Tensor): void {
  const offset = errors.rank - weights.rank;
  const fits =
    offset >= 0 &&
    weights.shape.every((extent, axis) => extent === 1 || extent === errors.shape[axis + offset]);
  if (fits) return;
  refuse(scope, {
    expected: `weights that broadcast to [${errors.shape.join(', ')}]`,
    got: `[${weights.shape.join(', ')}]`,
    remedy: 'reshape them, so that each axis has its size or 1',
  });
}
