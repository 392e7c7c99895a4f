/** A date as ISO text (a day alone stays one), as milliseconds for sorting, and as the day that the cell itself names. */
export interface ParsedDate {
  readonly iso: string;
  readonly time: number;
  /** Days since 1970 of the calendar day as written, whatever the zone. */
  readonly day: number;
  /** Whether the time of day, as written, is 00:00 or there is none. */
  readonly midnight: boolean;
}

const MILLISECONDS_A_DAY = 86_400_000;

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const clock = String.raw`(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.](\d+))?)?\s*([AP]M)?\s*(?:GMT|UTC)?\s*(Z|[+-]\d{2}:?\d{2})?)?`;
const form = (date: string) => new RegExp(`^${date}${clock}$`, 'i');
const yearFirst = form(String.raw`(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})`);
const yearLast = form(String.raw`(\d{1,2})(?:[-/.](\d{1,2})[-/.](\d{4})|/(\d{1,2})/(\d{2}))`);
const compact = form(String.raw`(\d{4})(\d{2})(\d{2})`);
const compactWithClock = /^(\d{4})(\d{2})(\d{2})[T ]?(\d{2})(\d{2})(\d{2})?$/i;
const yearMonth = /^(\d{4})-(\d{2})$/;
const dayMonthName = form(String.raw`(\d{1,2})[- ]([A-Za-z]{3,9})\.?[-, ]+(\d{4}|\d{2})`);
const monthNameDay = form(String.raw`([A-Za-z]{3,9})\.?[- ](\d{1,2})[-, ]+(\d{4})`);
const weekday = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*[,.]?\s+/i;

/** Which number stands first in dates like 03/04/2020. */
export type DayMonthOrder = 'month-first' | 'day-first';

/** Whether a cell has the form 03/04/2020 or 03/04/20, in which the day and the month could be either. */
export function isYearLast(cell: string): boolean {
  return yearLast.test(cell);
}

/**
 * Reads a date: 2020-04-03 (also with / or .), 20200403, 2020-04, 3-Apr-2020, Apr 3, 2020, Fri Apr 3, 2020, seconds,
 * milliseconds or microseconds since 1970, and, by `order`, 03/04/2020 and 03/04/20. A time of day may follow, with AM or PM,
 * with a zone; without one it is taken as UTC. Undefined for anything else, and for days that no calendar has.
 */
export function parseDate(cell: string, order: DayMonthOrder): ParsedDate | undefined {
  const epoch = /^(\d{10}|\d{13}|\d{16})(\.0*)?$/.exec(cell)?.[1];
  if (epoch) return instant(Number(epoch) * (epoch.length === 10 ? 1000 : epoch.length === 13 ? 1 : 0.001));
  const text = cell.replace(weekday, '');
  const iso = yearFirst.exec(text) ?? compact.exec(text) ?? compactWithClock.exec(text);
  if (iso) return dateOf(iso[1]!, iso[2]!, iso[3]!, iso.slice(4));
  const monthly = yearMonth.exec(text);
  if (monthly) return dateOf(monthly[1]!, monthly[2]!, '01', []);
  const numeric = yearLast.exec(text);
  if (numeric) {
    const [first, second, year] = [numeric[1]!, (numeric[2] ?? numeric[4])!, (numeric[3] ?? numeric[5])!];
    const [month, day] = order === 'month-first' ? [first, second] : [second, first];
    return dateOf(fullYear(year), month, day, numeric.slice(6));
  }
  const dayFirst = dayMonthName.exec(text);
  if (dayFirst)
    return dateOf(fullYear(dayFirst[3]!), monthNumber(dayFirst[2]!), dayFirst[1]!, dayFirst.slice(4));
  const nameFirst = monthNameDay.exec(text);
  if (nameFirst) return dateOf(nameFirst[3]!, monthNumber(nameFirst[1]!), nameFirst[2]!, nameFirst.slice(4));
  return undefined;
}

/** A cell of a column of its own for the time of day, 09:30, 093000 or 0930, as `parseDate` reads it behind a date. */
export function readClock(cell: string): string | undefined {
  if (/^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([AP]M)?$/i.test(cell)) return cell;
  const digits = /^(\d{2})(\d{2})(\d{2})?$/.exec(cell);
  return digits ? `${digits[1]}:${digits[2]}:${digits[3] ?? '00'}` : undefined;
}

/** The day of each date alone, where all times of day are midnight: a source that writes them means days. */
export function withoutMidnights(dates: ParsedDate[]): ParsedDate[] {
  if (!dates.every(({ midnight }) => midnight)) return dates;
  return dates.map(({ day, midnight }) => {
    const time = day * MILLISECONDS_A_DAY;
    return { iso: new Date(time).toISOString().slice(0, 10), time, day, midnight };
  });
}

function instant(time: number): ParsedDate {
  const day = Math.floor(time / MILLISECONDS_A_DAY);
  return { iso: isoOf(time), time, day, midnight: time === day * MILLISECONDS_A_DAY };
}

function isoOf(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
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
  [hours, minutes, seconds = '00', fraction = '0', meridiem, zone = 'Z']: readonly (string | undefined)[],
): ParsedDate | undefined {
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // A day that the month lacks either fails to parse or rolls over into the next month.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return undefined;
  const dayNumber = midnight / MILLISECONDS_A_DAY;
  if (hours === undefined) return { iso: date, time: midnight, day: dayNumber, midnight: true };
  const hour = hourOf(Number(hours), meridiem);
  const offset = /^z$/i.test(zone) ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const clockTime = `${String(hour).padStart(2, '0')}:${minutes}:${seconds}.${fraction.slice(0, 3)}`;
  const time = Date.parse(`${date}T${clockTime}${offset}`);
  if (Number.isNaN(time)) return undefined;
  return { iso: isoOf(time), time, day: dayNumber, midnight: /^[0:.]*$/.test(clockTime) };
}

/** 12 AM is midnight, 12 PM is noon; an hour that no such clock has is none at all. */
function hourOf(hour: number, meridiem: string | undefined): number {
  if (meridiem === undefined) return hour;
  if (hour < 1 || hour > 12) return Number.NaN;
  return (hour % 12) + (/p/i.test(meridiem) ? 12 : 0);
}
