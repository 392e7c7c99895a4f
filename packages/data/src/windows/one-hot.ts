import { inWords } from '@unrolled/errors';
import { allocate, check, checkKind, refuse } from '../refuse';

/**
 * One vector for each id, 1 at the id and 0 elsewhere: ids [n] → [n, depth], row-major.
 *
 * @throws UnrolledError for an id outside 0 … depth − 1
 */
export function oneHot(ids: ArrayLike<number>, depth: number): Float32Array {
  checkKind('oneHot', 'ids', ids, 'array or typed array');
  check.count('oneHot', 'depth', depth);
  const rows = allocate('oneHot', Float32Array, ids.length * depth);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (!Number.isInteger(id) || id < 0 || id >= depth) {
      refuse('oneHot', {
        expected: `ids in 0 … ${depth - 1}`,
        got: `${inWords(id)} at position ${i}`,
        remedy: 'increase the depth, or check where this id comes from',
      });
    }
    rows[i * depth + id] = 1;
  }
  return rows;
}
