import type { OptionKinds } from '@unrolled/errors';
import { columnsWithRole } from '../csv/column-roles';
import { checkKind, checkOptions } from '../refuse';
import { type ColumnFault, type Contradicts, columnFaults, joinColumns } from './column-faults';
import { type PriceFinding, type PriceTable, TABLE_KINDS } from './finding';
import { findHighBelowLow } from './high-below-low';
import { findUnfinishedRow } from './last-row';
import { type Places, placesOf } from './places';
import { findRepeats } from './repeats';
import { median } from './steps';

const KINDS: OptionKinds<{ readonly prices?: readonly string[] }> = {
  prices: 'array?',
};

/**
 * Looks for impossible prices: zeros and fillers of days without trading, single prices that are wrong by a
 * factor, splits and changes of unit, highs below lows, repeated rows, an unfinished last row.
 *
 * Each value is compared with the usual changes of the column around it. Volatile prices, crashes, and
 * columns that are sometimes negative or close to 0 therefore have no findings. Nothing is changed.
 *
 * @param table oldest row first
 * @param options.prices the price columns; default those named open, high, low, close or adjusted close, in
 *   the terms of any source
 * @returns findings, oldest row first
 */
export function priceFindings(
  table: PriceTable,
  options: { readonly prices?: readonly string[] } = {},
): PriceFinding[] {
  checkOptions('priceFindings', table, TABLE_KINDS, true);
  checkOptions('priceFindings', options, KINDS);
  const { prices = pricesIn(table) } = options;
  for (const name of prices) checkKind('priceFindings', 'each of prices', name, 'string');
  const { columns, dates } = table;
  const held = prices.filter((name) => columns[name] !== undefined);
  if (held.length === 0) return [];
  const places = placesOf(table);
  const volume = columns[firstWithRole(table, 'volume') ?? ''];
  const contradicts = barsContradict(table, volume);
  const faults = held.flatMap((name) => columnFaults(name, columns[name]!, places, contradicts));
  const wrong = joinColumns(withoutLoneLevels(faults, held), places);
  return [
    ...wrong,
    ...crossedBars(table, places, wrong),
    ...findRepeats(table, held, volume, places).filter((one) => !within(one, wrong)),
    ...findUnfinishedRow(dates, volume, held[0]!, places),
  ].sort((a, b) => a.line - b.line);
}

/** The columns of a table with names of prices. */
export function pricesIn({ columns }: Pick<PriceTable, 'columns'>): string[] {
  const names = Object.keys(columns);
  const roles = (['close', 'adjustedClose', 'open', 'high', 'low'] as const).flatMap((role) =>
    columnsWithRole(names, role),
  );
  return [...new Set(roles)].map((index) => names[index]!);
}

/** A price that is wrong by a factor also leaves its bar, and is already reported. */
function crossedBars(table: PriceTable, places: Places, told: readonly PriceFinding[]): PriceFinding[] {
  const [high, low] = [firstWithRole(table, 'high'), firstWithRole(table, 'low')];
  if (high === undefined || low === undefined) return [];
  const column = (name: string) => ({ name, values: table.columns[name]! });
  return findHighBelowLow(column(high), column(low), places, (row) => {
    const line = places.number(row);
    return within({ line, lastLine: line }, told);
  });
}

function firstWithRole(
  { columns }: PriceTable,
  role: 'open' | 'high' | 'low' | 'close' | 'volume',
): string | undefined {
  const names = Object.keys(columns);
  return names[columnsWithRole(names, role)[0] ?? -1];
}

/** Whether rows are already reported as not a price, or as wrong by a factor. */
function within(
  { line, lastLine }: Pick<PriceFinding, 'line' | 'lastLine'>,
  found: readonly PriceFinding[],
): boolean {
  return found.some(
    (one) =>
      one.kind !== 'price-level' &&
      (line - one.line) * (line - one.lastLine) <= 0 &&
      (lastLine - one.line) * (lastLine - one.lastLine) <= 0,
  );
}

/** Upper limit of a split day's volume, in usual volumes times the split's factor. News brings more. */
const VOLUME = 6;

/**
 * Distinguishes a day of news from a split: a split changes the open by the same factor, and does not change
 * the traded value.
 */
function barsContradict(table: PriceTable, volume: ArrayLike<number> | undefined): Contradicts {
  const open = table.columns[firstWithRole(table, 'open') ?? ''];
  const close = table.columns[firstWithRole(table, 'close') ?? ''];
  return (row, before, step) => {
    const gap = open && close ? Math.log(open[row]! / close[before]!) : Number.NaN;
    if (Number.isFinite(gap) && gap / step < 0.6) return true;
    const usual = median(
      Array.from(volume ?? [])
        .slice(Math.max(0, row - 20), row)
        .filter((value) => value > 0),
    );
    return volume !== undefined && volume[row]! > VOLUME * Math.exp(Math.max(0, -step)) * usual;
  };
}

/**
 * A split affects most of a bar's prices. A change below a factor of 10 in fewer than half of them was real.
 */
function withoutLoneLevels(faults: readonly ColumnFault[], prices: readonly string[]): ColumnFault[] {
  return faults.filter(({ kind, first, factor }) => {
    if (kind !== 'price-level' || factor! >= 10 || factor! <= 0.1) return true;
    const alike = faults.filter((other) => other.kind === kind && other.first === first);
    return alike.length * 2 >= Math.min(prices.length, 4);
  });
}
