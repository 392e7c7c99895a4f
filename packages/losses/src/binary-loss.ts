/** Losses of independent binary logits: the checks of their inputs, and their weights. */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { slowToRead } from './class-ids';
import { counted } from './counted';
import type { Reduction } from './cross-entropy';
import { checkWeights, weightedMeanOf } from './reduction';
import { checkFirstOrder, checkKind, checkLengths, checkOptions, refuse } from './refuse';
import { checkSmoothing } from './row-losses';
import { maskOf, spread, weightsFor } from './what-counts';

export interface BinaryLossOptions<R extends Reduction = 'mean'> {
  /** Default 'mean': Σ w·l / (Σ w + 1e-12), the plain mean if all weights are 1. */
  readonly reduction?: R;
  /**
   * Weight of each logit: a tensor that broadcasts to the logits, [C] for classes, or a number for each
   * logit, row by row. Default 1. Logits and targets of weight 0 may have any value, even NaN.
   */
  readonly weights?: Tensor | ArrayLike<number> | undefined;
  /** For logits [B, T, …]: valid steps of each row. Values past them may have any value. */
  readonly lengths?: ArrayLike<number> | undefined;
  /** ε, 0 … 1: a target y becomes (1 − ε)·y + ε/2, as in Keras. Default 0. */
  readonly labelSmoothing?: number | undefined;
}

/** The option kinds of these losses. */
export const BINARY_KINDS: OptionKinds<BinaryLossOptions<Reduction>> = {
  reduction: "'mean', 'sum' or 'none'?",
  weights: 'tensor or array or typed array?',
  lengths: 'array or typed array?',
  labelSmoothing: 'number?',
};

/**
 * An elementwise loss of logits and targets of the same shape, and its derivative with respect to the logits.
 */
export interface ElementLoss {
  loss(logits: Tensor, targets: Tensor): Tensor;
  slope(logits: Tensor, targets: Tensor): Tensor;
}

/** The loss of logits of any rank, reduced. Values of weight 0 affect neither the loss nor the gradient. */
export function binaryLoss(
  scope: string,
  logits: Tensor,
  given: Tensor | ArrayLike<number>,
  options: BinaryLossOptions<Reduction>,
  { loss, slope }: ElementLoss,
): Tensor {
  const { reduction = 'mean', labelSmoothing = 0 } = options;
  checkSmoothing(scope, labelSmoothing);
  return tf.tidy((): Tensor => {
    checkFirstOrder(scope);
    const weights = countsOf(scope, logits, options);
    const truth = targetsOf(scope, logits, given, weights);
    const targets =
      labelSmoothing > 0 ? tf.add(tf.mul(truth, 1 - labelSmoothing), labelSmoothing / 2) : truth;
    const op = tf.customGrad((x, y, save) => {
      (save as (tensors: Tensor[]) => void)([x as Tensor, y as Tensor]);
      return {
        value: loss(x as Tensor, y as Tensor),
        gradFunc: (dy: Tensor, [savedX, savedY]: Tensor[]) => [
          tf.mul(dy, slope(savedX!, savedY!)),
          tf.zerosLike(savedY!),
        ],
      };
    });
    const losses = op(weights ? counted(logits, weights) : logits, targets);
    const all = weights ? tf.mul(losses, weights) : losses;
    if (reduction === 'none') return all;
    if (reduction === 'sum') return tf.sum(all);
    return weights ? weightedMeanOf(all, weights) : (tf.div(tf.sum(all), Math.max(1, all.size)) as Scalar);
  });
}

/** Checks the inputs of all binary losses. */
export function checkBinary<O extends object>(
  scope: string,
  logits: Tensor,
  options: O,
  kinds: OptionKinds<O>,
): void {
  checkKind(scope, 'logits', logits, 'tensor');
  checkOptions(scope, options, kinds);
  if (logits.dtype === 'float32') return;
  const remedy = "pass tf.cast(logits, 'float32'); the targets are the second argument";
  refuse(scope, { expected: 'logits of dtype float32', got: logits.dtype, remedy });
}

/** The weight of each logit, in the logits' shape; undefined if all weights are 1. */
function countsOf(
  scope: string,
  logits: Tensor,
  { weights: given, lengths }: BinaryLossOptions<Reduction>,
): Tensor | undefined {
  const weights = weightsFor(scope, 'the logits', given, logits.shape);
  if (weights) checkWeights(scope, logits, weights);
  if (lengths === undefined) return weights && spread(weights, logits.shape);
  if (logits.rank < 2) {
    refuse(scope, {
      expected: 'lengths only with logits [B, T, …]',
      got: `logits [${logits.shape.join(', ')}]`,
      remedy: 'omit lengths, or set the weights of unused logits to 0',
    });
  }
  const within = maskOf(checkLengths(scope, lengths, logits.shape[0]!, logits.shape[1]!)!, logits.shape);
  return spread(weights ? tf.mul(within, weights) : within, logits.shape);
}

/** The targets as a tensor in the logits' shape, each in 0 … 1; 0 where the weight is 0. */
function targetsOf(
  scope: string,
  logits: Tensor,
  given: Tensor | ArrayLike<number>,
  weights: Tensor | undefined,
): Tensor {
  const { shape } = logits;
  const isTensor = given instanceof tf.Tensor;
  if (!isTensor) checkKind(scope, 'targets', given, 'tensor or array or typed array');
  const isNested = !isTensor && typeof given[0] === 'object';
  const fits = isTensor ? tf.util.arraysEqual(given.shape, shape) : !isNested && given.length === logits.size;
  if (!fits) {
    refuse(scope, {
      expected: `targets in the logits' shape [${shape.join(', ')}], or ${logits.size} numbers row by row`,
      got: isTensor
        ? `[${given.shape.join(', ')}]`
        : `${isNested ? 'nested lists, ' : ''}${given.length} numbers`,
      remedy: isNested
        ? 'pass targets.flat()'
        : 'pass 0 or 1 for each logit; for exclusive classes use crossEntropy',
      code: 'shape',
    });
  }
  const isBlind = isTensor && slowToRead.includes(tf.getBackend());
  if (!isBlind) checkShares(scope, isTensor ? given.dataSync() : given, weights);
  const targets = isTensor ? tf.cast(given, 'float32') : tf.tensor(Float32Array.from(given), shape);
  return weights ? counted(targets, weights) : targets;
}

function checkShares(scope: string, values: ArrayLike<number>, weights: Tensor | undefined): void {
  let counts: ArrayLike<number> | undefined;
  for (let n = 0; n < values.length; n++) {
    if (values[n]! >= 0 && values[n]! <= 1) continue;
    counts ??= weights?.dataSync();
    if (counts?.[n] === 0) continue;
    refuse(scope, {
      expected: 'targets from 0 to 1',
      got: `${inWords(values[n])} at ${n}`,
      remedy: 'pass 1 for yes and 0 for no; convert -1 and 1 by (y + 1) / 2',
    });
  }
}
