import { quoted } from '@unrolled/errors';
import { checkKind, checkOptions } from '../refuse';
import { type PriceFinding, type PriceTable, TABLE_KINDS } from './finding';
import { isCalendar, sameBar } from './harmless';
import { placesOf } from './places';
import { correlation, residuals } from './regression';

/** Number of rows ahead that are checked. */
const AHEAD = 10;
/** The correlation, required in each half of the rows, that no legitimate column reaches. */
const IMPLAUSIBLE = 0.9;
/** Below this number of pairs of rows, the test is skipped. */
const FEWEST = 30;
/** Share of rows with equal values from which a column counts as a copy. */
const COPIES = 0.8;
/** Only the newest rows are tested. */
const LONGEST = 2000;

/**
 * Looks for columns that contain the target's future: its value some rows later, or anything that moves with
 * its *next* change, such as a return that was written one row too early, or a label of the coming direction.
 *
 * A column's value, its change and its distance to the target are compared with the target's change 1 to 10
 * rows ahead. Before that, the part that the target's own last changes and the other prices of its bar
 * explain is removed from both. A column that moves with a smooth target is therefore no leak, nor is a close
 * that the next open is close to. Correlations use clipped values and must hold in both halves of the rows.
 *
 * @param columns the columns to check; default all but the target
 * @returns one finding for each such column
 */
export function leakFindings(
  table: PriceTable,
  target: string,
  columns: readonly string[] = Object.keys(table.columns),
): PriceFinding[] {
  checkOptions('leakFindings', table, TABLE_KINDS, true);
  checkKind('leakFindings', 'target', target, 'string');
  checkKind('leakFindings', 'columns', columns, 'array?');
  for (const name of columns) checkKind('leakFindings', 'each of columns', name, 'string');
  const places = placesOf(table);
  const rowCount = table.columns[target]?.length ?? 0;
  if (rowCount < FEWEST) return [];
  const prices = newest(table.columns[target]!);
  if (isCalendar(prices)) return [];
  const bar = sameBar(table, target);
  const known = unexplainedFuture(
    prices,
    bar.map((name) => newest(table.columns[name]!)),
  );
  return columns.flatMap((name): PriceFinding[] => {
    const column = table.columns[name];
    if (name === target || bar.includes(name) || column?.length !== rowCount) return [];
    const values = newest(column);
    const what = isCalendar(values) ? undefined : leakOf(values, prices, known, quoted(target));
    if (what === undefined) return [];
    return [
      {
        kind: 'leaking-column',
        line: places.number(0),
        lastLine: places.number(rowCount - 1),
        column: name,
        columns: [name],
        message: `column ${quoted(name)} contains the future of ${quoted(target)}: ${what}`,
      },
    ];
  });
}

function newest(column: ArrayLike<number>): number[] {
  return Array.prototype.slice.call(column, -LONGEST);
}

/** The target's future changes, without the part that the row legitimately explains. */
interface Future {
  /** The changes 1 to 10 rows ahead. */
  readonly changes: readonly Float64Array[];
  /** Their directions: −1, 0 or 1. */
  readonly directions: readonly Float64Array[];
  /** Removes the part of a column that the row's own past explains. */
  readonly without: (column: readonly number[]) => Float64Array;
}

/** @param bar the other prices of the target's bar, which are known together with the target */
function unexplainedFuture(prices: readonly number[], bar: readonly (readonly number[])[]): Future {
  const changes = changesOf(prices);
  const before = changes.map((_, row) => changes[row - 1] ?? Number.NaN);
  const without = residuals([
    changes,
    before,
    ...bar.map((column) => column.map((value, row) => value - prices[row]!)),
  ]);
  const futures = (of: readonly number[]) =>
    Array.from({ length: AHEAD }, (_, at) => without(of.map((_, row) => of[row + at + 1] ?? Number.NaN)));
  return { changes: futures(changes), directions: futures(changes.map(Math.sign)), without };
}

/** Describes the future information in a column; undefined if there is none. */
function leakOf(
  values: readonly number[],
  prices: readonly number[],
  { changes, directions, without }: Future,
  target: string,
): string | undefined {
  const isLabel = new Set(values).size <= 3;
  const forms = [values, changesOf(values), values.map((value, row) => value - prices[row]!)].map(without);
  for (let ahead = 1; ahead <= AHEAD; ahead++) {
    const copies = shareOfCopies(values, prices, ahead);
    const when = ahead === 1 ? 'in the next row' : `${ahead} rows later`;
    if (copies >= COPIES) return `it is ${target} ${when}, on ${Math.floor(copies * 100)} % of the rows`;
    const future = (isLabel ? directions : changes)[ahead - 1]!;
    const strongest = forms
      .map((form) => weakerHalf(form, future))
      .reduce((best, one) => (Math.abs(one) > Math.abs(best) ? one : best));
    if (Math.abs(strongest) > IMPLAUSIBLE)
      return `its correlation with the ${ahead === 1 ? 'next change' : `change ${when}`} is ${strongest.toFixed(2)}`;
  }
  return undefined;
}

/**
 * The share of rows whose value equals the target some rows later, among those where the target has changed
 * by then.
 */
function shareOfCopies(values: readonly number[], prices: readonly number[], ahead: number): number {
  let [moved, copies] = [0, 0];
  for (let row = 0; row + ahead < prices.length; row++) {
    const [now, later] = [prices[row]!, prices[row + ahead]!];
    if (now === later || !Number.isFinite(values[row]!)) continue;
    moved += 1;
    if (Math.abs(values[row]! - later) <= 1e-9 * Math.abs(later)) copies += 1;
  }
  // Two columns with few distinct values are often equal by chance.
  return moved < FEWEST / 2 || new Set(prices).size <= FEWEST / 2 ? 0 : copies / moved;
}

/** Log changes if all values are above 0, otherwise differences. */
function changesOf(values: readonly number[]): number[] {
  const numbers = values.filter(Number.isFinite);
  const inLogs = numbers.every((value) => value > 0);
  return values.map((value, row) => {
    const before = values[row - 1] ?? Number.NaN;
    return inLogs ? Math.log(value / before) : value - before;
  });
}

/** The weaker of the correlations in the two halves of the common rows; 0 if their signs differ. */
function weakerHalf(a: Float64Array, b: Float64Array): number {
  const rows: number[] = [];
  for (let row = 0; row < a.length; row++) if (!Number.isNaN(a[row]! + b[row]!)) rows.push(row);
  if (rows.length < FEWEST) return 0;
  const half = rows.length >> 1;
  const [first, second] = [correlation(a, b, rows.slice(0, half)), correlation(a, b, rows.slice(half))];
  return first * second <= 0 ? 0 : Math.sign(first) * Math.min(Math.abs(first), Math.abs(second));
}
