import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, refuse } from '../refuse';
import { rowsOf, type Scores } from './rows';

/** The number of highest scores. */
export interface TopKOptions {
  /** k: the class must be among the k highest scores, 1 … C − 1. */
  k: number;
}

const KINDS: OptionKinds<TopKOptions> = { k: 'positive integer' };

/**
 * The share of examples, 0 … 1, whose class is among the k highest scores of their row. Of equal scores, that
 * of the class with the higher number comes first, as in scikit-learn, so a model that gives all classes the
 * same score is not always correct.
 *
 * @param truth classes, 0 … C − 1
 * @param scores [n, C], C ≥ 2: logits or probabilities
 * @throws UnrolledError for lists that are empty or differ in length, scores that are not finite, and a k of
 *   at least C
 */
export function topKAccuracy(truth: ArrayLike<number>, scores: Scores, options: TopKOptions): number {
  const scope = 'topKAccuracy';
  checkOptions(scope, options, KINDS);
  const { values, columns } = rowsOf(scope, truth, 'scores', scores);
  if (columns < 2) {
    refuse(scope, {
      expected: 'a score for each class',
      got: 'one score per example',
      remedy: 'pass scores [n, classes]',
    });
  }
  const { k } = options;
  check.number(
    scope,
    'k',
    k,
    k < columns,
    `in 1 … ${columns - 1}`,
    'with all classes every example is correct',
  );
  let right = 0;
  for (let row = 0; row < truth.length; row++) {
    const label = truth[row]!;
    const own = values[row * columns + label]!;
    let before = 0;
    for (let column = 0; column < columns; column++) {
      const other = values[row * columns + column]!;
      if (other > own || (other === own && column > label)) before += 1;
    }
    if (before < k) right += 1;
  }
  return right / truth.length;
}
