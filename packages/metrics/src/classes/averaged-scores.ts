/** Precision, recall and F1, each averaged to one number. */
import { inWords, type OptionKinds } from '@unrolled/errors';
import { check, checkOptions, refuse } from '../refuse';
import { type PrecisionRecallF1, type ReportOptions, reportOf } from './classification-report';
import { countsOf, LABEL_KINDS, type LabelOptions } from './confusion-matrix';
import type { Label, Labels } from './labels';

/** The classes that a score includes. */
export type Average = 'binary' | 'micro' | 'macro' | 'weighted';

/** How the scores of the classes are averaged. */
export interface AverageOptions extends LabelOptions, ReportOptions {
  /**
   * 'binary' (default): the score of the class `positive`, one of two. Otherwise the mean over all classes;
   * see `classificationReport`.
   */
  average?: Average;
  /** The positive class with 'binary'. Default 1. */
  positive?: Label;
}

const AVERAGES: readonly Average[] = ['binary', 'micro', 'macro', 'weighted'];

const KINDS: OptionKinds<AverageOptions> = /* @__PURE__ */ Object.assign(
  { average: 'string?', positive: 'number or string?', zeroDivision: 'value?' } as const,
  LABEL_KINDS,
);

/**
 * Precision: the share of the predictions of a class that are correct, 0 … 1.
 *
 * @throws UnrolledError for lists that are empty or differ in length, more than two classes or no class
 *   `positive` with 'binary', and an option out of range
 */
export function precision(truth: Labels, predicted: Labels, options: AverageOptions = {}): number {
  return averaged('precision', truth, predicted, options).precision;
}

/**
 * Recall: the share of the examples of a class that were predicted as this class, 0 … 1. Its macro mean is
 * the balanced accuracy.
 *
 * @throws UnrolledError as `precision`
 */
export function recall(truth: Labels, predicted: Labels, options: AverageOptions = {}): number {
  return averaged('recall', truth, predicted, options).recall;
}

/**
 * F1, the harmonic mean of precision and recall, 0 … 1. The macro mean is the mean of the classes' F1, not
 * the F1 of the means.
 *
 * @throws UnrolledError as `precision`
 */
export function f1Score(truth: Labels, predicted: Labels, options: AverageOptions = {}): number {
  return averaged('f1Score', truth, predicted, options).f1;
}

function averaged(
  scope: string,
  truth: Labels,
  predicted: Labels,
  options: AverageOptions,
): PrecisionRecallF1 {
  checkOptions(scope, options, KINDS);
  const { average = 'binary', positive = 1, labels, zeroDivision } = options;
  check.choice(scope, 'average', average, AVERAGES);
  if (average !== 'binary' && options.positive !== undefined) {
    refuse(scope, {
      expected: `no option positive with average '${average}'`,
      got: inWords(options.positive),
      remedy: `omit positive: only 'binary' uses it`,
    });
  }
  const matrix = countsOf(scope, truth, predicted, labels);
  const report = reportOf(scope, matrix, zeroDivision);
  if (average !== 'binary') return report[average];
  if (matrix.labels.length > 2) {
    refuse(scope, {
      expected: `at most two classes with average 'binary'`,
      got: String(matrix.labels.length),
      remedy: `set average: 'macro', 'micro' or 'weighted'`,
    });
  }
  const scores = report.classes.find(({ label }) => label === positive);
  if (scores) return scores;
  refuse(scope, {
    expected: `the class ${inWords(positive)} among the labels`,
    got: matrix.labels.map(inWords).join(', '),
    remedy: 'set positive to the class whose score you need',
  });
}
