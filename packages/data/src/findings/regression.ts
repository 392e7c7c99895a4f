/** Robust least squares over columns with missing values (NaN). */

import { robustDeviation } from './steps';

/**
 * Values beyond this number of usual deviations are clipped, so an outlier does not produce a correlation.
 */
const CLIP = 4;
/** Shares of a column's variance below which the residual is only rounding, or too small to check. */
const ROUNDING = 1e-12;
const REST = 0.01;

/**
 * Removes the part of a column that others explain by least squares. All are clipped, and the others are made
 * orthogonal once (Gram and Schmidt).
 *
 * @returns a column's residuals: all 0 if almost nothing remains, NaN for a missing number
 */
export function residuals(
  others: readonly (readonly number[])[],
): (column: readonly number[]) => Float64Array {
  const count = others[0]!.length;
  const complete = new Uint8Array(count).map((_, row) =>
    others.every((column) => Number.isFinite(column[row]!)) ? 1 : 0,
  );
  const prepared = (column: readonly number[]) =>
    centred(
      clipped(column.map((value, row) => (complete[row] && Number.isFinite(value) ? value : Number.NaN))),
    );
  const basis: Float64Array[] = [];
  for (const other of others) {
    const whole = prepared(other);
    const direction = basis.reduce(without, whole);
    if (dot(direction, direction) > ROUNDING * dot(whole, whole)) basis.push(direction);
  }
  return (column) => {
    const whole = prepared(column);
    const rest = basis.reduce(without, whole);
    return dot(rest, rest) < REST * dot(whole, whole) ? rest.fill(0) : rest;
  };
}

/** Pearson's correlation over the given rows; 0 for a constant column. */
export function correlation(a: Float64Array, b: Float64Array, rows: readonly number[]): number {
  let [meanA, meanB] = [0, 0];
  for (const row of rows) {
    meanA += a[row]! / rows.length;
    meanB += b[row]! / rows.length;
  }
  let [ab, aa, bb] = [0, 0, 0];
  for (const row of rows) {
    const [x, y] = [a[row]! - meanA, b[row]! - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

function clipped(values: readonly number[]): readonly number[] {
  const numbers = Float64Array.from(values.filter((value) => !Number.isNaN(value))).sort();
  const middle = numbers[numbers.length >> 1]!;
  const limit = CLIP * robustDeviation([...numbers].map((value) => Math.abs(value - middle)));
  if (!(limit > 0)) return values;
  return values.map((value) => Math.min(middle + limit, Math.max(middle - limit, value)));
}

function centred(values: readonly number[]): Float64Array {
  const numbers = values.filter((value) => !Number.isNaN(value));
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  return Float64Array.from(values, (value) => value - mean);
}

function without(values: Float64Array, direction: Float64Array): Float64Array {
  const share = dot(values, direction) / dot(direction, direction);
  return values.map((value, row) => value - share * direction[row]!);
}

/** Over the rows in which both have a number. */
function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < a.length; row++) {
    const product = a[row]! * b[row]!;
    if (!Number.isNaN(product)) sum += product;
  }
  return sum;
}
