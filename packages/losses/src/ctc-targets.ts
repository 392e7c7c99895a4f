/** The forms in which `ctcLoss` accepts its targets. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords } from '@unrolled/errors';
import { checkKind, refuse } from './refuse';

/**
 * The labels of each row: a list of lists; an int32 tensor [B, L] of padded rows; or all rows' labels
 * concatenated, in an int32 tensor [Σ lengths] or an array (an array of B · L numbers is read as padded
 * rows).
 */
export type CtcTargets = readonly ArrayLike<number>[] | Tensor2D | Tensor1D | ArrayLike<number>;

/** The number of rows and classes, and the class of the blank. */
interface Alphabet {
  readonly batch: number;
  readonly classes: number;
  readonly blank: number;
}

/**
 * Returns the labels of each row.
 *
 * @throws UnrolledError if the number of rows differs from that of the logits, lengths do not fit, or a label
 *   is the blank or an unknown class
 */
export function targetRows(
  scope: string,
  targets: CtcTargets,
  targetLengths: ArrayLike<number> | undefined,
  alphabet: Alphabet,
): Int32Array[] {
  checkKind(scope, 'targets', targets, 'tensor or array or typed array');
  const { batch } = alphabet;
  const lengths = targetLengths && Array.from(targetLengths);
  if (lengths && lengths.length !== batch) {
    refuse(scope, {
      expected: `${batch} targetLengths, one for each row of the logits`,
      got: `${lengths.length} lengths`,
      remedy: 'pass the number of labels of each row',
    });
  }
  const rows = rowsOf(scope, targets, lengths, batch);
  return rows.map((row, b) => {
    checkKind(scope, 'each of targets', row, 'array or typed array');
    const length = lengths ? lengths[b]! : row.length;
    if (!Number.isInteger(length) || length < 0 || length > row.length) {
      refuse(scope, {
        expected: `targetLengths of integers in 0 … ${row.length}`,
        got: `${inWords(length)} at row ${b}`,
        remedy: 'pass the number of labels of each row',
      });
    }
    return checkedLabels(scope, Array.prototype.slice.call(row, 0, length), b, alphabet);
  });
}

/** Each row as passed, including its padding. */
function rowsOf(
  scope: string,
  targets: CtcTargets,
  lengths: readonly number[] | undefined,
  batch: number,
): readonly ArrayLike<number>[] {
  const { values, shape } = listed(scope, targets);
  if (
    shape.length === 2
      ? shape[0] === batch
      : (values.length === 0 || typeof values[0] === 'object') && values.length === batch
  ) {
    return shape.length === 2
      ? cut(values as ArrayLike<number>, new Array(batch).fill(shape[1]))
      : (values as Rows);
  }
  const isFlat = shape.length === 1 && typeof values[0] !== 'object';
  const total = lengths?.reduce((sum, length) => sum + length, 0);
  if (isFlat && total === values.length) return cut(values as ArrayLike<number>, lengths!);
  if (isFlat && values.length % batch === 0) {
    return cut(values as ArrayLike<number>, new Array(batch).fill(values.length / batch));
  }
  return refuse(scope, {
    expected: `the labels of ${batch} rows, as many as the logits have`,
    got: shape.length === 2 ? `[${shape.join(', ')}]` : `${values.length} ${isFlat ? 'numbers' : 'lists'}`,
    remedy: 'pass a list of lists, one for each row; an empty list for a row without labels',
    code: 'shape',
  });
}

type Rows = readonly ArrayLike<number>[];

/** The numbers or lists of the targets, and the shape if they are a tensor. */
function listed(
  scope: string,
  targets: CtcTargets,
): { values: ArrayLike<number> | Rows; shape: readonly number[] } {
  if (!(targets instanceof tf.Tensor)) return { values: targets, shape: [targets.length] };
  if (targets.dtype !== 'int32' || targets.rank > 2) {
    refuse(scope, {
      expected: 'targets int32 [B, L] or [Σ lengths]',
      got: `${targets.dtype} [${targets.shape.join(', ')}]`,
      remedy: 'pass class numbers, in a list of lists or an int32 tensor',
    });
  }
  return { values: targets.dataSync<'int32'>(), shape: targets.shape };
}

/** Consecutive parts of a list. */
function cut(values: ArrayLike<number>, lengths: readonly number[]): ArrayLike<number>[] {
  let end = 0;
  return lengths.map((length) => {
    const start = end;
    end += length;
    return Array.prototype.slice.call(values, start, end);
  });
}

function checkedLabels(
  scope: string,
  labels: readonly unknown[],
  row: number,
  { classes, blank }: Alphabet,
): Int32Array {
  const bad = labels.findIndex(
    (label) =>
      !Number.isInteger(label) || (label as number) < 0 || (label as number) >= classes || label === blank,
  );
  if (bad >= 0) {
    const isBlank = labels[bad] === blank;
    refuse(scope, {
      expected: `labels in 0 … ${classes - 1}, the classes of the logits, other than the blank ${blank}`,
      got: `${isBlank ? 'the blank' : inWords(labels[bad])} at row ${row}, label ${bad}`,
      remedy: isBlank
        ? 'remove blanks from the targets, or set blank to another class; for padded rows pass targetLengths'
        : 'add the label to the alphabet, or pass targetLengths if it is padding',
    });
  }
  return Int32Array.from(labels as readonly number[]);
}
