import { classesOf, type Labels } from './labels';

/**
 * The share of examples, 0 … 1, whose label is correct.
 *
 * @throws UnrolledError for lists that are empty or differ in length, and labels of mixed types
 */
export function accuracy(truth: Labels, predicted: Labels): number {
  classesOf('accuracy', truth, predicted, undefined);
  let right = 0;
  for (let index = 0; index < truth.length; index++) if (truth[index] === predicted[index]) right += 1;
  return right / truth.length;
}
