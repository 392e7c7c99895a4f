/** Decides from the cells of a column whether they are dates. */

import type { DayMonthOrder, ParsedDate } from '../dates';
import { isMissing } from '../numbers';
import { isRepublican, openYearDigits, type Reading, TextDates } from './forms';
import type { DateHint } from './names';
import { bareNumber, type NumberForm, numberForms } from './numbers';
import { paceOf } from './pace';

/** The reading of one column's cells. */
export interface DateForm {
  /** The orders of day, month and year that fit the cells; one if they are unambiguous. */
  readonly orders: readonly DayMonthOrder[];
  /** Whether the cells could also be numbers with another meaning. */
  readonly isNumeric?: boolean;
  /** Undefined for a cell that is not a date. */
  read(cell: string, reading: Reading): ParsedDate | undefined;
}

/** The evidence from a column's name: set by the user, a hint, or none. */
export type Claim = 'given' | DateHint | undefined;

const HEAD = 400;
const SPREAD = 100;

/** A sample of a column's cells: the first ones, and others from the whole column. */
export function sampleOf(cells: readonly string[]): string[] {
  if (cells.length <= HEAD + SPREAD) return [...cells];
  const rest = cells.length - HEAD;
  return [
    ...cells.slice(0, HEAD),
    ...Array.from({ length: SPREAD }, (_, i) => cells[HEAD + Math.floor(((i + 1) * rest) / SPREAD) - 1]!),
  ];
}

/** The date form of a column; undefined if the column has no dates. */
export function formOf(cells: readonly string[], claim: Claim): DateForm | undefined {
  const sample = sampleOf(cells);
  const present = sample.filter((cell) => !isMissing(cell));
  if (present.length === 0 || (claim === undefined && present.length < 0.9 * sample.length)) return undefined;
  const numbers = present.map(bareNumber).filter(isPlainNumber);
  return numbers.length >= 0.8 * present.length
    ? numberFormOf(cells, numbers, claim)
    : textFormOf(cells, present, claim);
}

function isPlainNumber(cell: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(cell);
}

function textFormOf(
  cells: readonly string[],
  present: readonly string[],
  claim: Claim,
): DateForm | undefined {
  const dates = new TextDates();
  const ordersOpen = openOrders(cells);
  const isRoc = cells.some(isRepublican);
  const orders: readonly DayMonthOrder[] = isRoc ? ['year-first'] : ordersOpen;
  const isDate = (cell: string) =>
    orders.some((order) => dates.read(cell, { order, pivot: 70, isRepublican: isRoc }) !== undefined);
  const readable = present.filter(isDate).length;
  const least = claim === 'given' || claim === 'date' ? 1 : (claim === 'time' ? 0.5 : 0.8) * present.length;
  if (readable === 0 || readable < least || areDaysWithoutYear(present)) return undefined;
  return { orders, read: (cell, reading) => dates.read(cell, { ...reading, isRepublican: isRoc }) };
}

/**
 * Whether Nov-02, Nov-01, Oct-31 are days. In a column of months and years, consecutive rows seldom have the
 * same month, or all rows have.
 */
function areDaysWithoutYear(present: readonly string[]): boolean {
  const months = present.map((cell) => /^(\p{L}{3,})\.?[-/_'’]\d{2}$/u.exec(cell)?.[1]);
  if (months.includes(undefined)) return false;
  const repeated = months.filter((month, row) => row > 0 && month === months[row - 1]).length;
  return new Set(months).size > 1 && repeated >= months.length / 2;
}

/** The orders that fit dates such as 03/04/2020 or 03/04/20. */
function openOrders(cells: readonly string[]): DayMonthOrder[] {
  const digits = new Set(cells.map(openYearDigits));
  if (digits.has(2)) return ['month-first', 'day-first', 'year-first'];
  return digits.has(4) ? ['month-first', 'day-first'] : ['month-first'];
}

function numberFormOf(
  cells: readonly string[],
  sample: readonly string[],
  claim: Claim,
): DateForm | undefined {
  const form = numberForms(sample).find((one) => isTrusted(one, sample, claim));
  if (form === undefined) return undefined;
  const read: DateForm['read'] = (cell, reading) => form.read(bareNumber(cell), reading);
  if (form.orders === undefined) return { orders: ['month-first'], isNumeric: true, read };
  const fitting = form.orders.filter((order) => fits(form, sample, order) !== undefined);
  // If the result must be a single order, every cell is used.
  const possible = fitting.filter((order) =>
    cells.every((cell) => isMissing(cell) || read(cell, { order, pivot: 70 }) !== undefined),
  );
  return { orders: possible.length > 0 ? possible : fitting, isNumeric: true, read };
}

/** Number of cells in a sample that may be faulty if the rest are dates. */
const BROKEN = 0.05;

function fits(form: NumberForm, sample: readonly string[], order: DayMonthOrder): ParsedDate[] | undefined {
  const dates: ParsedDate[] = [];
  for (const [at, cell] of sample.entries()) {
    const date = form.read(cell, { order, pivot: 70 });
    if (date !== undefined) dates.push(date);
    if (at + 1 - dates.length > BROKEN * sample.length) return undefined;
  }
  return dates;
}

function isTrusted(form: NumberForm, sample: readonly string[], claim: Claim): boolean {
  return (form.orders ?? (['month-first'] as const)).some((order) => {
    const dates = fits(form, sample, order);
    if (dates === undefined || dates.length === 0) return false;
    return claim === 'given' || form.isCredible(paceOf(dates, dates.length === sample.length), claim);
  });
}
