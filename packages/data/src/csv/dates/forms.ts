import { type DayMonthOrder, dateAt, dayAlone, dayOf, type ParsedDate, yearAlone } from '../dates';
import { splitClock } from './clock';
import { monthOf, withAsciiClock, withoutWeekday } from './words';

/** The reading of two-digit years: years from the pivot on belong to the last century. */
export type Pivot = 70 | 30;

/** The reason why a column's dates are ambiguous. */
export interface Reading {
  readonly order: DayMonthOrder;
  readonly pivot: Pivot;
  /** Whether two-digit years are those of the Republic of China, because other rows have three digits. */
  readonly isRepublican?: boolean;
}

/** A day, a year alone, or none. */
type Found = { readonly day: number } | { readonly year: number } | undefined;

interface TextForm {
  readonly pattern: RegExp;
  /** Whether a time of day may follow. */
  readonly isDay: boolean;
  find(groups: readonly string[], reading: Reading): Found;
}

const WORD = '([\\p{L}\\p{M}]{2,12})';
const form = (isDay: boolean, pattern: string, find: TextForm['find']): TextForm => ({
  pattern: new RegExp(`^${pattern}$`, 'iu'),
  isDay,
  find,
});
const found = (year: number, month: number, day: number): Found => {
  const number = dayOf(year, month, day);
  return number === undefined ? undefined : { day: number };
};

/** The year before the first year of each Japanese era. */
const ERAS: readonly (readonly [names: string, before: number])[] = [
  ['m明治', 1867],
  ['t大正', 1911],
  ['s昭和', 1925],
  ['h平成', 1988],
  ['r令和', 2018],
];

function yearOfEra(era: string, year: string): number {
  const [, before] = ERAS.find(([names]) => names.includes(era.toLowerCase()))!;
  return before + (year === '元' ? 1 : Number(year));
}

/** Forms of days that are not only numbers. No text matches two of these forms or of those below. */
const dayForms = (): readonly TextForm[] => [
  // 2026-11-27, 2026/11/27, 2026.11.27, 2026- 11- 27, 2026. 11. 27., 2026年11月27日, 2026년 11월 27일
  form(true, String.raw`(\d{4})\s*([-/._\s])\s*(\d{1,2})\s*\2\s*(\d{1,2})\s*\.?`, ([, year, , month, day]) =>
    found(Number(year), Number(month), Number(day)),
  ),
  form(
    true,
    String.raw`(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]?`,
    ([, year, month, day]) => found(Number(year), Number(month), Number(day)),
  ),
  // 20261127
  form(true, String.raw`(\d{4})(\d{2})(\d{2})`, ([, year, month, day]) =>
    found(Number(year), Number(month), Number(day)),
  ),
  // 27.11.2026, 11/27/2026, 27-11-26, 26/11/27
  form(true, String.raw`(\d{1,2})\s*([-/. ])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})\.?`, byOrder),
  // 27-Nov-2026, 27. Nov. 2026, 27 de noviembre de 2026, 27NOV2026
  form(
    true,
    String.raw`(\d{1,2})(?:st|nd|rd|th|er|º|\.)?[-\s/.]*(?:de\s+|of\s+)?${WORD}[-,\s/.]*(?:de\s+|of\s+)?['’]?(\d{4}|\d{2})\s*(?:г\.?)?`,
    ([, day, month, year], { pivot }) => found(fullYear(year!, pivot), monthOf(month!), Number(day)),
  ),
  // Nov 27, 2026, November 27th 2026, Nov-27-2026
  form(true, String.raw`${WORD}\.?[-\s]*(\d{1,2})(?:st|nd|rd|th)?[-,\s]+(\d{4})`, ([, month, day, year]) =>
    found(Number(year), monthOf(month!), Number(day)),
  ),
  // 2026-Nov-27, 2026. november 27.
  form(true, String.raw`(\d{4})[-\s/.,]*${WORD}[-\s/.,]*(\d{1,2})\.?`, ([, year, month, day]) =>
    found(Number(year), monthOf(month!), Number(day)),
  ),
  // 115/11/27, 民國115年11月27日
  form(
    true,
    String.raw`(民[國国]\s*)?(\d{2,3})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?`,
    ([, name, year, month, day]) =>
      name || year!.length === 3 ? found(Number(year) + 1911, Number(month), Number(day)) : undefined,
  ),
  // R8.11.27, 令和8年11月27日
  form(
    true,
    String.raw`([MTSHR]|明治|大正|昭和|平成|令和)\s*\.?(\d{1,2}|元)[-/.年]\s*(\d{1,2})[-/.月]\s*(\d{1,2})日?`,
    ([, era, year, month, day]) => found(yearOfEra(era!, year!), Number(month), Number(day)),
  ),
  // 2026-331
  form(true, String.raw`(\d{4})-(\d{3})`, ([, year, day]) => dayOfYear(Number(year), Number(day))),
];

