import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { classesOf, type Label, type Labels } from './labels';

/** The classes that a matrix includes. */
export interface LabelOptions {
  /**
   * The classes in the order of the rows; a class that does not occur has zeros. Default: the classes that
   * occur, numbers in ascending order and texts by code point. Set it if the matrices of several batches are
   * added.
   */
  labels?: Labels;
}

/** Counts of examples by true and predicted class; plain JSON. */
export interface ConfusionMatrix {
  labels: Label[];
  /** `counts[i][j]`: number of examples of class i predicted as j. */
  counts: number[][];
}

/** The options' kinds of all functions with labels. */
export const LABEL_KINDS: OptionKinds<LabelOptions> = { labels: 'array or typed array?' };

/**
 * The confusion matrix. Rows are true classes, columns are predicted classes.
 *
 * @throws UnrolledError for lists that are empty or differ in length, a label that is not among `labels`, and
 *   labels of mixed types
 */
export function confusionMatrix(
  truth: Labels,
  predicted: Labels,
  options: LabelOptions = {},
): ConfusionMatrix {
  checkOptions('confusionMatrix', options, LABEL_KINDS);
  return countsOf('confusionMatrix', truth, predicted, options.labels);
}

/** Maximum number of classes; their matrix takes 200 MB. */
const MOST_CLASSES = 5000;

/** The same function; its errors have the name of the calling function. */
export function countsOf(scope: string, truth: Labels, predicted: Labels, labels?: Labels): ConfusionMatrix {
  const { classes, indexOf } = classesOf(scope, truth, predicted, labels);
  if (classes.length > MOST_CLASSES) {
    refuse(scope, {
      expected: `at most ${MOST_CLASSES} classes`,
      got: String(classes.length),
      remedy: 'use accuracy or topKAccuracy, which need no matrix',
      code: 'memory',
    });
  }
  const counts = classes.map(() => new Array<number>(classes.length).fill(0));
  for (let index = 0; index < truth.length; index++) {
    counts[indexOf.get(truth[index]!)!]![indexOf.get(predicted[index]!)!]! += 1;
  }
  return { labels: classes, counts };
}

/**
 * The sum of matrices with the same labels, such as those of batches or workers.
 *
 * @throws UnrolledError for an empty list, and for different labels
 */
export function mergeConfusionMatrices(matrices: readonly ConfusionMatrix[]): ConfusionMatrix {
  const scope = 'mergeConfusionMatrices';
  checkKind(scope, 'matrices', matrices, 'array');
  const [first] = matrices;
  if (first === undefined)
    refuse(scope, {
      expected: 'at least one matrix',
      got: 'none',
      remedy: 'pass the matrices of the batches in an array',
    });
  for (const matrix of matrices) {
    checkMatrix(scope, matrix);
    const same =
      matrix.labels.length === first.labels.length &&
      matrix.labels.every((label, index) => label === first.labels[index]);
    if (same) continue;
    refuse(scope, {
      expected: 'matrices with the same labels in the same order',
      got: `[${matrix.labels.join(', ')}] and [${first.labels.join(', ')}]`,
      remedy: 'set the option labels of confusionMatrix',
    });
  }
  const counts = first.counts.map((row, i) =>
    row.map((_, j) => matrices.reduce((sum, matrix) => sum + matrix.counts[i]![j]!, 0)),
  );
  return { labels: [...first.labels], counts };
}

/** Refuses a value that is not a confusion matrix of at least one example. */
export function checkMatrix(scope: string, matrix: ConfusionMatrix): void {
  checkKind(scope, 'a confusion matrix', matrix, 'object');
  const { labels, counts } = matrix;
  const isSquare =
    Array.isArray(labels) &&
    Array.isArray(counts) &&
    counts.length === labels.length &&
    counts.every((row) => Array.isArray(row) && row.length === labels.length && row.every(isCount));
  if (isSquare) return;
  refuse(scope, {
    expected: 'a confusion matrix { labels, counts } with a row and a column of counts for each label',
    got: inWords(counts),
    remedy: 'pass the result of confusionMatrix(truth, predicted)',
  });
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
