import type { PriceFinding, PriceTable } from './finding';
import { columnWords, type Places, type Rows, runsOf } from './places';
import { median } from './steps';

/** Minimum number of rows for a pattern, and of rows in a repeated block. */
const FEWEST_RUNS = 8;
const BLOCK = 8;
/** Minimum number of rows with one price before the run is checked. */
const STALE = 4;
/** Number of rows on each side whose changes are compared with the smallest step. */
const AROUND = 30;

/**
 * Rows that repeat others: each row several times, single rows that were copied, repeated blocks, and a price
 * that stays constant unusually long.
 *
 * @param prices names of the columns of prices
 * @param volume values of the column of volumes
 */
export function findRepeats(
  { columns }: PriceTable,
  prices: readonly string[],
  volume: ArrayLike<number> | undefined,
  places: Places,
): PriceFinding[] {
  const held = prices.map((name) => columns[name]!);
  const keys = rowKeys(volume ? [...held, volume] : held);
  const found = (first: number, last: number, message: string): PriceFinding => ({
    kind: 'repeated-rows',
    line: places.number(first),
    lastLine: places.number(last),
    column: prices[0]!,
    columns: prices,
    message,
  });
  const times = held.length === 1 && isCounter(held[0]!) ? 1 : timesEach(keys);
  if (times > 1) {
    const last = keys.length - 1;
    return [found(0, last, `each row occurs ${times} times in succession, ${places.on(0, last)}`)];
  }
  const copies = hasOwnRows(keys, prices.length, volume) ? copiedRows(keys, held, volume) : [];
  const copied = copies.map(({ first, last }) => {
    const verb = first === last ? 'repeats' : 'repeat';
    return found(first, last, `${places.name(first, last)} ${verb} ${places.name(first - 1, first - 1)}`);
  });
  const again = repeatedBlocks(keys).map(({ first, last, lag }) =>
    found(first, last, `${places.name(first, last)} repeat ${places.name(first - lag, last - lag)}`),
  );
  const taken = new Set(copies.flatMap(({ first, last }) => span(first - 1, last)));
  return [...copied, ...again, ...staleFindings(columns, prices, volume, taken, found, places)];
}

/**
 * A number for each row. Rows with equal values have equal numbers; others differ, except with a probability
 * of 2⁻⁵².
 */
function rowKeys(columns: readonly ArrayLike<number>[]): Float64Array {
  const value = new Float64Array(1);
  const halves = new Int32Array(value.buffer);
  return Float64Array.from(columns[0]!, (_, row) => {
    let [high, low] = [0x9e3779b9, 0x85ebca6b];
    for (const column of columns) {
      value[0] = column[row]!;
      for (const half of halves) {
        high = Math.imul(high ^ half, 0x01000193) ^ (high >>> 15);
        low = Math.imul(low ^ half, 0x5bd1e995) ^ (low >>> 13);
      }
    }
    return (high >>> 6) * 2 ** 26 + (low >>> 6);
  });
}

/** Whether a column counts up by a constant step, such as the years of monthly rows. */
function isCounter(column: ArrayLike<number>): boolean {
  const steps = new Set<number>();
  for (let row = 1; row < column.length; row++) steps.add(column[row]! - column[row - 1]!);
  steps.delete(0);
  return steps.size <= 1;
}

/** 2 if nearly every row occurs twice, 3 for three times …; otherwise 1. */
function timesEach(keys: Float64Array): number {
  const runs = runsOf([...keys.keys()], (a, b) => keys[a] === keys[b]).slice(1, -1);
  if (runs.length < FEWEST_RUNS) return 1;
  const lengths = new Map<number, number>();
  for (const { first, last } of runs) {
    const length = last - first + 1;
    lengths.set(length, (lengths.get(length) ?? 0) + 1);
  }
  const [length, count] = [...lengths].sort((a, b) => b[1] - a[1])[0]!;
  return count >= 0.9 * runs.length ? length : 1;
}

/** Whether rows have enough columns to exclude equality by chance: a volume, or open, high, low and close. */
function hasOwnRows(keys: Float64Array, prices: number, volume: ArrayLike<number> | undefined): boolean {
  if (volume === undefined && prices < 4) return false;
  const runs = keys.filter((key, row) => row === 0 || key !== keys[row - 1]);
  if (runs.length < FEWEST_RUNS || new Set(runs).size < 0.98 * runs.length) return false;
  return volume === undefined || new Set(Array.from(volume)).size > 0.5 * keys.length;
}

