import type { Clock } from '../dates';
import { readZone } from './zones';

/** Splits a text that ends in a time of day into the text before it and the time. */
interface Timed {
  readonly date: string;
  readonly clock: Clock;
}

/** Created when a file is read, so bundlers can remove them from a page that reads none. */
function makePatterns() {
  const zone = String.raw`(\(?[A-Za-z]{1,5}\)?|(?:GMT|UTC)?\s*[+-]\d{1,2}(?::?\d{2})?(?:\s*\[[\w/+-]+\])?|\[?[A-Za-z]+(?:/[\w+-]+)+\]?)`;
  const meridiem = String.raw`([ap])\.?\s?m\b\.?`;
  const fraction = String.raw`[.,](\d{1,9})\d*`;
  const pattern = (date: string, clock: string) => new RegExp(`^${date}${clock}\\s*${zone}?$`, 'i');
  return {
    // 27.11.2026 09:30, 2026-11-27T09:30:00.5Z, 11/27/2026 4:00 PM EST
    withColons: pattern(
      String.raw`(.*?[^\s,_:-])(?:[T\s,_:-]+)`,
      String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:${fraction})?)?\s*(?:${meridiem})?`,
    ),
    // 20261127 093000, 2026-11-27T0930, 20261127T093000.5Z
    digitsOnly: pattern(
      String.raw`(\d{8}|\d{4}-\d{2}-\d{2}(?=T))(?:T|[\s_-]+)`,
      String.raw`(\d{2})(\d{2})(?:(\d{2})(?:${fraction})?)?()`,
    ),
    // 2026-11-27T09, 2026-11-27 09h
    hourAlone: pattern(String.raw`(\d{4}-\d{2}-\d{2})[T\s]+`, String.raw`(\d{1,2})\s?[h시时時]?()()()()`),
  };
}

let patterns: ReturnType<typeof makePatterns> | undefined;

/** 27.11.2026 09.30, 27/11/2026 9h30 */
const withoutColon = /^(.*\d{4}|\d{4}\D\d{1,2}\D\d{1,2})\s+(\d{1,2})\s?[.h](\d{2})$/;
/** 09:30 27.11.2026 */
const clockFirst = /^(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[ap]\.?m\.?)?)[\s,]+(.*\d{2}.*)$/i;
/** Fri Nov 27 09:30:00 EST 2026 */
const yearLast = /^(.*?)\s+(\d{1,2}:\d{2}:\d{2})\s+(?:([A-Z]{2,5}|[+-]\d{4})\s+)?(\d{4})$/i;

/**
 * Splits the time of day from a date: 09:30, 9:30:00.123 PM, 093000 after a day in digits, with an optional
 * zone. Null if the text has no time; undefined for an invalid time or an unknown zone.
 */
export function splitClock(given: string): Timed | null | undefined {
  if (given.length < 11) return null;
  const text = given.replace(withoutColon, '$1 $2:$3');
  patterns ??= makePatterns();
  const hasColon = text.includes(':');
  const found = hasColon
    ? patterns.withColons.exec(inOrder(text))
    : (patterns.digitsOnly.exec(text) ?? patterns.hourAlone.exec(text));
  if (!found) return null;
  const [, date, hours, minutes, seconds, fraction, meridiem, zoneName] = found as unknown as string[];
  const hour = hourOf(Number(hours), meridiem);
  const [minute, second] = [Number(minutes || 0), Number(seconds || 0)];
  if (hour === undefined || minute > 59 || second > 60 || (hour === 24 && minute + second > 0))
    return undefined;
  const zone = zoneName ? readZone(zoneName.replace(/[()]/g, '')) : 0;
  if (zone === undefined) return undefined;
  const nanoseconds = fraction ? Number(fraction.padEnd(9, '0')) : 0;
  const milliseconds = Math.floor(nanoseconds / 1e6);
  return {
    date: date!,
    clock: {
      milliseconds: ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds,
      nanoseconds: nanoseconds - milliseconds * 1e6,
      zone,
    },
  };
}

/** The date before its time, and AM or PM. */
function inOrder(text: string): string {
  const day = text.replace(/\b([AP]M)\s+(\d[\d:.]*)/i, '$2 $1');
  if (/^\d{1,2}:/.test(day)) return day.replace(clockFirst, '$2 $1');
  if (!/:\d{2}\s.*\d{4}$/.test(day)) return day;
  return day.replace(yearLast, (_, date, time, zone, year) =>
    `${date} ${year} ${time} ${zone ?? ''}`.trimEnd(),
  );
}

/** 12 AM is midnight, 12 PM is noon. Hours above 12 are not valid here. */
function hourOf(hour: number, meridiem: string | undefined): number | undefined {
  if (!meridiem) return hour <= 24 ? hour : undefined;
  if (hour < 1 || hour > 12) return undefined;
  return (hour % 12) + (/p/i.test(meridiem) ? 12 : 0);
}

/** Reads a separate column of times of day. */
export type ReadClock = (cell: string) => string | undefined;

/**
 * The reader of a separate time column, as text to append to the date: 09:30 or 3:30 PM. Under a name for
 * times also 093000, 93000, 0930 and hours alone. Undefined for any other column.
 */
export function clockReader(cells: readonly string[], isCalledTime: boolean): ReadClock | undefined {
  const present = cells.filter((cell) => cell !== '');
  if (present.length === 0) return undefined;
  const isClock = (cell: string) =>
    cell.length < 40 && /^\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*([ap]\.?m\.?)?(\s*\S+)?$/i.test(cell);
  if (isClock(present[0]!)) return (cell) => (isClock(cell) ? cell : undefined);
  const widest = Math.max(...present.slice(0, 1000).map(({ length }) => length));
  if (!isCalledTime || widest > 6 || !present.every((cell) => /^\d{1,6}$/.test(cell))) return undefined;
  const width = widest > 4 ? 6 : widest > 2 ? 4 : 2;
  return (cell) => {
    if (!/^\d{1,6}$/.test(cell)) return isClock(cell) ? cell : undefined;
    const digits = cell.padStart(width, '0').padEnd(6, '0');
    return `${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4)}`;
  };
}
