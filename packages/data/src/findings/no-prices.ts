import { type Rows, runsOf } from './places';
import { robustDeviation } from './steps';

/** Rows with a value that is not a price. */
export interface NoPrice extends Rows {
  readonly value: number;
  /** Whether only its sign is wrong. */
  readonly turned: boolean;
}

/** Number of deviations of its changes that prices must be above 0 for 0 to be impossible. */
const FAR = 8;
/**
 * Number of prices on each side that determine the level and its changes, and the minimum number of changes.
 */
const REACH = 20;
const FEWEST = 10;

/**
 * Rows of 0, of a negative filler (−1, −99, −999), or of a wrong sign in a column whose other values are far
 * above 0. Columns that are negative at times (temperatures, spreads, the oil price of one day in April 2020)
 * or close to 0 (interest rates, counts) have none.
 */
export function findNoPrices(column: ArrayLike<number>): NoPrice[] {
  const low: number[] = [];
  for (let row = 0; row < column.length; row++) if (column[row]! <= 0) low.push(row);
  if (low.length === 0) return [];
  const values = Array.from(column);
  const positive = values.flatMap((value, row) => (value > 0 ? [row] : []));
  if (low.length > positive.length) return [];
  const counts = new Map<number, number>();
  const below = low.filter((row) => values[row]! < 0);
  const isRare = below.length <= values.length / 5;
  for (const row of low) counts.set(values[row]!, (counts.get(values[row]!) ?? 0) + 1);
  return runsOf(low, (a, b) => values[a] === values[b]).flatMap(({ first, last }): NoPrice[] => {
    const value = values[first]!;
    const level = levelAround(values, positive, first);
    if (level === undefined || level.price < FAR * level.deviation || (value < 0 && !isRare)) return [];
    const turned =
      value < 0 && Math.abs(-value - level.price) <= Math.min(3 * level.deviation, 0.1 * level.price);
    const isFiller = value === 0 || looksLikeFiller(value) || counts.get(value)! > 1;
    return turned || isFiller ? [{ first, last, value, turned }] : [];
  });
}

/** −1, −9, −99, −999.9 … */
function looksLikeFiller(value: number): boolean {
  return /^-(1|9+(\.9+)?)$/.test(String(value));
}

/** The lower of the prices around a row, and the deviation of the changes around it. */
function levelAround(values: readonly number[], positive: readonly number[], row: number) {
  const next = firstAbove(positive, row);
  const before = positive.slice(Math.max(0, next - REACH), next).map((at) => values[at]!);
  const after = positive.slice(next, next + REACH).map((at) => values[at]!);
  const near = [...before, ...after];
  const changes = near.slice(1).map((value, i) => Math.abs(value - near[i]!));
  const moves = changes.filter((change) => change > 0);
  if (changes.length < FEWEST || moves.length < FEWEST / 2) return undefined;
  return {
    price: Math.min(before.at(-1) ?? Number.POSITIVE_INFINITY, after[0] ?? Number.POSITIVE_INFINITY),
    deviation: robustDeviation(moves),
  };
}

function firstAbove(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
