import { quoted } from '@unrolled/errors';
import { refuse } from '../refuse';
import {
  compareDates,
  type DayMonthOrder,
  dateAt,
  isMonotonic,
  MILLISECONDS_A_DAY,
  type ParsedDate,
  resolveRepeatedHours,
  withoutMidnights,
} from './dates';
import { splitClock } from './dates/clock';
import type { DateColumns } from './dates/columns';
import { openMark, type Pivot } from './dates/forms';
import type { CsvTable } from './header';
import type { CsvRecord } from './records';

/** Which end of a file is the older one. */
export type RowOrder = 'oldest-first' | 'newest-first';

/**
 * Reads the dates of a file.
 *
 * @throws UnrolledError naming line and column for a cell that is not a date, or if dates such as 03/04/2020
 *   are ambiguous and the order of the rows does not decide
 */
export function readDates(
  { names, rows }: CsvTable,
  columns: DateColumns,
  given: DayMonthOrder | undefined,
): ParsedDate[] {
  const name = names[columns.date]!;
  const { orders } = columns.form;
  const tried = given === undefined ? orders : [given, ...orders.filter((order) => order !== given)];
  const readings = (pivot: Pivot) => tried.map((order) => readAll(rows, columns, order, pivot));
  const all = readings(70);
  const whole = all.filter(({ failed }) => failed === undefined);
  if (given !== undefined && whole[0] === all[0] && whole[0]) return withoutMidnights(whole[0].dates);
  if (whole.length === 0 || (given !== undefined && !columns.form.isNumeric)) {
    const furthest =
      given === undefined ? all.reduce((a, b) => (b.dates.length > a.dates.length ? b : a)) : all[0]!;
    refuseDate(furthest.failed!, columns, name);
  }
  const sorted = whole.filter(({ dates }) => isMonotonic(dates));
  const older = sorted.length > 0 ? [] : readings(30).filter((one) => !one.failed && isMonotonic(one.dates));
  const left = sorted.length > 0 ? sorted : older.length > 0 ? older : whole;
  const open = left === whole ? openAlone(rows, columns) : undefined;
  if (open)
    refuseOpenOrder(
      open,
      columns,
      name,
      'write all dates in one form, such as 2020-12-31, or set the order of day and month (`dateOrder`)',
    );
  // A year before two-digit numbers is rare, so the order of the rows must require it.
  const usual = left.filter(({ order }) => order !== 'year-first' || columns.form.isNumeric);
  const isNeeded = usual.length === 0 || (left !== whole && rows.length > 1);
  const readable = (isNeeded ? left : usual).map(({ dates }) => dates);
  return withoutMidnights(theOnly(readable, () => refuseOpenOrder(rows[0]!, columns, name)));
}

interface WholeReading {
  readonly order: DayMonthOrder;
  readonly dates: ParsedDate[];
  /** The first row that is not a date in this order. */
  readonly failed: CsvRecord | undefined;
}

function readAll(
  rows: readonly CsvRecord[],
  { form, dateCell, clockCell }: DateColumns,
  order: DayMonthOrder,
  pivot: Pivot,
): WholeReading {
  const dates: ParsedDate[] = [];
  const reading = { order, pivot };
  for (const row of rows) {
    const date = form.read(dateCell(row), reading);
    const whole = clockCell && date ? withClock(date, clockCell(row)) : date;
    if (whole === undefined) return { order, dates, failed: row };
    dates.push(whole);
  }
  return { order, dates: resolveRepeatedHours(dates), failed: undefined };
}

function withClock({ day }: ParsedDate, clock: string | undefined): ParsedDate | undefined {
  const timed = clock === undefined ? undefined : splitClock(`2000-01-01 ${clock}`);
  return timed ? dateAt(day, timed.clock) : undefined;
}

/**
 * The only remaining reading, or the one with steps of days if the others have steps of years.
 */
function theOnly(readings: readonly ParsedDate[][], refuseAll: () => never): ParsedDate[] {
  const different = readings.filter(
    (dates, at) => !readings.slice(0, at).some((other) => isSame(dates, other)),
  );
  if (different.length < 2) return different[0]!;
  const daily = different.filter((dates) => usualStep(dates) <= 7 * MILLISECONDS_A_DAY);
  const yearly = different.filter((dates) => usualStep(dates) >= 360 * MILLISECONDS_A_DAY);
  return daily.length === 1 && daily.length + yearly.length === different.length ? daily[0]! : refuseAll();
}

/**
 * The first ambiguous row in a column of dates with different separators, 11/27/2026 and 06-11-2026. Another
 * program may have written such rows, so the order of the others is no evidence.
 */
function openAlone(rows: readonly CsvRecord[], columns: DateColumns): CsvRecord | undefined {
  if (columns.form.isNumeric) return undefined;
  const groups = new Map<string | undefined, CsvRecord[]>();
  for (const row of rows) {
    const mark = openMark(columns.dateCell(row));
    const group = groups.get(mark);
    if (group) group.push(row);
    else groups.set(mark, [row]);
  }
  groups.delete(undefined);
  if (groups.size < 2) return undefined;
  return [...groups.values()].find((group) => {
    const [one, other] = (['month-first', 'day-first'] as const).map((order) =>
      readAll(group, columns, order, 70),
    );
    return !one!.failed && !other!.failed && !isSame(one!.dates, other!.dates);
  })?.[0];
}

function isSame(a: readonly ParsedDate[], b: readonly ParsedDate[]): boolean {
  return a.every((date, row) => compareDates(date, b[row]!) === 0);
}

function usualStep(dates: readonly ParsedDate[]): number {
  const steps = dates.slice(1).map((date, row) => Math.abs(date.time - dates[row]!.time));
  return steps.sort((a, b) => a - b)[Math.floor((steps.length - 1) / 2)] ?? 0;
}

function textOf(row: CsvRecord, { dateCell, clockCell, all }: DateColumns): string {
  return clockCell ? `${dateCell(row)} ${clockCell(row) ?? row.cells[all[1]!]}` : dateCell(row);
}

function refuseOpenOrder(
  row: CsvRecord,
  columns: DateColumns,
  name: string,
  remedy = "set `dateOrder: 'day-first' or 'month-first'`, or write dates as 2020-12-31",
): never {
  refuse('readCsv', {
    expected: `unambiguous dates in column ${quoted(name)}`,
    got: `${quoted(textOf(row, columns))} on line ${row.line}, and others in which day and month may be swapped`,
    remedy,
  });
}

function refuseDate(row: CsvRecord, columns: DateColumns, name: string): never {
  const cell = textOf(row, columns);
  refuse('readCsv', {
    expected: `a date in column ${quoted(name)} on line ${row.line}`,
    got: cell === '' ? 'an empty cell' : quoted(cell),
    remedy: 'write dates as 2020-12-31',
  });
}

/**
 * The order of the rows by their dates; `mixed` if they are not sorted. If all dates are equal, oldest first.
 */
export function orderByDates(dates: readonly ParsedDate[]): RowOrder | 'mixed' {
  if (!isMonotonic(dates)) return 'mixed';
  return dates.length > 1 && compareDates(dates.at(-1)!, dates[0]!) < 0 ? 'newest-first' : 'oldest-first';
}
