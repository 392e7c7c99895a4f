import { inWords } from '@unrolled/errors';
import { refuse } from '../refuse';

/**
 * Values as float64, NaN where one is missing. Refuses all but numbers: in a Float64Array, null, the form of
 * NaN in JSON, and an empty text would be 0.
 *
 * @param whose for the message, such as `series 'a'`
 */
export function numbersOf(scope: string, whose: string, values: ArrayLike<number>): Float64Array {
  if (values instanceof Float64Array) return values;
  for (let row = 0; row < values.length; row++) {
    if (typeof values[row] === 'number') continue;
    refuse(scope, {
      expected: `numbers, or NaN where one is missing, in ${whose}`,
      got: `${inWords(values[row])} in row ${row + 1}`,
      remedy: 'pass NaN for a missing value, and Number(text) for a text',
    });
  }
  return Float64Array.from(values);
}
