import { countsOf } from './confusion-matrix';
import type { Labels } from './labels';

/**
 * Matthews' correlation coefficient of two or more classes (Gorodkin, 2004): 1 if all predictions are
 * correct, 0 for chance, at least −1. It is also 0 if all examples have the same class, or all predictions
 * do.
 *
 * @throws UnrolledError for lists that are empty or differ in length, and labels of mixed types
 */
export function matthewsCorrelation(truth: Labels, predicted: Labels): number {
  const { labels, counts } = countsOf('matthewsCorrelation', truth, predicted);
  const examples = truth.length;
  let [right, together, trueSquares, saidSquares] = [0, 0, 0, 0];
  for (let index = 0; index < labels.length; index++) {
    const isTrue = counts[index]!.reduce((sum, count) => sum + count, 0);
    const said = counts.reduce((sum, row) => sum + row[index]!, 0);
    right += counts[index]![index]!;
    together += isTrue * said;
    trueSquares += isTrue ** 2;
    saidSquares += said ** 2;
  }
  const variances = (examples ** 2 - saidSquares) * (examples ** 2 - trueSquares);
  return variances === 0 ? 0 : (right * examples - together) / Math.sqrt(variances);
}
