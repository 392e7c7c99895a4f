import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { counted } from './counted';
import { weightedMeanOf } from './reduction';
import { checkFirstOrder, checkKind, checkOptions, refuse } from './refuse';
import { checkSmoothing, meanRowLoss, rowLosses, weighed } from './row-losses';
import { smoothedCrossEntropy } from './smoothed-cross-entropy';
import { COUNT_KINDS, idsThatCount, type WhatCounts } from './what-counts';

/** How the losses of all ids are reduced: mean, sum, or none. */
export type Reduction = 'mean' | 'sum' | 'none';

export interface CrossEntropyOptions<R extends Reduction = 'mean'> extends WhatCounts {
  /** Default 'mean': Σ w·ce / (Σ w + 1e-12). */
  readonly reduction?: R;
  /** The weight of each class, [V], multiplied by the weights of the ids. Default 1 for all classes. */
  readonly classWeights?: ArrayLike<number> | undefined;
  /**
   * ε, 0 … 1: the target is (1 − ε) · onehot + ε/V over all V classes (Szegedy et al., 2016), PyTorch's
   * `label_smoothing`. With `classWeights` each class's part of the loss has the weight of that class.
   * Default 0.
   */
  readonly labelSmoothing?: number | undefined;
}

const KINDS: OptionKinds<CrossEntropyOptions<Reduction>> = {
  ...COUNT_KINDS,
  reduction: "'mean', 'sum' or 'none'?",
  classWeights: 'array or typed array?',
  labelSmoothing: 'number?',
};

/**
 * The softmax cross-entropy of logits of any rank, in nats. It is PyTorch's `cross_entropy` with the classes
 * on the last axis. One label for a sequence: logits [B, V], ids [B]. One label for each step: logits
 * [B, T, V], ids [B, T], and `lengths`.
 *
 * @param logits scores before the softmax, float32 […, V]; any finite size is safe
 * @param ids one class in 0 … V − 1 for each row of logits: int32 […], or the numbers row by row; for logits
 *   [V] one number
 * @returns a scalar, or with reduction 'none' w·ce in the ids' shape
 * @throws UnrolledError if shapes do not fit, weights and lengths are both passed, or an id is out of range
 *   (on webgl and webgpu, tensors are not checked, because reading them would wait for the device, and the
 *   loss is NaN)
 */
export function crossEntropy<T extends Tensor = Tensor, R extends Reduction = 'mean'>(
  logits: Tensor,
  ids: T | ArrayLike<number> | number,
  options: CrossEntropyOptions<R> = {},
): R extends 'none' ? T : Scalar {
  const scope = 'crossEntropy';
  checkKind(scope, 'logits', logits, 'tensor');
  checkOptions(scope, options, KINDS as OptionKinds<typeof options>);
  const { reduction = 'mean', classWeights, labelSmoothing = 0, ...counting } = options;
  checkSmoothing(scope, labelSmoothing);
  return tf.tidy((): Tensor => {
    checkFirstOrder(scope);
    const { ids: labels, weights: own } = idsThatCount(scope, 'ids', logits, ids, counting);
    const ofClasses = classWeights && checkedClassWeights(logits, classWeights);
    const ofIds = ofClasses && tf.gather(ofClasses, labels);
    const weights = own && ofIds ? tf.mul(own, ofIds) : (own ?? ofIds);
    if (reduction === 'mean' && !weights) return meanRowLoss(logits, labels, { labelSmoothing });
    const losses =
      ofClasses && labelSmoothing > 0
        ? smoothedByClass(logits, labels, labelSmoothing, ofClasses, own)
        : weighed(rowLosses(logits, labels, { labelSmoothing, weights }), labels.shape, weights);
    if (reduction === 'none') return losses;
    return reduction === 'sum' ? tf.sum(losses) : weightedMeanOf(losses, weights!);
  }) as R extends 'none' ? T : Scalar;
}

/** The weighted losses. Each class's part of a smoothed label has the weight of that class. */
function smoothedByClass(
  logits: Tensor,
  ids: Tensor,
  labelSmoothing: number,
  classWeights: Tensor1D,
  own: Tensor | undefined,
): Tensor {
  const rows: Tensor2D = tf.reshape(logits, [ids.size, logits.shape.at(-1)!]);
  const safe = own ? counted(rows, tf.reshape(own, [ids.size, 1])) : rows;
  const labels: Tensor1D = tf.reshape(ids, [ids.size]);
  return weighed(smoothedCrossEntropy(safe, labels, labelSmoothing, classWeights), ids.shape, own);
}

/** The weight of each class, [V]. */
function checkedClassWeights(logits: Tensor, classWeights: ArrayLike<number>): Tensor1D {
  const classes = logits.shape.at(-1)!;
  const all = Array.from(classWeights);
  const bad = all.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (all.length !== classes || bad >= 0) {
    refuse('crossEntropy', {
      expected: `${classes} classWeights, each a finite number of at least 0`,
      got: bad >= 0 ? `${inWords(all[bad])} at ${bad}` : `${all.length} numbers`,
      remedy: 'pass one weight for each class of the logits',
    });
  }
  return tf.tensor1d(all);
}
