import { checkSeries } from './refuse';

/**
 * How much each value differs from the one before it: [n] → [n − 1].
 *
 * @throws UnrolledError when there are fewer than two values, or one is not finite
 */
export function toDifferences(values: ArrayLike<number>): Float64Array {
  checkSeries('toDifferences', 'values', values, 2);
  return Float64Array.from({ length: values.length - 1 }, (_, i) => values[i + 1]! - values[i]!);
}

/**
 * The values that follow `last` by these differences, added up: [n] → [n]. The inverse of `toDifferences`,
 * but for the rounding of sums, with its first value as `last`.
 *
 * @param last the last value that is known
 * @throws UnrolledError when there are no differences, or a value is not finite
 */
export function fromDifferences(differences: ArrayLike<number>, last: number): Float64Array {
  checkSeries('fromDifferences', 'differences', differences);
  checkSeries('fromDifferences', 'last', [last]);
  let value = last;
  return Float64Array.from(differences, (difference) => {
    value += difference;
    return value;
  });
}
