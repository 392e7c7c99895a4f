/**
 * Dates written as numbers: 20261127, seconds since 1970, Excel's days, years. All cells of a column together
 * determine the kind.
 */

import {
  type DayMonthOrder,
  dateAt,
  dayAlone,
  dayOf,
  instant,
  MILLISECONDS_A_DAY,
  type ParsedDate,
  yearAlone,
} from '../dates';
import { fullYear, type Reading } from './forms';
import type { DateHint } from './names';
import { hasCalendarSteps, hasClockSteps, type Pace } from './pace';

/** A way to read a column of numbers as dates. */
export interface NumberForm {
  /** The possible orders of the digits; undefined if there is only one. */
  readonly orders?: readonly DayMonthOrder[];
  /** Whether a sequence of dates is plausible, with a name for dates and without. */
  isCredible(pace: Pace, hint: DateHint | undefined): boolean;
  /** Undefined for a cell that is not such a date. */
  read(cell: string, reading: Reading): ParsedDate | undefined;
}

/** Other numbers rarely have this form in every row. */
function byDigits(pace: Pace, hint: DateHint | undefined): boolean {
  const { count, distinct, oneWay } = pace;
  if (hint !== undefined) return hint === 'date' || isPlausible(pace);
  return count * distinct >= 3 && (oneWay >= 0.95 || (count >= 8 && distinct >= 0.5));
}

/** Other numbers may have this form, but not with the steps of a calendar. */
function bySteps(pace: Pace, hint: DateHint | undefined): boolean {
  if (hint === 'date') return isPlausible(pace);
  return pace.isWhole && isPlausible(pace) && hasCalendarSteps(pace) && (hint === 'time' || isSteady(pace));
}

function isPlausible({ distinct, oneWay }: Pace): boolean {
  return distinct >= 0.5 || oneWay >= 0.9;
}

/** From 1500 to 2200. */
function isRecent({ first, last }: Pace): boolean {
  return first >= Date.UTC(FIRST_YEAR, 0, 1) && last <= Date.UTC(LAST_YEAR, 0, 1);
}

/** From 1990 to 2100. */
function isOfOurTime({ first, last }: Pace): boolean {
  return first >= Date.UTC(1990, 0, 1) && last <= Date.UTC(2100, 0, 1);
}

function isSteady({ count, distinct, oneWay }: Pace): boolean {
  return count >= 8 && distinct >= 0.9 && oneWay >= 0.98;
}

const FIRST_YEAR = 1500;
const LAST_YEAR = 2200;

/** 20261127, 27112026, 11272026; the day may lack its leading zero. */
const eightDigits: NumberForm = {
  orders: ['year-first', 'day-first', 'month-first'],
  isCredible: byDigits,
  read: (cell, { order }) => {
    if (!/^\d{7,8}$/.test(cell) || (cell.length === 7 && order === 'year-first')) return undefined;
    const digits = cell.padStart(8, '0');
    if (order === 'year-first') return dayIn(cut(digits, 4, 2, 2));
    const [first, second, year] = cut(digits, 2, 2, 4) as [number, number, number];
    return order === 'day-first' ? dayIn([year, second, first]) : dayIn([year, first, second]);
  },
};

/** 261127, 271126, 112726 */
const sixDigits: NumberForm = {
  orders: ['year-first', 'day-first', 'month-first'],
  isCredible: bySteps,
  read: (cell, { order, pivot }) => {
    if (!/^\d{6}$/.test(cell)) return undefined;
    const parts = [cell.slice(0, 2), cell.slice(2, 4), cell.slice(4)] as const;
    if (order === 'year-first') return dayIn([fullYear(parts[0], pivot), Number(parts[1]), Number(parts[2])]);
    const [day, month] = order === 'day-first' ? parts : [parts[1], parts[0]];
    return dayIn([fullYear(parts[2], pivot), Number(month), Number(day)]);
  },
};

/** The same forms without leading zeros, 11126, which resemble Excel's days. */
const fiveDigits: NumberForm = {
  orders: ['year-first', 'day-first', 'month-first'],
  isCredible: (pace, hint) => hasCalendarSteps(pace) && bySteps(pace, hint),
  read: (cell, reading) => sixDigits.read(cell.length === 5 ? `0${cell}` : cell, reading),
};

/** 20261127093000, 202611270930, 2026112709 */
const withClock: NumberForm = {
  isCredible: byDigits,
  read: (cell) => {
    if (!/^\d{10}(\d{2}(\d{2}(\d{3})?)?)?$/.test(cell)) return undefined;
    const [year, month, date, hour, minute, second, milliseconds] = cut(
      cell.padEnd(17, '0'),
      4,
      2,
      2,
      2,
      2,
      2,
      3,
    );
    const day = dayIn([year!, month!, date!])?.day;
    if (day === undefined || hour! > 23 || minute! > 59 || second! > 59) return undefined;
    const ofDay = ((hour! * 60 + minute!) * 60 + second!) * 1000 + milliseconds!;
    return dateAt(day, { milliseconds: ofDay, nanoseconds: 0, zone: 0 });
  },
};

