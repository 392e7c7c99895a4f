/** The input of all CTC decoders: log-probabilities of the classes at each step of each row. */
import { Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkKind, checkLengths, checkOptions, refuse } from '../refuse';

export interface CtcDecodingOptions {
  /** Valid steps of each row, 0 … T. Steps past them are not read. Default all T. */
  readonly inputLengths?: ArrayLike<number> | undefined;
  /** The class of the blank, 0 … C − 1. Default 0. */
  readonly blank?: number | undefined;
}

export const DECODING_KINDS: OptionKinds<CtcDecodingOptions> = {
  inputLengths: 'array or typed array?',
  blank: 'integer of at least 0?',
};

/** The steps of one row. */
export interface CtcScores {
  readonly steps: number;
  readonly classes: number;
  readonly blank: number;
  /** ln softmax of each step [T, C], in nats. */
  readonly logs: Float64Array;
}

/** A text decoded from one row. */
export interface CtcText {
  /** Class ids, without blanks. */
  readonly labels: readonly number[];
  /** ln P(labels | row) in nats, over the alignments that were considered. */
  readonly logProbability: number;
  /** The first step of each label in the most likely of these alignments. */
  readonly starts: readonly number[];
  /** The step after the last step of each label. */
  readonly ends: readonly number[];
}

/**
 * Each row's log-probabilities.
 *
 * @throws UnrolledError if logits are not [B, T, C], an option has the wrong kind or length, or a logit
 *   within a row's length is NaN
 */
export function scoresOf<O extends CtcDecodingOptions>(
  scope: string,
  logits: Tensor3D,
  options: O,
  kinds: OptionKinds<O>,
): CtcScores[] {
  checkKind(scope, 'logits', logits, 'tensor');
  checkOptions(scope, options, kinds);
  if (!(logits instanceof Tensor) || logits.rank !== 3 || logits.dtype !== 'float32' || !logits.shape[2]) {
    const { dtype, shape } = logits as Tensor;
    refuse(scope, {
      expected: 'logits float32 [B, T, C], the batch first',
      got: `${dtype} [${shape.join(', ')}]`,
      remedy: 'pass scores before the softmax, or log-probabilities; for one row [1, T, C]',
      code: 'shape',
    });
  }
  const [batch, time, classes] = logits.shape;
  const { inputLengths, blank = 0 } = options;
  if (blank >= classes) {
    refuse(scope, {
      expected: `blank in 0 … ${classes - 1}, a class of the logits`,
      got: inWords(blank),
      remedy: 'pass the index of the blank class; in TensorFlow 1 it was the last one',
    });
  }
  const lengths = checkLengths(scope, inputLengths, batch, time);
  const values = logits.dataSync<'float32'>();
  return Array.from({ length: batch }, (_, b) => {
    const steps = lengths?.[b] ?? time;
    const logs = logSoftmax(values.subarray(b * time * classes, (b * time + steps) * classes), classes);
    const bad = logs.findIndex(Number.isNaN);
    if (bad >= 0) {
      refuse(scope, {
        expected: 'logits without NaN, with at least one finite logit in each step',
        got: `NaN or no finite logit at row ${b}, step ${Math.floor(bad / classes)}`,
        remedy: 'the model has diverged: train it with a lower rate, or clip its gradients',
      });
    }
    return { steps, classes, blank, logs };
  });
}

function logSoftmax(logits: Float32Array, classes: number): Float64Array {
  const logs = Float64Array.from(logits);
  for (let start = 0; start < logs.length; start += classes) {
    let top = -Infinity;
    for (let k = start; k < start + classes; k++) top = Math.max(top, logs[k]!);
    let sum = 0;
    for (let k = start; k < start + classes; k++) sum += Math.exp(logs[k]! - top);
    const logSum = Math.log(sum);
    for (let k = start; k < start + classes; k++) logs[k] = logs[k]! - top - logSum;
  }
  return logs;
}

/** ln (eᵃ + eᵇ) */
export function logAdd(a: number, b: number): number {
  const top = Math.max(a, b);
  return top === -Infinity ? top : top + Math.log1p(Math.exp(Math.min(a, b) - top));
}
