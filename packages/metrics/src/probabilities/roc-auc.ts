import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, refuse } from '../refuse';
import { descendingGroups } from './ranking';
import { type Rows, rowsOf, type Scores } from './rows';

/** How the areas of the classes are averaged. */
export interface RocAucOptions {
  /**
   * 'macro' (default): the unweighted mean; 'weighted': weighted by the number of examples. Not used for two
   * classes with one score.
   */
  average?: 'macro' | 'weighted';
}

const KINDS: OptionKinds<RocAucOptions> = { average: 'string?' };

/**
 * The area under the ROC curve, 0 … 1: the probability that a random example of the class has a higher score
 * than a random example of the others. A tie counts half. 0.5 corresponds to chance.
 *
 * For scores [n], the classes are 0 and 1. For [n, C], it is the mean over the classes, each against all
 * others (one-vs-rest).
 *
 * @param truth classes, 0 … C − 1, or 0 and 1
 * @param scores any numbers that are higher for a more likely class; they need not be probabilities
 * @throws UnrolledError for lists that are empty or differ in length, scores that are not finite, and a class
 *   with no examples or with all of them
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

/** Counts of pairs are exact integers, which are divided once. */
function areaOf(
  truth: ArrayLike<number>,
  rows: Rows,
  column: number,
  label: number,
): { area: number; positives: number } {
  let [positives, negatives, halfPairs] = [0, 0, 0];
  for (const group of descendingGroups(truth, rows, column, label)) {
    // For each negative example of this group: twice the number of positives with a higher score, plus the
    // number with an equal score.
    halfPairs += group.negatives * (2 * positives + group.positives);
    positives += group.positives;
    negatives += group.negatives;
  }
  if (positives === 0 || negatives === 0) {
    refuse('rocAuc', {
      expected: `examples of class ${label} and of others in truth`,
      got: positives === 0 ? 'no examples of this class' : 'only examples of this class',
      remedy: 'evaluate more examples: the area is undefined without both',
    });
  }
  return { area: halfPairs / (2 * positives * negatives), positives };
}
