/**
 * Connectionist temporal classification (Graves, Fernández, Gomez and Schmidhuber, 2006): the negative
 * log-probability of a row's labels, summed over all alignments of the labels with the row's steps. A model
 * has one class besides the labels, the blank. A path of classes becomes labels by merging equal neighbours
 * and then removing blanks. The recurrences are in plain-ctc.ts.
 */
import type { Scalar, Tensor, Tensor1D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { type CtcProblem, ctcLosses, hasFusedKernel, isTakingGradients } from '@unrolled/kernels';
import type { Reduction } from './cross-entropy';
import { type CtcTargets, targetRows } from './ctc-targets';
import { leastSteps, plainCtc } from './plain-ctc';
import { checkFirstOrder, checkKind, checkLengths, checkOptions, refuse } from './refuse';

export interface CtcLossOptions<R extends Reduction = 'mean'> {
  /** Valid steps of each row, 0 … T. Values past them may have any value. Default all T. */
  readonly inputLengths?: ArrayLike<number> | undefined;
  /**
   * The same option under the name that the other losses use and that `modelLoss` of `@unrolled/training`
   * passes. Only one of the two may be given.
   */
  readonly lengths?: ArrayLike<number> | undefined;
  /** Number of labels of each row. Default: all labels passed for the row. */
  readonly targetLengths?: ArrayLike<number> | undefined;
  /** The class of the blank, 0 … C − 1. Default 0. */
  readonly blank?: number | undefined;
  /**
   * If true, a target that is too long for its row has a loss and a gradient of 0 instead of ∞ and NaN.
   * Default false.
   */
  readonly zeroInfinity?: boolean | undefined;
  /**
   * Default 'mean': each row's loss divided by its number of labels (at least 1), then the mean over the
   * batch. 'sum' and 'none', [B], do not divide.
   */
  readonly reduction?: R;
}

const KINDS: OptionKinds<CtcLossOptions<Reduction>> = {
  inputLengths: 'array or typed array?',
  lengths: 'array or typed array?',
  targetLengths: 'array or typed array?',
  blank: 'integer of at least 0?',
  zeroInfinity: 'boolean?',
  reduction: "'mean', 'sum' or 'none'?",
};

/**
 * The CTC loss of a batch in nats: PyTorch's `ctc_loss`, but with the batch first, and including the
 * log-softmax.
 *
 * @param logits scores before the softmax, float32 [B, T, C], where C is the number of labels and the blank.
 *   On `unrolled`, a loss above 3.7 · 10⁸ nats becomes ∞; below that, scores of any size are safe
 * @param targets each row's labels, without blanks: `[[3, 1, 4], [1]]`, or another form of {@link CtcTargets}
 * @returns a scalar, or with reduction 'none' each row's loss [B]; ∞ for a target that needs more steps than
 *   its row has
 * @throws UnrolledError if shapes or lengths do not fit, or a target contains the blank or an unknown class
 */
export function ctcLoss<R extends Reduction = 'mean'>(
  logits: Tensor3D,
  targets: CtcTargets,
  options: CtcLossOptions<R> = {},
): R extends 'none' ? Tensor1D : Scalar {
  const scope = 'ctcLoss';
  checkLogits(scope, logits);
  checkOptions(scope, options, KINDS as OptionKinds<typeof options>);
  checkFirstOrder(scope);
  if (options.inputLengths && options.lengths) {
    refuse(scope, {
      expected: 'either inputLengths or lengths',
      got: 'both',
      remedy: 'pass one of them; they are the same option',
    });
  }
  const {
    inputLengths = options.lengths,
    targetLengths,
    blank = 0,
    zeroInfinity = false,
    reduction = 'mean',
  } = options;
  const [batch, time, classes] = logits.shape;
  checkBlank(scope, blank, classes);
  const lengths = checkLengths(scope, inputLengths, batch, time) ?? new Array<number>(batch).fill(time);
  const rows = targetRows(scope, targets, targetLengths, { batch, classes, blank });
  return tf.tidy((): Tensor => {
    const losses = rowLosses(logits, { targets: rows, inputLengths: lengths, blank, zeroInfinity });
    if (reduction === 'none') return losses;
    if (reduction === 'sum') return tf.sum(losses);
    const shares = rows.map(({ length }) => 1 / (Math.max(1, length) * batch));
    return tf.sum(tf.mul(losses, tf.tensor1d(shares, 'float32')));
  }) as R extends 'none' ? Tensor1D : Scalar;
}

function checkLogits(scope: string, logits: Tensor3D): void {
  checkKind(scope, 'logits', logits, 'tensor');
  if (logits.rank === 3 && logits.dtype === 'float32' && logits.shape[2] > 0) return;
  refuse(scope, {
    expected: 'logits float32 [B, T, C], with the batch first',
    got: `${logits.dtype} [${logits.shape.join(', ')}]`,
    remedy: 'pass scores before the softmax; for logits [T, B, C] pass tf.transpose(logits, [1, 0, 2])',
    code: 'shape',
  });
}

function checkBlank(scope: string, blank: number, classes: number): void {
  if (blank < classes) return;
  refuse(scope, {
    expected: `blank in 0 … ${classes - 1}, a class of the logits`,
    got: inWords(blank),
    remedy: 'pass the index of the blank class; in TensorFlow 1 it was the last one',
  });
}

/** The loss of each row, [B]. */
const rowLosses = (logits: Tensor3D, problem: Required<CtcProblem>): Tensor1D =>
  hasFusedKernel('ctcLosses') ? ctcLosses(logits, problem) : plainLosses(logits, problem);

/** The same in float64, from the values of the logits, for every backend. */
export function plainLosses(logits: Tensor3D, problem: Required<CtcProblem>): Tensor1D {
  const [batch, time, classes] = logits.shape;
  const op = tf.customGrad((x, save) => {
    const values = (x as Tensor).dataSync<'float32'>();
    const losses = new Float32Array(batch);
    const gradient = isTakingGradients() ? new Float32Array(values.length) : undefined;
    for (const [b, labels] of problem.targets.entries()) {
      const steps = problem.inputLengths![b]!;
      const [start, end] = [b * time * classes, (b * time + steps) * classes];
      const fits = leastSteps(labels) <= steps;
      const own = gradient?.subarray(start, end);
      const row = { logits: values.subarray(start, end), steps, classes, labels, blank: problem.blank };
      const loss = fits ? plainCtc(row, own) : Infinity;
      const isZero = loss === Infinity && problem.zeroInfinity;
      if (loss === Infinity) own?.fill(isZero ? 0 : Number.NaN);
      losses[b] = isZero ? 0 : loss;
    }
    if (gradient) (save as (tensors: Tensor[]) => void)([tf.tensor(gradient, logits.shape)]);
    return {
      value: tf.tensor1d(losses),
      gradFunc: (dy: Tensor, [saved]: Tensor[]) => tf.mul(saved!, tf.reshape(dy, [batch, 1, 1])),
    };
  });
  return op(logits) as Tensor1D;
}
