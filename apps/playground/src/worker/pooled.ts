import type { Matrix } from '../messages';

/** Maximum number of values of a matrix in a picture. */
const MOST_CELLS = 128 * 256;

/** A matrix with at most 32,768 values. A larger one is reduced to means of neighbouring values. */
export function pooled(matrix: Matrix): Matrix {
  const { rows, columns, values } = matrix;
  const by = Math.ceil(Math.sqrt((rows * columns) / MOST_CELLS));
  if (by <= 1) return matrix;
  const [less, fewer] = [Math.ceil(rows / by), Math.ceil(columns / by)];
  const means = new Float32Array(less * fewer);
  for (let row = 0, at = 0; row < rows; row++) {
    const start = Math.floor(row / by) * fewer;
    for (let column = 0; column < columns; column++, at++) {
      const place = start + Math.floor(column / by);
      means[place] = means[place]! + values[at]!;
    }
  }
  for (let row = 0; row < less; row++)
    for (let column = 0; column < fewer; column++) {
      const count = Math.min(by, rows - row * by) * Math.min(by, columns - column * by);
      means[row * fewer + column] = means[row * fewer + column]! / count;
    }
  return { rows: less, columns: fewer, values: means };
}
