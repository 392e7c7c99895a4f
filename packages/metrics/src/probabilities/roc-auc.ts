import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, refuse } from '../refuse';
import { descendingGroups } from './ranking';
import { type Rows, rowsOf, type Scores } from './rows';

/** How the areas of several classes are averaged. */
export interface RocAucOptions {
  /**
   * 'macro' (default): their plain mean; 'weighted': by the number of examples. Not used for two classes with
   * one score.
   */
  average?: 'macro' | 'weighted';
}

const KINDS: OptionKinds<RocAucOptions> = { average: 'string?' };

/**
 * The area under the ROC curve, 0 … 1: the probability that a random example of the class scores higher than
 * a random other one, where a tie counts half. 0.5 is chance.
 *
 * For scores [n] the classes are 0 and 1. For [n, C] it is the mean over the classes, each against all
 * others.
 *
 * @param truth classes, 0 … C − 1, or 0 and 1
 * @param scores any numbers that are higher for a more likely class; they need not be probabilities
 * @throws UnrolledError for lists that are empty or do not fit each other, scores that are not finite, and a
 *   class with no examples or with all of them
 */
export function rocAuc(truth: ArrayLike<number>, scores: Scores, options: RocAucOptions = {}): number {
  const scope = 'rocAuc';
  checkOptions(scope, options, KINDS);
  const { average = 'macro' } = options;
  check.choice(scope, 'average', average, ['macro', 'weighted']);
  const rows = rowsOf(scope, truth, 'scores', scores);
  if (rows.columns === 1) return areaOf(truth, rows, 0, 1).area;
  let [sum, weights] = [0, 0];
  for (let column = 0; column < rows.columns; column++) {
    const { area, positives } = areaOf(truth, rows, column, column);
    const weight = average === 'macro' ? 1 : positives;
    sum += weight * area;
    weights += weight;
  }
  return sum / weights;
}

/** Counts of pairs: exact integers, divided once. */
function areaOf(
  truth: ArrayLike<number>,
  rows: Rows,
  column: number,
  label: number,
): { area: number; positives: number } {
  let [positives, negatives, halfPairs] = [0, 0, 0];
  for (const group of descendingGroups(truth, rows, column, label)) {
    // For each negative of this group: twice the positives with a higher score, plus once those with an equal
    // one.
    halfPairs += group.negatives * (2 * positives + group.positives);
    positives += group.positives;
    negatives += group.negatives;
  }
  if (positives === 0 || negatives === 0) {
    refuse('rocAuc', {
      expected: `examples of class ${label} and others in truth`,
      got: positives === 0 ? 'none of it' : 'no others',
      remedy: 'measure on more examples; the area is undefined without both',
    });
  }
  return { area: halfPairs / (2 * positives * negatives), positives };
}
