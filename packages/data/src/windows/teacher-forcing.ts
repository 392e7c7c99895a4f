import { inWords, type OptionKinds } from '@unrolled/errors';
import { allocate, checkKind, checkOptions, refuse } from '../refuse';

export interface TeacherForcingOptions {
  /** The id before every row. */
  readonly startId: number;
  /** The id after every row, at which generation stops. It may equal the start id. */
  readonly endId: number;
  /** Steps of a padded row, including its mark; default the longest row's. */
  readonly length?: number;
  /** The padding id; default 0. */
  readonly value?: number;
}

/** The inputs and targets of a decoder at each step: a batch that `tokenBatch` converts to tensors. */
export interface TeacherForcingBatch {
  /** The start, then the row: int32 [batchSize, steps], row-major. */
  readonly inputs: Int32Array;
  /** The row, then the end: the inputs, one step later. */
  readonly targets: Int32Array;
  /** Number of steps of each row, including its mark: the `lengths` of `unroll` and of the losses. */
  readonly lengths: number[];
  readonly batchSize: number;
  readonly steps: number;
}

const KINDS: OptionKinds<TeacherForcingOptions> = {
  startId: 'integer of at least 0',
  endId: 'integer of at least 0',
  length: 'positive integer?',
  value: 'integer of at least 0?',
};

/**
 * The shifted inputs and targets of a decoder that is trained on the true targets, not on its own output
 * (teacher forcing, Williams and Zipser, 1989): inputs start + row, targets row + end, padded at the end.
 *
 * @param rows ids without marks. The pair of an empty row is start → end
 * @throws UnrolledError for no rows, ids that are not whole numbers of at least 0, a mark within a row, or a
 *   row longer than `length`
 */
export function teacherForcing(
  rows: readonly ArrayLike<number>[],
  options: TeacherForcingOptions,
): TeacherForcingBatch {
  const scope = 'teacherForcing';
  checkKind(scope, 'rows', rows, 'array');
  checkOptions(scope, options, KINDS);
  const { startId, endId, length, value = 0 } = options;
  if (rows.length === 0)
    refuse(scope, { expected: 'at least one row', got: 'none', remedy: 'leave out empty batches' });
  for (const [place, row] of rows.entries()) checkRow(row, place, options);
  const lengths = rows.map((row) => row.length + 1);
  const longest = lengths.reduce((most, steps) => Math.max(most, steps), 0);
  const steps = length ?? longest;
  if (longest > steps) {
    refuse(scope, {
      expected: `rows of at most ${steps - 1} ids, one less than \`length\``,
      got: `${longest - 1} ids at row ${lengths.indexOf(longest)}`,
      remedy: 'truncate the row, or increase the length',
    });
  }
  const size = rows.length * steps;
  const inputs = allocate(scope, Int32Array, size).fill(value);
  const targets = allocate(scope, Int32Array, size).fill(value);
  rows.forEach((row, place) => {
    const start = place * steps;
    inputs[start] = startId;
    inputs.set(row, start + 1);
    targets.set(row, start);
    targets[start + row.length] = endId;
  });
  return { inputs, targets, lengths, batchSize: rows.length, steps };
}

function checkRow(row: ArrayLike<number>, place: number, { startId, endId }: TeacherForcingOptions): void {
  const scope = 'teacherForcing';
  checkKind(scope, `row ${place}`, row, 'array or typed array');
  for (let step = 0; step < row.length; step++) {
    const id = row[step]!;
    const isId = Number.isInteger(id) && id >= 0 && id <= 0x7fffffff;
    if (isId && id !== startId && id !== endId) continue;
    const at = `${inWords(id)} at row ${place}, step ${step}`;
    if (!isId)
      refuse(scope, {
        expected: 'ids, whole numbers of at least 0',
        got: at,
        remedy: 'encode the text first',
      });
    refuse(scope, {
      expected: 'rows without startId and endId',
      got: `${id === endId ? 'endId' : 'startId'} ${at}`,
      remedy: 'remove these ids from the rows, or use ids that no token has',
    });
  }
}
