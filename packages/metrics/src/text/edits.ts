/**
 * The fewest edits that change one sequence into another (Levenshtein, 1966). If there are several solutions,
 * it returns that of rapidfuzz, which jiwer uses.
 */
import { refuse } from '../refuse';

/** The edit at a token of the reference, of the hypothesis, or of both. */
export type Operation = 'equal' | 'substitute' | 'insert' | 'delete';

/** The number of each edit. */
export interface EditCounts {
  /** Number of equal tokens. */
  hits: number;
  /** Number of substituted tokens. */
  substitutions: number;
  /** Number of inserted tokens, which only the hypothesis has. */
  insertions: number;
  /** Number of deleted tokens, which only the reference has. */
  deletions: number;
}

/** Maximum size of the table, in cells of two bits: 256 MB. */
const MOST_CELLS = 2 ** 30;

/** The edits in order. Tokens are compared by `===`. */
export function editsOf(
  scope: string,
  reference: ArrayLike<string | number>,
  hypothesis: ArrayLike<string | number>,
): Operation[] {
  const shorter = Math.min(reference.length, hypothesis.length);
  let head = 0;
  while (head < shorter && reference[head] === hypothesis[head]) head++;
  let tail = 0;
  while (
    tail < shorter - head &&
    reference[reference.length - 1 - tail] === hypothesis[hypothesis.length - 1 - tail]
  ) {
    tail++;
  }
  const equal = (count: number) => new Array<Operation>(count).fill('equal');
  const [r, h] = numbered(reference, hypothesis, head, tail);
  return [...equal(head), ...middleEdits(scope, r, h), ...equal(tail)];
}

/** The sequences without their common prefix and suffix, with an integer for each token. */
function numbered(
  reference: ArrayLike<string | number>,
  hypothesis: ArrayLike<string | number>,
  head: number,
  tail: number,
): [Int32Array, Int32Array] {
  const numbers = new Map<string | number, number>();
  const numberOf = (token: string | number) => {
    const known = numbers.get(token);
    if (known === undefined) numbers.set(token, numbers.size);
    return known ?? numbers.size - 1;
  };
  const between = (tokens: ArrayLike<string | number>) =>
    Int32Array.from({ length: tokens.length - head - tail }, (_, i) => numberOf(tokens[head + i]!));
  return [between(reference), between(hypothesis)];
}

/** The difference between a distance and the one above it, encoded in two bits: 0 for equal ones. */
const MORE = 1;
const LESS = 2;

/**
 * D[i][j] is the distance between i tokens of the reference and j tokens of the hypothesis. Only D[i][j] −
 * D[i − 1][j] is stored, four cells per byte. Backtracking prefers a deletion, then an insertion if the
 * previous diagonal step allows it, then the diagonal.
 */
function middleEdits(scope: string, reference: Int32Array, hypothesis: Int32Array): Operation[] {
  const [rows, columns] = [reference.length, hypothesis.length];
  if (rows * columns > MOST_CELLS) {
    refuse(scope, {
      expected: `sequences whose lengths have a product of at most ${MOST_CELLS}`,
      got: `${rows} × ${columns}`,
      remedy: 'compare shorter parts, such as sentences',
      code: 'memory',
    });
  }
  const table = differences(reference, hypothesis);
  const difference = (i: number, j: number) => {
    const cell = (i - 1) * columns + j - 1;
    return (table[cell >> 2]! >> (2 * (cell & 3))) & 3;
  };
  const operations: Operation[] = [];
  let [i, j] = [rows, columns];
  while (i > 0 && j > 0) {
    if (difference(i, j) === MORE) {
      operations.push('delete');
      i--;
    } else if (j > 1 && difference(i, j - 1) === LESS) {
      operations.push('insert');
      j--;
    } else {
      operations.push(reference[i - 1] === hypothesis[j - 1] ? 'equal' : 'substitute');
      i--;
      j--;
    }
  }
  for (; i > 0; i--) operations.push('delete');
  for (; j > 0; j--) operations.push('insert');
  return operations.reverse();
}

function differences(reference: Int32Array, hypothesis: Int32Array): Uint8Array {
  const [rows, columns] = [reference.length, hypothesis.length];
  const table = new Uint8Array(Math.ceil((rows * columns) / 4));
  // One row of D, overwritten from left to right; `above` and `diagonal` are values of the previous row.
  const row = Int32Array.from({ length: columns + 1 }, (_, j) => j);
  let cell = 0;
  for (let i = 1; i <= rows; i++) {
    const token = reference[i - 1];
    let diagonal = row[0]!;
    let left = i;
    row[0] = i;
    for (let j = 1; j <= columns; j++, cell++) {
      const above = row[j]!;
      const step = token === hypothesis[j - 1] ? diagonal : diagonal + 1;
      left = Math.min(step, above + 1, left + 1);
      row[j] = left;
      if (left !== above) table[cell >> 2]! |= (left > above ? MORE : LESS) << (2 * (cell & 3));
      diagonal = above;
    }
  }
  return table;
}

/** Counts the edits of each kind. */
export function countEdits(operations: readonly Operation[]): EditCounts {
  const counts = { equal: 0, substitute: 0, insert: 0, delete: 0 };
  for (const operation of operations) counts[operation]++;
  return {
    hits: counts.equal,
    substitutions: counts.substitute,
    insertions: counts.insert,
    deletions: counts.delete,
  };
}

/** Errors divided by the reference's length. If the length is 0, the number of insertions, as in jiwer. */
export function rateOf({ hits, substitutions, insertions, deletions }: EditCounts): number {
  return (substitutions + deletions + insertions) / Math.max(1, hits + substitutions + deletions);
}
