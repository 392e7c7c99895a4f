import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, refuse } from '../refuse';
import { type ConfusionMatrix, checkMatrix } from './confusion-matrix';
import type { Label } from './labels';

/** The value of 0/0: 0, 1, or NaN, which is excluded from the means. */
export type ZeroDivision = number;

/** Handling of scores whose denominator is 0. */
export interface ReportOptions {
  /**
   * The precision of a class that was never predicted, the recall of a class that never occurs, and the F1 of
   * a class with neither: 0 (default), 1, or NaN, which excludes the class from the means.
   */
  zeroDivision?: ZeroDivision;
}

/** Precision, recall and F1, each 0 … 1. */
export interface PrecisionRecallF1 {
  /** Precision: the share of the predictions of the class that are correct. */
  precision: number;
  /** Recall: the share of the examples of the class that were predicted as this class. */
  recall: number;
  /** F1: 2 · hits / (predicted + true), the harmonic mean of precision and recall. */
  f1: number;
}

/** The scores of one class. */
export interface ClassScores extends PrecisionRecallF1 {
  label: Label;
  /** Number of examples of the class. */
  support: number;
}

/** The scores of all classes, and their means. */
export interface ClassificationReport {
  /** One entry for each class, in the order of the labels. */
  classes: ClassScores[];
  /** From the sums over all classes. Precision, recall and F1 then equal the accuracy. */
  micro: PrecisionRecallF1;
  /** The plain means over the classes. */
  macro: PrecisionRecallF1;
  /** The means over the classes, weighted by support. */
  weighted: PrecisionRecallF1;
  /** The share of correct examples. */
  accuracy: number;
  /** Number of examples. */
  support: number;
}

const KINDS: OptionKinds<ReportOptions> = { zeroDivision: 'value?' };

/**
 * Precision, recall and F1 of each class with their micro, macro and weighted means:
 * `classificationReport(confusionMatrix(truth, predicted))`.
 *
 * @throws UnrolledError for a value that is not a confusion matrix, a matrix without examples, and a
 *   `zeroDivision` other than 0, 1 and NaN
 */
export function classificationReport(
  matrix: ConfusionMatrix,
  options: ReportOptions = {},
): ClassificationReport {
  checkOptions('classificationReport', options, KINDS);
  return reportOf('classificationReport', matrix, options.zeroDivision);
}

/** The same function; its errors have the name of the calling function. */
export function reportOf(
  scope: string,
  matrix: ConfusionMatrix,
  zeroDivision: ZeroDivision = 0,
): ClassificationReport {
  checkMatrix(scope, matrix);
  const isKnown = zeroDivision === 0 || zeroDivision === 1 || Number.isNaN(zeroDivision);
  check.number(scope, 'zeroDivision', zeroDivision, isKnown, 'of 0, 1 or NaN');
  const { labels, counts } = matrix;
  const hits = labels.map((_, i) => counts[i]![i]!);
  const trues = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const saids = labels.map((_, j) => counts.reduce((sum, row) => sum + row[j]!, 0));
  const [hit, support] = [sumOf(hits), sumOf(trues)];
  if (support === 0)
    refuse(scope, {
      expected: 'a confusion matrix with at least one example',
      got: 'none',
      remedy: 'count examples before computing scores',
    });
  const share = (part: number, whole: number) => (whole === 0 ? zeroDivision : part / whole);
  const scores = (h: number, said: number, isTrue: number) => ({
    precision: share(h, said),
    recall: share(h, isTrue),
    f1: share(2 * h, isTrue + said),
  });
  const classes = labels.map((label, i) => ({
    label,
    ...scores(hits[i]!, saids[i]!, trues[i]!),
    support: trues[i]!,
  }));
  return {
    classes,
    micro: scores(hit, support, support),
    macro: meansOf(classes, () => 1),
    weighted: meansOf(classes, ({ support: weight }) => weight),
    accuracy: hit / support,
    support,
  };
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

/** The means of the values that are numbers, unweighted if all weights are zero; NaN if there are none. */
function meansOf(
  classes: readonly ClassScores[],
  weightOf: (scores: ClassScores) => number,
): PrecisionRecallF1 {
  const mean = (name: keyof PrecisionRecallF1) => {
    const defined = classes.filter((scores) => !Number.isNaN(scores[name]));
    const weight = sumOf(defined.map(weightOf));
    if (weight === 0) return sumOf(defined.map((scores) => scores[name])) / defined.length;
    return sumOf(defined.map((scores) => weightOf(scores) * scores[name])) / weight;
  };
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') };
}
