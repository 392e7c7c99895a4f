import { type DayMonthOrder, isYearLast, type ParsedDate, parseDate } from './csv-dates';
import { indexOfName, requireName } from './csv-header';
import type { CsvRecord } from './csv-records';
import { quoted, refuse } from './refuse';

/** Which end of a file is the older one. */
export type RowOrder = 'oldest-first' | 'newest-first';

const usualNames = ['date', 'datetime', 'timestamp', 'time', 'day', 'month', 'week'];

/** The column of dates: the one named, else the first with a usual name whose first cell is a date; -1 for none. */
export function findDateColumn(
  names: readonly string[],
  rows: readonly CsvRecord[],
  given: string | undefined,
): number {
  if (given !== undefined) return requireName('readCsv', names, given);
  const firstCells = rows[0]?.cells ?? [];
  const candidates = usualNames.map((name) => indexOfName(names, name)).filter((index) => index >= 0);
  return (
    candidates.find((index) => parseDate(firstCells[index] ?? '', orderOf([firstCells[index] ?? ''])[0]!)) ??
    -1
  );
}

/**
 * Reads the dates of a column.
 *
 * @throws UnrolledError naming line and column for a cell that is no date, or when dates like 03/04/2020 leave open
 * which number is the month and the rows' order does not tell either
 */
export function readDates(rows: readonly CsvRecord[], column: number, name: string): ParsedDate[] {
  const cells = rows.map((row) => row.cells[column]!);
  const readings = orderOf(cells).map((order) => rows.map((row) => readDate(row, column, name, order)));
  const inOrder = readings.filter(isMonotonic);
  const [reading, other] = inOrder.length > 0 ? inOrder : readings;
  if (other !== undefined && reading!.some(({ time }, row) => time !== other[row]!.time)) {
    refuse('readCsv', {
      expected: `dates in column ${quoted(name)} that say which number is the month`,
      got: `${quoted(cells[0]!)} on line ${rows[0]!.line} and others that can be read both ways`,
      remedy: 'write dates as 2020-12-31',
    });
  }
  return reading!;
}

/** The ways in which cells like 03/04/2020 can be read. */
function orderOf(cells: readonly string[]): DayMonthOrder[] {
  const open = cells.filter(isYearLast);
  const possible = (['month-first', 'day-first'] as const).filter((order) =>
    open.every((cell) => parseDate(cell, order) !== undefined),
  );
  if (open.length === 0 || possible.length === 0) return ['month-first'];
  return possible;
}

function readDate(
  { line, cells }: CsvRecord,
  column: number,
  name: string,
  order: DayMonthOrder,
): ParsedDate {
  const date = parseDate(cells[column]!, order);
  if (date === undefined) {
    refuse('readCsv', {
      expected: `a date in column ${quoted(name)} on line ${line}`,
      got: cells[column] === '' ? 'an empty cell' : quoted(cells[column]!),
      remedy: 'write dates as 2020-12-31',
    });
  }
  return date;
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

/** Row numbers in the order of time. @throws UnrolledError for unsorted rows with a date that comes twice */
export function sortByDate(dates: readonly ParsedDate[], rows: readonly CsvRecord[]): number[] {
  const sorted = dates.map((_, row) => row).sort((a, b) => dates[a]!.time - dates[b]!.time);
  const twice = sorted.findIndex(
    (row, index) => index > 0 && dates[row]!.time === dates[sorted[index - 1]!]!.time,
  );
  if (twice >= 0) {
    refuse('readCsv', {
      expected: 'rows in the order of time, or every date once',
      got: `${dates[sorted[twice]!]!.iso} on lines ${rows[sorted[twice - 1]!]!.line} and ${rows[sorted[twice]!]!.line}`,
      remedy: 'the file may hold several series: give one alone',
    });
  }
  return sorted;
}
