import { quoted } from '@unrolled/errors';
import { refuse } from '../../refuse';
import { columnsWithRole, plainName, roleOf } from '../column-roles';
import { type CsvTable, requireName } from '../header';
import { isMissing } from '../numbers';
import type { CsvRecord } from '../records';
import { clockReader } from './clock';
import { type DateForm, formOf, sampleOf } from './evidence';
import { type DateHint, dateHint, datePartsOf, isCalledTime } from './names';
import { isMonthOrWeekday, monthOf } from './words';

/** The columns of a file's dates, and their readers. */
export interface DateColumns {
  /** The column that is reported as the date column. */
  readonly date: number;
  /** That column, and those of the time of day, or of month and day. */
  readonly all: readonly number[];
  readonly form: DateForm;
  /** A row's date without its time of day. */
  dateCell(row: CsvRecord): string;
  /** A row's time of day as `splitClock` reads it after a date; undefined if the cell is not a time. */
  readonly clockCell: ((row: CsvRecord) => string | undefined) | undefined;
}

/** The facts about a file's dates that are known before it is read. */
export interface DateHopes {
  readonly given: string | undefined;
  /** Columns that are requested as numbers. */
  readonly required: readonly string[];
  /** Whether the user has set the order of the file. */
  readonly isOrderGiven: boolean;
  /** Whether another column distinguishes series, whose dates repeat. */
  hasSeries(dates: DateColumns): boolean;
}

/**
 * Finds the date column: the requested one, or a column with a usual name that has dates, or the columns of
 * year, month and day, or the first column, whatever its name, whose cells can only be dates. A column of
 * times of day is added to it.
 *
 * @throws UnrolledError for a file without readable dates, if a column may contain some and the order is not
 *   set
 */
export function findDateColumns(table: CsvTable, hopes: DateHopes): DateColumns | undefined {
  const { names, rows } = table;
  if (rows.length === 0) return undefined;
  const cellsOf = (column: number) => rows.map(({ cells }) => cells[column]!);
  if (hopes.given !== undefined) {
    const date = requireName('readCsv', names, hopes.given, 'name another column (`dateColumn`)');
    const form = formOf(cellsOf(date), 'given') ?? { orders: ['month-first'], read: () => undefined };
    return withTime(table, date, form);
  }
  const required = new Set(
    hopes.required.map((name) =>
      requireName('readCsv', names, name, 'name another column (`requiredColumns`)'),
    ),
  );
  const candidates = names.flatMap((_, column) => (required.has(column) ? [] : [column]));
  const found =
    namedDates(table, candidates) ?? partedDates(table, candidates, hopes) ?? otherDates(table, candidates);
  if (found === undefined && !hopes.isOrderGiven) refuseUnreadable(table, candidates);
  return found;
}

function namedDates(table: CsvTable, candidates: readonly number[]): DateColumns | undefined {
  const { names, rows } = table;
  const called = columnsWithRole(names, 'date');
  const hinted = candidates.filter((column) => !called.includes(column) && dateHint(names[column]!));
  // If there are several date columns, an expiry or dividend date repeats its values.
  const byVariety = hinted.sort((a, b) => varietyOf(rows, b) - varietyOf(rows, a));
  for (const column of [...called.filter((column) => candidates.includes(column)), ...byVariety]) {
    const hint = plainName(names[column]!) === 'date' ? 'date' : (dateHint(names[column]!) ?? 'time');
    const form = formOf(
      rows.map(({ cells }) => cells[column]!),
      hint,
    );
    if (form) return withTime(table, column, form);
  }
  return undefined;
}

function varietyOf(rows: readonly CsvRecord[], column: number): number {
  return new Set(sampleOf(rows.map(({ cells }) => cells[column]!))).size;
}

/**
 * Separate columns of a year, and a month and optionally a day, a quarter, or a week. Few dates may repeat:
 * in a file of several series, few in one series.
 */
function partedDates(
  { names, rows }: CsvTable,
  candidates: readonly number[],
  { hasSeries }: Pick<DateHopes, 'hasSeries'>,
): DateColumns | undefined {
  const { year, month, quarter, week, day } = datePartsOf(names);
  const ways = [
    { letter: '', all: [year, month, ...(day >= 0 ? [day] : [])] },
    { letter: 'Q', all: [year, quarter] },
    { letter: 'W', all: [year, week] },
  ];
  for (const { letter, all } of ways) {
    if (!all.every((column) => candidates.includes(column))) continue;
    const dateCell = ({ cells }: CsvRecord) => {
      const [first, second, ...others] = all.map((column) => cells[column]!.trim().replace(/\.0*$/, ''));
      return [first, secondPart(second!, letter), ...others].join('-');
    };
    const cells = rows.map(dateCell);
    const form = formOf(cells, undefined);
    if (form === undefined) continue;
    const found: DateColumns = { date: year, all, form, dateCell, clockCell: undefined };
    if (new Set(cells).size >= 0.9 * cells.length || hasSeries(found)) return found;
  }
  return undefined;
}