/** 202611 */
const yearMonth: NumberForm = {
  isCredible: bySteps,
  read: (cell) => (/^\d{6}$/.test(cell) ? dayIn([...cut(cell, 4, 2), 1]) : undefined),
};

/** 2026.11 and 2026.1. If other rows have 2026.01, 2026.1 is October, written as a number. */
function yearPointMonth(cells: readonly string[]): NumberForm {
  const isPadded = cells.some((cell) => /^\d{4}\.0[1-9]$/.test(cell));
  return {
    isCredible: bySteps,
    read: (cell) => {
      const [, year, month] = /^(\d{4})\.(\d{1,2})$/.exec(cell) ?? [];
      return year ? dayIn([Number(year), Number(isPadded ? month!.padEnd(2, '0') : month), 1]) : undefined;
    },
  };
}

/** 11.2026 and 1.2026 */
const monthPointYear: NumberForm = {
  isCredible: bySteps,
  read: (cell) => {
    const [, month, year] = /^(\d{1,2})\.(\d{4})$/.exec(cell) ?? [];
    return year ? dayIn([Number(year), Number(month), 1]) : undefined;
  },
};

/** 2026331: the year and the day of the year */
const yearDay: NumberForm = {
  isCredible: bySteps,
  read: (cell) => {
    if (!/^\d{7}$/.test(cell)) return undefined;
    const [year, number] = cut(cell, 4, 3) as [number, number];
    const first = dayIn([year, 1, 1])?.day;
    if (first === undefined || number < 1 || first + number > dayOf(year + 1, 1, 1)!) return undefined;
    return dayAlone(first + number - 1);
  },
};

/** 1151127: a year of the Republic of China */
const republican: NumberForm = {
  isCredible: bySteps,
  read: (cell) => {
    if (!/^\d{6,7}$/.test(cell)) return undefined;
    const [year, month, day] = cut(cell.padStart(7, '0'), 3, 2, 2) as [number, number, number];
    return dayIn([year + 1911, month, day]);
  },
};

const EXCEL_EPOCH = 25_569;

/** 46353, 46353.395833: Excel's days since 1900. */
const excelDay: NumberForm = {
  isCredible: (pace, hint) => bySteps(pace, hint) || (hint === 'time' && pace.hasClocks && isSteady(pace)),
  read: (cell) => {
    if (!/^\d{4,5}(\.\d+)?$/.test(cell)) return undefined;
    const days = Number(cell);
    if (days < 7000 || days > 90_000) return undefined;
    // Excel writes fractions of a day with about five digits or more, which resolve a second.
    return instant(Math.round((days - EXCEL_EPOCH) * 86_400) * 1000);
  },
};

/** 20784: days since 1970, if these are from Monday to Friday and Excel's days would not be. */
const unixDay: NumberForm = {
  isCredible: (pace, hint) =>
    hint !== undefined && pace.step === MILLISECONDS_A_DAY && hasCalendarSteps(pace),
  read: (cell) => (/^\d{4,5}$/.test(cell) ? dayAlone(Number(cell)) : undefined),
};

/** 1959 */
const year: NumberForm = {
  isCredible: (pace, hint) => {
    const { distinct, oneWay, step, stepShare, count } = pace;
    const isYearly = distinct >= 0.9 && oneWay >= 0.9;
    if (hint === 'date') return isYearly;
    const stepsAreYears = count === 1 || (step === 365 * MILLISECONDS_A_DAY && stepShare > 0.9);
    return (
      pace.isWhole && isYearly && stepsAreYears && (hint === 'time' || (isSteady(pace) && isRecent(pace)))
    );
  },
  read: (cell) => {
    const number = /^\d{4}$/.test(cell) ? Number(cell) : Number.NaN;
    return number >= 1000 && number < 3000 ? yearAlone(number) : undefined;
  },
};

/** 1958.2027: a year and its elapsed fraction */
const decimalYear: NumberForm = {
  isCredible: (pace, hint) => hint !== undefined && pace.isWhole && isSteady(pace) && isRecent(pace),
  read: (cell) => {
    const parts = /^(\d{4})(\.\d+)?$/.exec(cell);
    const first = parts && dayIn([Number(parts[1]), 1, 1])?.day;
    if (first === undefined || first === null) return undefined;
    const days = dayOf(Number(parts![1]) + 1, 1, 1)! - first;
    return dayAlone(first + Math.min(days - 1, Math.floor(Number(parts![2] ?? 0) * days + 1e-3)));
  },
};

/**
 * The orders of magnitude of seconds, milliseconds, microseconds and nanoseconds, and their decimal places in
 * a second.
 */
const UNITS = [0, 3, 6, 9] as const;