/** Forms of months, quarters, halves, weeks and years. */
const periodForms = (): readonly TextForm[] => [
  // Jan-93, November 2026, Nov '26; not Nov 26, which may also be a day
  form(
    false,
    String.raw`${WORD}\.?(?:[-\s/.,_]*(?:de\s+)?(\d{4})|\s?[-/_'’]+(\d{2}))`,
    ([, month, year, twoDigits], { pivot }) => found(fullYear(year ?? twoDigits!, pivot), monthOf(month!), 1),
  ),
  // 2026-Nov
  form(false, String.raw`(\d{4})[-\s/.,_]*${WORD}\.?`, ([, year, month]) =>
    found(Number(year), monthOf(month!), 1),
  ),
  // 2026-11, 2026/11, 2026M11, 2026年11月, 2026년 11월
  form(false, String.raw`(\d{4})\s*(?:[-/.]|[-:]?M|[年년])\s*(\d{1,2})\s*[月월]?`, ([, year, month]) =>
    found(Number(year), Number(month), 1),
  ),
  // 11/2026, M11 2026
  form(false, String.raw`M?(\d{1,2})\s?[-/. ]\s?(\d{4})`, ([, month, year]) =>
    found(Number(year), Number(month), 1),
  ),
  // 2026.4/4
  form(false, String.raw`(\d{4})[. ]([1-4])/4`, ([, year, number]) => quarter(Number(year), number!)),
  // 1959Q1, 1959-Q1, 2026 4T, 2026년 4분기, 2026年第4季度
  form(
    false,
    String.raw`(\d{4})\s*[-/.:년年]?\s*(?:[QTKК]\s*([1-4])|第?\s*([1-4])\s*(?:[QTKК]|кв\.?|분기|四半期|季度?))`,
    ([, year, letterFirst, letterLast]) => quarter(Number(year), letterFirst ?? letterLast!),
  ),
  // Q1 1959, 1Q59
  form(
    false,
    String.raw`(?:[QTKК]\s*([1-4])|([1-4])\s*[QTKК])[-\s/.,]*['’]?(\d{4}|\d{2})`,
    ([, letterFirst, letterLast, year], { pivot }) =>
      quarter(fullYear(year!, pivot), letterFirst ?? letterLast!),
  ),
  // 2026H1, H1 2026
  form(
    false,
    String.raw`(?:(\d{4})[-\s]?[HS]([12])|[HS]([12])[-\s]?(\d{4}))`,
    ([, year, half, halfFirst, yearLast]) =>
      found(Number(year ?? yearLast), (half ?? halfFirst) === '1' ? 1 : 7, 1),
  ),
  // 2026-W48, 2026W485, 2026-W48-5, 2026年第48周
  form(
    false,
    String.raw`(\d{4})[-\s/]*(?:W|week\s*|KW\s*|年第)(\d{1,2})(?:-?([1-7]))?[周週]?`,
    ([, year, week, day]) => weekDay(Number(year), Number(week), Number(day ?? 1)),
  ),
  // W48 2026, KW 48/2026, Week 48, 2026
  form(false, String.raw`(?:W|week|KW)\s*(\d{1,2})[-\s/,]+(\d{4})`, ([, week, year]) =>
    weekDay(Number(year), Number(week), 1),
  ),
  // FY2026, 2026年, 2026년
  form(false, String.raw`(?:FY\s?|CY\s?)?(\d{4})\s*(?:年度?|년도?|г\.?)?`, ([, year]) =>
    Number(year) > 0 ? { year: Number(year) } : undefined,
  ),
];

/** The day of the year of an ISO week. Its Thursday is in the year that gives the week its name. */
function weekDay(year: number, week: number, day: number): Found {
  const fourth = dayOf(year, 1, 4);
  if (fourth === undefined || week < 1 || week > 53) return undefined;
  // 1970-01-01, day 0, was a Thursday, so Mondays are the days 4, 11, …
  const monday = fourth - ((((fourth + 3) % 7) + 7) % 7) + 7 * (week - 1);
  return monday + 3 >= dayOf(year + 1, 1, 1)! ? undefined : { day: monday + day - 1 };
}

function dayOfYear(year: number, day: number): Found {
  const first = dayOf(year, 1, 1);
  const isOne = first !== undefined && day >= 1 && first + day - 1 < dayOf(year + 1, 1, 1)!;
  return isOne ? { day: first + day - 1 } : undefined;
}

function quarter(year: number, number: string): Found {
  return found(year, 3 * Number(number) - 2, 1);
}

function byOrder(
  [, first, mark, second, last]: readonly string[],
  { order, pivot, isRepublican }: Reading,
): Found {
  if (order !== 'year-first') {
    const [month, day] = order === 'month-first' ? [first, second] : [second, first];
    return found(fullYear(last!, pivot), Number(month), Number(day));
  }
  if (last!.length === 4 || mark === ' ') return undefined;
  const year = isRepublican ? Number(first) + 1911 : fullYear(first!, pivot);
  return found(year, Number(second), Number(last));
}