/** 1 → 1, Q1 or W01: the letter may be in the cell. */
function secondPart(cell: string, letter: string): string {
  const bare = cell.toUpperCase().startsWith(letter) ? cell.slice(letter.length) : cell;
  return `${letter}${letter === 'W' ? bare.padStart(2, '0') : bare}`;
}

/**
 * The first column, whatever its name, of dates only. Columns whose values differ in most rows are preferred.
 */
function otherDates(table: CsvTable, candidates: readonly number[]): DateColumns | undefined {
  const { names, rows } = table;
  const found: { columns: DateColumns; distinct: number }[] = [];
  for (const column of candidates) {
    const cells = rows.map((row) => row.cells[column]!);
    const sample = sampleOf(cells);
    const form = formOf(cells, undefined);
    // A price column is not a date column, whatever its digits.
    if (!form || (form.isNumeric && roleOf(names[column]!) !== undefined)) continue;
    const columns = withTime(table, column, form);
    const distinct = columns.clockCell ? 1 : new Set(sample).size / sample.length;
    // A date that is the same in all rows is the date of export.
    if (cells.length === 1 || distinct * sample.length >= 2) found.push({ columns, distinct });
  }
  return (found.find(({ distinct }) => distinct >= 0.5) ?? found[0])?.columns;
}

/**
 * Adds a column named Time or Hour, or the next column if it contains only times of day, unless the dates
 * have times.
 */
function withTime({ names, rows }: CsvTable, date: number, form: DateForm): DateColumns {
  const dateCell = ({ cells }: CsvRecord) => cells[date]!;
  const alone: DateColumns = { date, all: [date], form, dateCell, clockCell: undefined };
  const first = rows.map(dateCell).find((cell) => !isMissing(cell)) ?? '';
  const [order = 'month-first'] = form.orders;
  if (!(form.read(first, { order, pivot: 70 })?.midnight ?? !/\d:\d/.test(first))) return alone;
  const called = names.findIndex((name, column) => column !== date && isCalledTime(name));
  for (const time of [called, date + 1]) {
    if (time < 0 || time >= names.length) continue;
    const cells = rows.map((row) => row.cells[time]!);
    const read = clockReader(cells, time === called);
    if (read === undefined || (time !== called && !cells.every((cell) => read(cell)))) continue;
    return { ...alone, all: [date, time], clockCell: (row) => read(row.cells[time]!) };
  }
  return alone;
}

/** Refuses to treat a file as one without dates if a column may contain dates. */
function refuseUnreadable({ names, rows }: CsvTable, candidates: readonly number[]): void {
  const suspect = candidates.find((column) => {
    const cells = rows.map((row) => row.cells[column]!);
    return mayHoldDates(names[column]!, cells);
  });
  if (suspect === undefined) return;
  const row = rows.find(({ cells }) => !isMissing(cells[suspect]!)) ?? rows[0]!;
  const cell = row.cells[suspect]!;
  refuse('readCsv', {
    expected: `a date in column ${quoted(names[suspect]!)} on line ${row.line}`,
    got: cell === '' ? 'an empty cell' : quoted(cell),
    remedy:
      "write dates as 2020-12-31, name another date column (`dateColumn`), or set the order (`order: 'oldest-first' or 'newest-first'`)",
  });
}

/**
 * Whether a column may contain dates: it has a name for dates; or only months or days of the week; or texts
 * with numbers or months, mostly distinct; or numbers that advance as days do.
 */
function mayHoldDates(name: string, cells: readonly string[]): boolean {
  if (plainName(name) === 'date') return true;
  const hint = dateHint(name);
  const sample = sampleOf(cells);
  const present = sample.filter((cell) => !isMissing(cell));
  if (present.length < 0.9 * sample.length) return false;
  if (present.every((cell) => /^[+-]?[\d.,]+(e[+-]?\d+)?$/i.test(cell)))
    return mayBeDays(present.map(Number), hint);
  if (present.every(isMonthOrWeekday) && new Set(present).size > 2) return true;
  const distinct = new Set(present).size / present.length;
  if (hint !== undefined) return present.every((cell) => /\d/.test(cell)) && distinct >= 0.5;
  return present.length > 2 && distinct >= 0.9 && present.every(hasDateInIt);
}

function hasDateInIt(cell: string): boolean {
  const word = /\p{L}{3,}/u.exec(cell)?.[0];
  return /\d{4}|\d\D+\d/.test(cell) ? /[^\d.,]/.test(cell) : /\d/.test(cell) && monthOf(word ?? '') > 0;
}

/**
 * Whether numbers have a name like Time, or advance as the days from Monday to Friday do: by one, and every
 * fifth time by three.
 */
function mayBeDays(values: readonly number[], hint: DateHint | undefined): boolean {
  if (hint === 'date') return true;
  const steps = values.slice(1).map((value, row) => value - values[row]!);
  const share = (size: number) => steps.filter((step) => Math.abs(step) === size).length / steps.length;
  const isOneWay = steps.every((step) => step < 0) || steps.every((step) => step > 0);
  if (hint !== undefined && isOneWay && steps[0]! < 0 && steps.length > 1) return true;
  return isOneWay && steps.length > 8 && share(1) < 0.85 && share(3) > 0.1 && share(1) + share(3) > 0.9;
}
