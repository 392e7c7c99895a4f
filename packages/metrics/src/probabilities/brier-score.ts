import { probabilityRowsOf, type Scores } from './rows';

/**
 * The Brier score (1950): the mean squared difference between probabilities and outcomes. It is 0 if all
 * predictions are certain and correct.
 *
 * For probabilities [n] of class 1, it is the mean of (p − truth)², 0 … 1. For [n, C], the squares of the
 * classes of a row are summed, 0 … 2. With two columns this is twice the value of one column; scikit-learn
 * halves it.
 *
 * @param truth classes, 0 … C − 1, or 0 and 1
 * @throws UnrolledError for lists that are empty or differ in length, values that are not probabilities, and
 *   rows whose sum is not 1
 */
export function brierScore(truth: ArrayLike<number>, probabilities: Scores): number {
  const { values, columns } = probabilityRowsOf('brierScore', truth, probabilities);
  let sum = 0;
  for (let index = 0; index < values.length; index++) {
    const label = truth[Math.floor(index / columns)]!;
    const happened = columns === 1 ? label : Number(label === index % columns);
    sum += (values[index]! - happened) ** 2;
  }
  return sum / truth.length;
}
