/** Log changes of a column of prices, and how large they usually are around a row. */

/** The prices of a column above 0, in order; rows without one are passed over. */
export interface Steps {
  /** The row of each price. */
  readonly rows: readonly number[];
  readonly values: readonly number[];
  /** ln price. */
  readonly logs: readonly number[];
  /** ln of each price over the one before; the first is 0. */
  readonly steps: readonly number[];
  /** The usual size of a change that is not 0, over the whole column. */
  readonly usual: number;
}

/** How large changes are around a row. */
export interface Spread {
  /** The deviation of log changes, from their median size. */
  readonly scale: number;
  /** The size that one in twenty log changes is above. */
  readonly tail: number;
  /** The deviation of changes in the column's own unit. */
  readonly absolute: number;
}

/** A normal distribution's deviation over the median of its absolute values. */
const NORMAL = 1.4826;

/** Changes on each side of a row that its spread is taken from, and how few of them are too few in all. */
const REACH = 50;
const FEWEST = 15;

/** The lower one of an even number; NaN for none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  return Float64Array.from(values).sort()[Math.floor((values.length - 1) * share)] ?? Number.NaN;
}

/** Scale by the median of sizes, so up to half of them may be arbitrary. */
export function robustDeviation(sizes: readonly number[]): number {
  return NORMAL * median(sizes);
}

/** @param isPrice which rows to take; of those, prices above 0 */
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
 * The usual size of changes on both sides of one. Changes of 0 are left out: a price that rarely changes is
 * not a quiet one. So are changes of about the same size as the one checked, because faults of one kind occur
 * several times.
 *
 * @returns undefined where too few changes are there to tell
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
