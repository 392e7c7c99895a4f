import { offsetsOf, type Zone } from './dates/zones';

/**
 * A date as ISO text (a day stays a day, a year stays a year), as an instant for sorting, and as the calendar
 * day that the cell names.
 */
export interface ParsedDate {
  readonly iso: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Nanoseconds of the instant after its milliseconds: 0 to 999,999. */
  readonly nanoseconds: number;
  /** Days since 1970 of the calendar day as written, in any zone. */
  readonly day: number;
  /** Whether the time of day is written as 00:00, or missing. */
  readonly midnight: boolean;
  /** The later instant with the same local time, when the clock is set back. */
  readonly later?: ParsedDate | undefined;
}

/** A time of day, and its time zone. */
export interface Clock {
  readonly milliseconds: number;
  readonly nanoseconds: number;
  readonly zone: Zone;
}

/** The first number in dates like 03/04/2020 or 20/04/03. */
export type DayMonthOrder = 'month-first' | 'day-first' | 'year-first';

export const MILLISECONDS_A_DAY = 86_400_000;

/** 400 years always have the same number of days. */
const DAYS_OF_400_YEARS = 146_097;

/** Days since 1970 of a day of the Gregorian calendar; undefined if the day does not exist. */
export function dayOf(year: number, month: number, day: number): number | undefined {
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return undefined;
  // 400 years later, because Date reads the years 0 to 99 as 1900 to 1999.
  return Date.UTC(year + 400, month - 1, day) / MILLISECONDS_A_DAY - DAYS_OF_400_YEARS;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** A day alone. */
export function dayAlone(day: number): ParsedDate {
  const time = day * MILLISECONDS_A_DAY;
  return { iso: new Date(time).toISOString().slice(0, 10), time, nanoseconds: 0, day, midnight: true };
}

/** A year alone, sorted by its first day. */
export function yearAlone(year: number): ParsedDate {
  return { ...dayAlone(dayOf(year, 1, 1)!), iso: String(year).padStart(4, '0') };
}

/** An instant that was written as a number, in UTC. */
export function instant(time: number, nanoseconds = 0): ParsedDate {
  const day = Math.floor(time / MILLISECONDS_A_DAY);
  const midnight = time === day * MILLISECONDS_A_DAY && nanoseconds === 0;
  return { iso: isoOf(time, nanoseconds), time, nanoseconds, day, midnight };
}

/** A day and the time of day in its zone. */
export function dateAt(day: number, { milliseconds, nanoseconds, zone }: Clock): ParsedDate {
  const wall = day * MILLISECONDS_A_DAY + milliseconds;
  const midnight = milliseconds === 0 && nanoseconds === 0;
  const [first, second] = offsetsOf(zone, wall).map((offset): ParsedDate => {
    const time = wall - offset;
    return { iso: isoOf(time, nanoseconds), time, nanoseconds, day, midnight };
  });
  return second === undefined ? first! : { ...first!, later: second };
}

/** Dates without their times if all times of day are midnight: such a source means days. */
export function withoutMidnights(dates: ParsedDate[]): ParsedDate[] {
  if (!dates.every(({ midnight }) => midnight)) return dates;
  return dates.map((date) => (date.iso.length <= 10 ? date : dayAlone(date.day)));
}

/** Below 0 if `a` is before `b`, 0 for the same instant, above 0 if it is after. */
export function compareDates(a: ParsedDate, b: ParsedDate): number {
  return a.time - b.time || a.nanoseconds - b.nanoseconds;
}

/** Whether the dates never decrease, or never increase. */
export function isMonotonic(dates: readonly ParsedDate[]): boolean {
  const rises = dates.every((date, row) => row === 0 || compareDates(dates[row - 1]!, date) <= 0);
  return rises || dates.every((date, row) => row === 0 || compareDates(dates[row - 1]!, date) >= 0);
}

/** Chooses the later instant of a repeated hour if the rows before show that the earlier one has passed. */
export function resolveRepeatedHours(dates: readonly ParsedDate[]): ParsedDate[] {
  if (!dates.some(({ later }) => later)) return [...dates];
  const isNewestFirst = dates.at(-1)!.time < dates[0]!.time;
  const resolved: ParsedDate[] = [];
  for (const date of isNewestFirst ? dates.toReversed() : dates) {
    const before = resolved.at(-1);
    const isOver = date.later && before && compareDates(before, date) >= 0;
    resolved.push(isOver ? date.later! : date);
  }
  return isNewestFirst ? resolved.reverse() : resolved;
}

function isoOf(time: number, nanoseconds: number): string {
  const iso = new Date(time).toISOString();
  if (nanoseconds === 0) return iso.endsWith('.000Z') ? `${iso.slice(0, -5)}Z` : iso;
  const digits = String(nanoseconds).padStart(6, '0');
  return `${iso.slice(0, -1)}${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`;
}
