/** Log changes of a price column, and their usual size around a row. */

/** The prices of a column that are above 0, in order. Rows without one are skipped. */
export interface Steps {
  /** The row of each price. */
  readonly rows: readonly number[];
  readonly values: readonly number[];
  /** ln price. */
  readonly logs: readonly number[];
  /** ln of the ratio of each price to the one before; the first is 0. */
  readonly steps: readonly number[];
  /** The usual size of nonzero changes over the whole column. */
  readonly usual: number;
}

/** The size of the changes around a row. */
export interface Spread {
  /** The deviation of log changes, from their median size. */
  readonly scale: number;
  /** The size that one in twenty log changes exceeds. */
  readonly tail: number;
  /** The deviation of changes in the column's own unit. */
  readonly absolute: number;
}

/** The standard deviation of a normal distribution divided by the median of its absolute values. */
const NORMAL = 1.4826;

/** Number of changes on each side of a row that determine its spread, and the minimum number of changes. */
const REACH = 50;
const FEWEST = 15;

/** The lower median; NaN for an empty list. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  return Float64Array.from(values).sort()[Math.floor((values.length - 1) * share)] ?? Number.NaN;
}

/** A scale from the median of the sizes, so up to half of them may be arbitrary. */
export function robustDeviation(sizes: readonly number[]): number {
  return NORMAL * median(sizes);
}

/** @param isPrice the rows to use; of these, only prices above 0 */
export function stepsOf(column: ArrayLike<number>, isPrice: (row: number) => boolean): Steps {
  const rows: number[] = [];
  const logs: number[] = [];
  const steps: number[] = [];
  const sizes: number[] = [];
  for (let row = 0; row < column.length; row++) {
    if (!(column[row]! > 0) || !isPrice(row)) continue;
    const log = Math.log(column[row]!);
    const step = rows.length === 0 ? 0 : log - logs.at(-1)!;
    if (step !== 0) sizes.push(Math.abs(step));
    rows.push(row);
    logs.push(log);
    steps.push(step);
  }
  return { rows, values: rows.map((row) => column[row]!), logs, steps, usual: robustDeviation(sizes) };
}

/**
 * The usual size of the changes around one change. Changes of 0 are excluded, because a price that rarely
 * changes is not a quiet one. Changes of about the same size as the one checked are excluded, too, because
 * faults of one kind occur several times.
 *
 * @returns undefined if there are too few changes
 */
export function spreadAround({ steps, values }: Steps, at: number): Spread | undefined {
  const size = Math.abs(steps[at]!);
  const sizes: number[] = [];
  const absolutes: number[] = [];
  for (const side of [-1, 1]) {
    let taken = 0;
    for (let i = at + side; i >= 1 && i < steps.length && taken < REACH; i += side) {
      const other = Math.abs(steps[i]!);
      if (other === 0 || Math.abs(other - size) < 0.15 * size) continue;
      sizes.push(other);
      absolutes.push(Math.abs(values[i]! - values[i - 1]!));
      taken += 1;
    }
  }
  if (sizes.length < FEWEST) return undefined;
  return { scale: robustDeviation(sizes), tail: quantile(sizes, 0.95), absolute: robustDeviation(absolutes) };
}