/** Two-digit years mean 1970 to 2069, or 1930 to 2029 if the former would not be in order. */
export function fullYear(year: string, pivot: Pivot): number {
  const number = Number(year);
  return year.length === 4 ? number : number + (number < pivot ? 2000 : 1900);
}

/**
 * A cell without characters that obscure its date: zero-width characters, direction marks, Excel's ' and
 * ="…", brackets, digits of other scripts.
 */
function bare(cell: string): string {
  const text = /^[\x20-\x7e]*$/.test(cell) ? cell : withAsciiClock(inAscii(cell));
  return text.replace(/^=?(['"])(.*)\1$|^\[(.*)\]$/, '$2$3').replace(/^['`]/, '');
}

function inAscii(cell: string): string {
  return cell
    .normalize('NFKC')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 15))
    .trim();
}

/** 2026-11-27+01:00, a day in XML notation */
const dayInZone = /^(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:\d{2})$/;

/** The first of two dates of the same form, as weekly or monthly bars may have: 2026-11-23/2026-11-29. */
function firstOfRange(text: string): string | undefined {
  for (const mark of ['/', '~', ' - ', ' ~ ', ' to ']) {
    const half = (text.length - mark.length) / 2;
    if (half >= 8 && text.slice(half, -half) === mark) return text.slice(0, half);
  }
  return undefined;
}

/** The greatest length of a date. */
const LONGEST = 100;

/** Reads the cells of a column. Most cells have the same form. */
export class TextDates {
  private readonly forms = [...dayForms(), ...periodForms()];
  private likeliest = this.forms[0]!;
  /** Whether words surround the dates, as in the previous cells. */
  private isDressed = false;

  /** Undefined for a cell that is not a date, or a day that does not exist. */
  read(cell: string, reading: Reading): ParsedDate | undefined {
    if (cell.length > LONGEST) return undefined;
    const text = bare(cell);
    if (!this.isDressed) {
      const date = this.readBare(text, reading);
      if (date !== undefined) return date;
    }
    const date = this.readDressed(text, reading);
    if (date !== undefined) this.isDressed = true;
    return date ?? (this.isDressed ? this.readBare(text, reading) : undefined);
  }

  /**
   * Also with a day of the week or "Week of" before it, with a zone's long name in brackets after it, or as a
   * range.
   */
  private readDressed(text: string, reading: Reading): ParsedDate | undefined {
    const first = firstOfRange(text) ?? dayInZone.exec(text)?.[1];
    if (first !== undefined) return this.readBare(first, reading);
    if (!/[^\d\s:./-]/.test(text)) return undefined;
    let rest = text.replace(/\s*\([^)]*\)/g, ' ').trim();
    for (let words = 0; words <= 3; words += 1) {
      const date = rest === text ? undefined : this.readBare(rest, reading);
      // A word and a year are a name, such as "Model 2026".
      if (date !== undefined) return words > 0 && date.iso.length === 4 ? undefined : date;
      const less = withoutWeekday(rest);
      if (less === rest) return undefined;
      rest = less;
    }
    return undefined;
  }

  private readBare(text: string, reading: Reading): ParsedDate | undefined {
    const timed = splitClock(text);
    if (timed === undefined) return undefined;
    const hasClock = timed !== null;
    const date = timed === null ? text : timed.date;
    const day = this.find(this.likeliest, date, reading, hasClock) ?? this.search(date, reading, hasClock);
    if (day === undefined) return undefined;
    if ('year' in day) return yearAlone(day.year);
    return timed === null ? dayAlone(day.day) : dateAt(day.day, timed.clock);
  }

  private search(text: string, reading: Reading, hasClock: boolean): Found {
    for (const form of this.forms) {
      const day = this.find(form, text, reading, hasClock);
      if (day === undefined) continue;
      this.likeliest = form;
      return day;
    }
    return undefined;
  }

  private find({ pattern, isDay, find }: TextForm, text: string, reading: Reading, hasClock: boolean): Found {
    if (hasClock && !isDay) return undefined;
    const groups = pattern.exec(text);
    return groups ? find(groups, reading) : undefined;
  }
}

const open =
  /^['"=]*(?:[\d:.]+\s*[ap]?\.?m?\.?,?\s+)?(?:\p{L}+[.,]?\s+)?\d{1,2}\s*([-/. ])\s*\d{1,2}\s*\1\s*(\d{4}|\d{2})(?!\d)/iu;

/**
 * Number of digits of the year in a cell such as 03/04/2020 or 03/04/20, where day and month are ambiguous; 0
 * for other cells.
 */
export function openYearDigits(cell: string): number {
  return open.exec(cell.slice(0, LONGEST))?.[2]?.length ?? 0;
}

/** The separators between the numbers of such a cell; undefined for other cells. */
export function openMark(cell: string): string | undefined {
  return open.exec(cell.slice(0, LONGEST))?.[1];
}

/** Whether a cell has a three-digit year of the Republic of China. */
export function isRepublican(cell: string): boolean {
  return /^(?:民[國国]\s*)?1\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s|$)/.test(cell);
}