/** Rows with trading that equal the row before. */
function copiedRows(
  keys: Float64Array,
  prices: readonly ArrayLike<number>[],
  volume: ArrayLike<number> | undefined,
): Rows[] {
  const traded = (row: number) =>
    volume ? volume[row]! > 0 : prices.some((column) => column[row] !== prices[0]![row]);
  return runsOf([...keys.keys()].filter((row) => row > 0 && keys[row] === keys[row - 1] && traded(row)));
}

/** Blocks of rows that repeat earlier ones, unless the whole table is periodic. */
function repeatedBlocks(keys: Float64Array): (Rows & { lag: number })[] {
  if (chanceOfBlock(keys) > 1e-3) return [];
  const seen = new Map<number, number>();
  const blocks: (Rows & { lag: number })[] = [];
  let repeated = 0;
  for (let row = 0; row + BLOCK <= keys.length; ) {
    const start = keys[row]! * 0.7548776662 + keys[row + 1]! * 0.569840291 + keys[row + 2]!;
    const earlier = seen.get(start) ?? row;
    seen.set(start, row);
    const lag = row - earlier;
    let last = row;
    while (lag > 0 && last < keys.length && keys[last] === keys[last - lag]) last += 1;
    const length = last - row;
    if (length >= BLOCK && lag >= BLOCK && new Set(keys.subarray(row, last)).size > BLOCK / 2) {
      blocks.push({ first: row, last: last - 1, lag });
      repeated += length;
    }
    row += Math.max(1, length);
  }
  return blocks.length <= 3 && repeated <= keys.length / 2 ? blocks : [];
}

/** The expected number of blocks if rows were drawn at random from the table. */
function chanceOfBlock(keys: Float64Array): number {
  const counts = new Map<number, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  const alike = [...counts.values()].reduce((sum, count) => sum + (count / keys.length) ** 2, 0);
  return keys.length ** 2 * alike ** BLOCK;
}

/**
 * Runs of one price that are too long, given how often the price otherwise stays constant from row to row.
 */
function staleRuns(column: ArrayLike<number>): Rows[] {
  const values = Array.from(column);
  const runs = runsOf(
    values.map((_, row) => row),
    (a, b) => values[a] === values[b],
  );
  const long = runs.filter(({ first, last }) => last - first + 1 >= STALE);
  const short = runs.length - long.length;
  const stays = runs.reduce((sum, { first, last }) => sum + (last - first + 1 < STALE ? last - first : 0), 0);
  // Counts one run more than observed, so a run is not impossible if none was observed.
  const chance = (stays + 1) / (values.length + 1);
  const isRare = long.length <= 3 && short >= 0.8 * runs.length && short >= 30;
  if (!isRare) return [];
  return long.filter(
    (run) =>
      values[run.first]! > 0 &&
      values.length * chance ** (run.last - run.first) < 1e-3 &&
      isFine(values, run),
  );
}

/**
 * Whether the prices around a run change by many times their smallest step, so that rounding does not explain
 * it.
 */
function isFine(values: readonly number[], { first, last }: Rows): boolean {
  const around = [
    values.slice(Math.max(0, first - AROUND), first + 1),
    values.slice(last, last + AROUND + 1),
  ];
  const sizes = around.flatMap((near) =>
    near.slice(1).flatMap((value, i) => (value === near[i]! ? [] : [Math.abs(value - near[i]!)])),
  );
  return median(sizes) >= 5 * Math.min(...sizes);
}

function staleFindings(
  columns: PriceTable['columns'],
  prices: readonly string[],
  volume: ArrayLike<number> | undefined,
  taken: ReadonlySet<number>,
  found: (first: number, last: number, message: string) => PriceFinding,
  places: Places,
): PriceFinding[] {
  const groups = new Map<string, { run: Rows; names: string[] }>();
  for (const name of prices) {
    for (const run of staleRuns(columns[name]!)) {
      const rows = span(run.first, run.last);
      // A volume of 0 is reported separately.
      if (rows.some((row) => taken.has(row)) || rows.slice(1).every((row) => volume?.[row] === 0)) continue;
      const key = `${run.first} ${run.last}`;
      const group = groups.get(key) ?? { run, names: [] };
      group.names.push(name);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ run: { first, last }, names }) =>
    found(
      first,
      last,
      `the same price ${places.on(first, last)}, ${columns[names[0]!]![first]} in ${columnWords(names)}: halted, or filled in?`,
    ),
  );
}

function span(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
