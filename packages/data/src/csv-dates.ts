/** A date as ISO text (a day alone stays one) and as milliseconds for sorting. */
export interface ParsedDate {
  readonly iso: string;
  readonly time: number;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const clock = String.raw`(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?`;
const yearFirst = new RegExp(String.raw`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})${clock}$`);
const yearLast = new RegExp(String.raw`^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})${clock}$`);
const dayMonthName = new RegExp(String.raw`^(\d{1,2})[- ]([A-Za-z]{3,9})\.?[-, ]+(\d{4}|\d{2})${clock}$`);
const monthNameDay = new RegExp(String.raw`^([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})${clock}$`);

/** Which number stands first in dates like 03/04/2020. */
export type DayMonthOrder = 'month-first' | 'day-first';

/** Whether a cell has the form 03/04/2020, in which the day and the month could be either. */
export function isYearLast(cell: string): boolean {
  return yearLast.test(cell);
}

/**
 * Reads a date: 2020-04-03 (also with / or .), 20200403, 2020-04-03 16:00:00 with or without a zone, 3-Apr-2020,
 * Apr 3, 2020, seconds or milliseconds since 1970, and, by `order`, 03/04/2020. A time without a zone is taken as
 * UTC. Undefined for anything else, and for days that no calendar has.
 */
export function parseDate(cell: string, order: DayMonthOrder): ParsedDate | undefined {
  if (/^\d{8}$/.test(cell)) return dateOf(cell.slice(0, 4), cell.slice(4, 6), cell.slice(6), []);
  if (/^(\d{10}|\d{13})$/.test(cell)) return instant(Number(cell) * (cell.length === 10 ? 1000 : 1));
  const iso = yearFirst.exec(cell);
  if (iso) return dateOf(iso[1]!, iso[2]!, iso[3]!, iso.slice(4));
  const numeric = yearLast.exec(cell);
  if (numeric) {
    const [month, day] = order === 'month-first' ? [numeric[1]!, numeric[2]!] : [numeric[2]!, numeric[1]!];
    return dateOf(numeric[3]!, month, day, numeric.slice(4));
  }
  const dayFirst = dayMonthName.exec(cell);
  if (dayFirst)
    return dateOf(fullYear(dayFirst[3]!), monthNumber(dayFirst[2]!), dayFirst[1]!, dayFirst.slice(4));
  const nameFirst = monthNameDay.exec(cell);
  if (nameFirst) return dateOf(nameFirst[3]!, monthNumber(nameFirst[1]!), nameFirst[2]!, nameFirst.slice(4));
  return undefined;
}

function instant(time: number): ParsedDate {
  return { iso: new Date(time).toISOString().replace('.000Z', 'Z'), time };
}

function monthNumber(name: string): string {
  return String(months.indexOf(name.slice(0, 3).toLowerCase()) + 1);
}

/** Two digits are a year from 1970 to 2069. */
function fullYear(year: string): string {
  if (year.length === 4) return year;
  return String(Number(year) + (Number(year) < 70 ? 2000 : 1900));
}

function dateOf(
  year: string,
  month: string,
  day: string,
  [hours, minutes, seconds, zone]: readonly (string | undefined)[],
): ParsedDate | undefined {
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // A day that the month lacks either fails to parse or rolls over into the next month.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return undefined;
  if (hours === undefined) return { iso: date, time: midnight };
  const offset = zone === undefined || zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const time = Date.parse(`${date}T${hours.padStart(2, '0')}:${minutes}:${seconds ?? '00'}${offset}`);
  return Number.isNaN(time) ? undefined : instant(time);
}