/** Seconds to nanoseconds since 1970. The largest cell determines the unit of all cells. */
function sinceEpoch(cells: readonly string[]): NumberForm {
  const largest = Math.max(...cells.map((cell) => Math.abs(Number(cell))).filter(Number.isFinite));
  const unit = unitOf(largest);
  // Cells with 10, 13, 16 and 19 digits determine their own unit, because a source may have changed it.
  const ownUnit = (digits: string) =>
    /^1\d{9}$|^1\d{12}$|^1\d{15}$|^1\d{18}$/.test(digits) ? unitOf(Number(digits)) : unit;
  return {
    isCredible: (pace, hint) => isCredibleEpoch(pace, hint, unit),
    read: (cell) => {
      const [, minus, digits, fraction = ''] = /^(-?)(\d{1,19})(?:\.(\d+))?$/.exec(cell) ?? [];
      return digits === undefined ? undefined : fromUnits(minus === '-', digits, fraction, ownUnit(digits));
    },
  };
}

function isCredibleEpoch(pace: Pace, hint: DateHint | undefined, unit: number): boolean {
  if (hint === undefined)
    return pace.isWhole && isSteady(pace) && isOfOurTime(pace) && (unit > 0 || hasClockSteps(pace));
  // Seconds from the start of a recording are not dates.
  const isFar = pace.nearest >= 1e11 || (pace.first < 0 && pace.last > 0 && hasClockSteps(pace));
  const isNear = pace.nearest >= 1e9 && pace.last >= 1e10 && hasClockSteps(pace);
  return isPlausible(pace) && (isFar || isNear);
}

/**
 * Counts of 100 nanoseconds from another epoch: .NET's from the year 1, Windows' from 1601; in milliseconds
 * before 1970.
 */
const TICKS = [
  { from: 6.2e17, to: 6.8e17, before: 62_135_596_800_000 },
  { from: 1.1e17, to: 1.6e17, before: 11_644_473_600_000 },
];

/**
 * Ticks have as many digits as nanoseconds of some years. As times of bars, nanoseconds would be whole
 * minutes.
 */
function ticks(cells: readonly string[]): NumberForm {
  const isOf = ({ from, to }: (typeof TICKS)[number]) =>
    cells.every((cell) => /^\d{18}$/.test(cell) && Number(cell) >= from && Number(cell) <= to);
  const kind = TICKS.find(isOf);
  const areMinutes = kind !== undefined && cells.every((cell) => BigInt(cell) % 60_000_000_000n === 0n);
  return {
    isCredible: (pace, hint) => isCredibleEpoch(pace, hint, 9),
    read: (cell) =>
      kind === undefined || areMinutes || !/^\d{18}$/.test(cell)
        ? undefined
        : instant(Number(cell.slice(0, -4)) - kind.before, Number(cell.slice(-4)) * 100),
  };
}

function unitOf(size: number): (typeof UNITS)[number] {
  return size < 1e11 ? 0 : size < 1e14 ? 3 : size < 1e17 ? 6 : 9;
}

/**
 * A number cannot represent all digits of nanoseconds, so milliseconds and the remainder are read separately.
 */
function fromUnits(
  isBefore: boolean,
  digits: string,
  fraction: string,
  unit: number,
): ParsedDate | undefined {
  const all = digits + fraction.slice(0, 9 - unit).padEnd(9 - unit, '0');
  const size = Number(all.slice(0, -6));
  const rest = Number(all.slice(-6));
  const milliseconds = isBefore ? -size - (rest > 0 ? 1 : 0) : size;
  const inRange = Math.abs(milliseconds) < MILLISECONDS_A_DAY * 365.25 * 400;
  return inRange ? instant(milliseconds, isBefore && rest > 0 ? 1e6 - rest : rest) : undefined;
}

/** The possible readings of a numeric column as dates, most certain first. Each one reads every cell. */
export function numberForms(cells: readonly string[]): NumberForm[] {
  return [
    ...[eightDigits, withClock, yearMonth, sixDigits, fiveDigits, yearDay, republican, unixDay, excelDay],
    ...[year, yearPointMonth(cells), monthPointYear, decimalYear, ticks(cells), sinceEpoch(cells)],
  ];
}

/**
 * The number in a cell, without the `.0` of a float (`20261127.0`), a spreadsheet's text markers, exponents
 * (4.6353E+04) and commas between thousands.
 */
export function bareNumber(cell: string): string {
  let text = cell;
  if (!/^[\d.]*$/.test(text)) {
    text = text.replace(/^=?"(.*)"$/, '$1').replace(/^['`+]/, '');
    if (/^\d{1,3}(,\d{3}){2,}$/.test(text)) text = text.replaceAll(',', '');
    if (/^\d\.?\d*E\+?\d+$/i.test(text) && Number(text) < 1e21) text = String(Number(text));
  }
  return text.includes('.') ? text.replace(/\.0*$/, '') : text;
}

function dayIn(parts: readonly number[]): ParsedDate | undefined {
  const [year, month, day] = parts as [number, number, number];
  const number = year < FIRST_YEAR || year > LAST_YEAR ? undefined : dayOf(year, month, day);
  return number === undefined ? undefined : dayAlone(number);
}

function cut(digits: string, ...widths: readonly number[]): number[] {
  let from = 0;
  return widths.map((width) => {
    from += width;
    return Number(digits.slice(from - width, from));
  });
}
