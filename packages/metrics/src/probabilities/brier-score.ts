import { probabilityRowsOf, type Scores } from './rows';

/**
 * The Brier score (1950): the mean squared difference between probabilities and outcomes. 0 is certain and
 * correct.
 *
 * With probabilities [n] of class 1 it is the mean of (p − truth)², 0 … 1. With [n, C] the squares of a row's
 * classes are summed, 0 … 2: for two columns it is twice the former, where scikit-learn halves it.
 *
 * @param truth classes, 0 … C − 1, or 0 and 1
 * @throws UnrolledError for lists that are empty or do not fit each other, values that are not probabilities,
 *   and rows whose sum is not 1
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
