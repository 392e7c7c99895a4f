import { refuse } from '../../refuse';
import type { IdRows } from './host';

/**
 * Writes ids to the memory, from the index `base` on. With `rows`, ids past a row's length are not checked
 * and are written as 0.
 *
 * @throws UnrolledError on an id outside 0 … count − 1
 */
export function writeIds(
  target: Int32Array,
  base: number,
  values: ArrayLike<number>,
  count: number,
  scope: string,
  rows?: IdRows,
): void {
  for (let i = 0; i < values.length; i++) {
    const id = values[i]!;
    if (rows && i % rows.time >= rows.lengths[Math.floor(i / rows.time)]!) target[base + i] = 0;
    else if (id >= 0 && id < count) target[base + i] = id;
    else {
      refuse(scope, {
        expected: `ids from 0 to ${count - 1}`,
        got: `${id} at position ${i}`,
        remedy: 'use the same vocabulary size in the encoder and in the layer',
      });
    }
  }
}
