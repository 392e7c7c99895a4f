import { refuse } from '../refuse';
import { descendingGroups } from './ranking';
import { rowsOf } from './rows';

/**
 * Average precision of two classes, 0 … 1: the precision at each score, from the highest down, weighted by
 * the increase of recall. It is the area under the stepwise precision-recall curve; examples with equal
 * scores are one step.
 *
 * @param truth 0 and 1
 * @param scores [n], higher for a more likely class 1
 * @throws UnrolledError for lists that are empty or differ in length, scores that are not finite, and no
 *   example of class 1
 */
export function averagePrecision(truth: ArrayLike<number>, scores: ArrayLike<number>): number {
  const scope = 'averagePrecision';
  const rows = rowsOf(scope, truth, 'scores', scores);
  if (rows.columns > 1) {
    refuse(scope, {
      expected: 'one score per example',
      got: `${rows.columns}`,
      remedy:
        "call the function once for each class, with the class's column of scores, and a truth of 1 for the class and 0 for the others",
    });
  }
  let [hits, seen, sum] = [0, 0, 0];
  for (const { positives, negatives } of descendingGroups(truth, rows, 0, 1)) {
    hits += positives;
    seen += positives + negatives;
    sum += (positives * hits) / seen;
  }
  if (hits === 0) {
    refuse(scope, {
      expected: 'at least one example of class 1 in truth',
      got: 'none',
      remedy: 'evaluate more examples: average precision is undefined without this class',
    });
  }
  return sum / hits;
}
