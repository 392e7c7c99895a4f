import { quoted } from '@unrolled/errors';
import { refuse } from '../refuse';
import { columnsWithRole, plainName } from './column-roles';
import {
  type DayMonthOrder,
  isYearLast,
  type ParsedDate,
  parseDate,
  readClock,
  withoutMidnights,
} from './dates';
import { type CsvTable, requireName } from './header';
import { looksNumeric } from './numbers';
import type { CsvRecord } from './records';

/** Which end of a file is the older one. */
export type RowOrder = 'oldest-first' | 'newest-first';

/** Where a file's dates stand: a column, and one beside it for the time of day where there is one. */
export interface DateColumns {
  readonly date: number;
  readonly time: number | undefined;
}

/**
 * The column of dates: the one named, else the first with a usual name that has a date, else the first,
 * whatever its name, with a date in every row that could be nothing else. A column called Date is one in any
 * case. With it goes a column called Time or Hour, whose first cell is a time of day.
 */
export function findDateColumns(
  { names, rows }: CsvTable,
  given: string | undefined,
): DateColumns | undefined {
  const firstCells = rows[0]?.cells ?? [];
  const date = given === undefined ? likelyDates(names, rows) : requireName('readCsv', names, given);
  if (date === undefined || rows.length === 0) return undefined;
  // A date with a time of its own needs no other.
  const needsTime = !/\d[ T]\d+:/.test(firstCells[date] ?? '');
  const time = names.findIndex(
    (name, column) =>
      column !== date && ['time', 'hour'].includes(plainName(name)) && readClock(firstCells[column] ?? ''),
  );
  return { date, time: needsTime && time >= 0 ? time : undefined };
}

function likelyDates(names: readonly string[], rows: readonly CsvRecord[]): number | undefined {
  const isDate = (cell: string) => parseDate(cell, possibleOrders([cell])[0]!) !== undefined;
  const called = columnsWithRole(names, 'date');
  const found = called.find((column) => rows.some(({ cells }) => isDate(cells[column]!)));
  if (found !== undefined) return found;
  // Its cells will be refused, rather than taken for no dates at all.
  const misnamed = called.find((column) => plainName(names[column]!) === 'date');
  if (misnamed !== undefined) return misnamed;
  const isPlainDate = (cell: string) => !looksNumeric(cell) && isDate(cell);
  const byContent = names.findIndex((_, column) => rows.every(({ cells }) => isPlainDate(cells[column]!)));
  return byContent < 0 ? undefined : byContent;
}

/**
 * Reads the dates of a column.
 *
 * @throws UnrolledError naming line and column for a cell that is no date, or when dates like 03/04/2020 leave open
 * which number is the month and the rows' order does not tell either
 */
export function readDates(
  { names, rows }: CsvTable,
  { date, time }: DateColumns,
  given: DayMonthOrder | undefined,
): ParsedDate[] {
  const name = names[date]!;
  const cells = rows.map((row) => dateCell(row, date, time));
  const orders = given === undefined ? possibleOrders(cells) : [given];
  const readings = orders.map((order) =>
    rows.map((row, index) => parseDate(cells[index]!, order) ?? refuseDate(row, cells[index]!, name)),
  );
  const inOrder = readings.filter(isMonotonic);
  const [reading, other] = inOrder.length > 0 ? inOrder : readings;
  if (other !== undefined && reading!.some(({ time }, row) => time !== other[row]!.time)) {
    refuse('readCsv', {
      expected: `dates in column ${quoted(name)} that say which number is the month`,
      got: `${quoted(cells[0]!)} on line ${rows[0]!.line} and others that can be read both ways`,
      remedy: 'say which (dateOrder), or write dates as 2020-12-31',
    });
  }
  return withoutMidnights(reading!);
}

function dateCell({ cells }: CsvRecord, date: number, time: number | undefined): string {
  if (time === undefined) return cells[date]!;
  return `${cells[date]} ${readClock(cells[time]!) ?? cells[time]}`;
}

/** The ways in which cells like 03/04/2020 can be read. */
function possibleOrders(cells: readonly string[]): DayMonthOrder[] {
  const open = cells.filter(isYearLast);
  const possible = (['month-first', 'day-first'] as const).filter((order) =>
    open.every((cell) => parseDate(cell, order) !== undefined),
  );
  if (open.length === 0 || possible.length === 0) return ['month-first'];
  return possible;
}

function refuseDate({ line }: CsvRecord, cell: string, name: string): never {
  refuse('readCsv', {
    expected: `a date in column ${quoted(name)} on line ${line}`,
    got: cell === '' ? 'an empty cell' : quoted(cell),
    remedy: 'write dates as 2020-12-31',
  });
}

function isMonotonic(dates: readonly ParsedDate[]): boolean {
  const rises = dates.every(({ time }, row) => row === 0 || time >= dates[row - 1]!.time);
  return rises || dates.every(({ time }, row) => row === 0 || time <= dates[row - 1]!.time);
}

/** The rows' order in the file by their dates: `mixed` when it is neither. Equal dates all through count as oldest first. */
export function orderByDates(dates: readonly ParsedDate[]): RowOrder | 'mixed' {
  if (!isMonotonic(dates)) return 'mixed';
  return dates.length > 1 && dates.at(-1)!.time < dates[0]!.time ? 'newest-first' : 'oldest-first';
}
