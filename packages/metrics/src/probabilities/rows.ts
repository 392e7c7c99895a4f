import { inWords } from '@unrolled/errors';
import { checkKind, checkRows, refuse } from '../refuse';

/**
 * Scores of examples: [n] for two classes, the score of class 1 of each example; or [n, C], one score for
 * each class. Either one flat array, row after row (as `await tensor.data()` returns), or an array of rows.
 */
export type Scores = ArrayLike<number> | ArrayLike<ArrayLike<number>>;

/** Checked scores. */
export interface Rows {
  /** The scores, row after row. */
  readonly values: ArrayLike<number>;
  /** Number of scores in a row: 1 for two classes with one score per example. */
  readonly columns: number;
}

/**
 * Checks the scores for these examples. Refuses scores that do not divide into as many rows as there are
 * truths, a score that is not finite, and a truth that is not a class: 0 … C − 1, or 0 and 1.
 */
export function rowsOf(scope: string, truth: ArrayLike<number>, what: string, scores: Scores): Rows {
  checkRows(scope, 'truth', truth);
  checkRows(scope, what, scores);
  const values = flat(scope, what, scores);
  const columns = values.length / truth.length;
  if (!Number.isInteger(columns) || (typeof scores[0] !== 'number' && scores.length !== truth.length)) {
    refuse(scope, {
      expected: `${what} [${truth.length}] or [${truth.length}, classes], one row for each truth`,
      got: typeof scores[0] === 'number' ? `${values.length} numbers` : `${scores.length} rows`,
      remedy: 'pass both in the same order, with one row for each example',
    });
  }
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (typeof value === 'number' && Number.isFinite(value)) continue;
    refuse(scope, {
      expected: `${what} of finite numbers`,
      got: `${inWords(value)} at row ${Math.floor(index / columns)}`,
      remedy: 'check how this value was computed',
    });
  }
  const classes = Math.max(2, columns);
  for (let row = 0; row < truth.length; row++) {
    const label = truth[row]!;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    refuse(scope, {
      expected: `a class, 0 … ${classes - 1}, at truth[${row}]`,
      got: inWords(label),
      remedy:
        columns > 1
          ? `${what} have ${columns} columns`
          : 'pass 0 or 1: with one score per example there are two classes',
    });
  }
  return { values, columns };
}

/** The concatenated values of rows of equal length. */
function flat(scope: string, what: string, scores: Scores): ArrayLike<number> {
  if (typeof scores[0] === 'number') return scores as ArrayLike<number>;
  const rows = scores as ArrayLike<ArrayLike<number>>;
  checkKind(scope, `${what}[0]`, rows[0], 'array or typed array');
  const columns = rows[0]!.length;
  const values = new Float64Array(rows.length * columns);
  for (let row = 0; row < rows.length; row++) {
    checkKind(scope, `${what}[${row}]`, rows[row], 'array or typed array');
    if (rows[row]!.length !== columns || columns < 2) {
      refuse(scope, {
        expected:
          columns < 2 ? `rows of at least two ${what}` : `rows of ${columns} ${what}, as in the first row`,
        got: `${rows[row]!.length} in row ${row}`,
        remedy: 'if there is one score per example, pass one flat array',
      });
    }
    for (let column = 0; column < columns; column++) {
      const value = rows[row]![column];
      values[row * columns + column] = typeof value === 'number' ? value : Number.NaN;
    }
  }
  return values;
}

/**
 * Tolerance of the sum of a row's probabilities. Float32 softmaxes over large vocabularies stay within it.
 */
const SUM_TOLERANCE = 1e-3;

/** The same check for probabilities. It also refuses a value outside 0 … 1, and a row whose sum is not 1. */
export function probabilityRowsOf(scope: string, truth: ArrayLike<number>, probabilities: Scores): Rows {
  const rows = rowsOf(scope, truth, 'probabilities', probabilities);
  const { values, columns } = rows;
  for (let row = 0; row < truth.length; row++) {
    let sum = 0;
    for (let index = row * columns; index < (row + 1) * columns; index++) {
      const value = values[index]!;
      if (!(value >= 0 && value <= 1)) refuseRow(scope, row, 'probabilities in 0 … 1', String(value));
      sum += value;
    }
    if (columns > 1 && Math.abs(sum - 1) > SUM_TOLERANCE) {
      refuseRow(scope, row, 'rows of probabilities whose sum is 1', `the sum ${sum}`);
    }
  }
  return rows;
}

function refuseRow(scope: string, row: number, expected: string, got: string): never {
  refuse(scope, {
    expected,
    got: `${got} at row ${row}`,
    remedy: 'apply softmax or sigmoid to logits first',
  });
}
