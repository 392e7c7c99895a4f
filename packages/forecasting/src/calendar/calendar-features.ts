import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { checkFrequency, type Frequency } from './frequency';

export interface CalendarFeatureOptions {
  /** Frequency of the dates. */
  readonly frequency: Frequency;
  /** Days as ISO texts, `2026-12-25`; default none. Without them there is no feature of holidays. */
  readonly holidays?: readonly string[];
}

const KINDS: OptionKinds<CalendarFeatureOptions> = { frequency: 'object', holidays: 'array?' };

/** A feature with a number for each date; it is known for future dates, too. */
export interface CalendarFeature {
  readonly name: string;
  /** [n], in −1 … 1; for holidays 0 or more. */
  readonly values: Float64Array;
}

const DAY = 86_400_000;

/** The position of a date in a cycle, from 0 to below 1. */
type Phase = (date: Date) => number;

const dayOfYear = (date: Date) =>
  (Math.floor(date.getTime() / DAY) * DAY - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY;
const PHASES = {
  minute: (date) => (date.getUTCMinutes() + date.getUTCSeconds() / 60) / 60,
  hour: (date) => (date.getUTCHours() + date.getUTCMinutes() / 60) / 24,
  weekday: (date) => date.getUTCDay() / 7,
  'day of month': (date) => (date.getUTCDate() - 1) / 31,
  'day of year': (date) => dayOfYear(date) / 366,
  month: (date) => date.getUTCMonth() / 12,
} satisfies Record<string, Phase>;

type PhaseName = keyof typeof PHASES;

/**
 * The cycles within a year in which the dates of a frequency have more than two positions.
 */
function phasesOf({ unit, count }: Frequency): PhaseName[] {
  if (unit === 'year') return [];
  if (unit === 'month' || unit === 'quarter') return ['month'];
  if (unit === 'week') return ['day of year'];
  const days: PhaseName[] = ['weekday', 'day of month', 'day of year'];
  if (unit === 'day') return count % 7 === 0 ? days.slice(1) : days;
  return unit === 'hour' || (unit === 'minute' && count > 20)
    ? ['hour', ...days]
    : ['minute', 'hour', ...days];
}

/**
 * The calendar features of each date: its position in the hour, day, week, month and year, if dates of its
 * frequency differ in it, each as a sine and a cosine, so that December is close to January; and the number
 * of holidays from its day to the day before the next date.
 *
 * @param dates [n] ISO texts, ascending
 * @throws UnrolledError for a text that is not a date
 */
export function calendarFeatures(
  dates: readonly string[],
  options: CalendarFeatureOptions,
): CalendarFeature[] {
  const scope = 'calendarFeatures';
  checkKind(scope, 'dates', dates, 'array');
  checkOptions(scope, options, KINDS);
  checkFrequency(scope, options.frequency);
  const read = readDates(scope, dates);
  const cyclic = phasesOf(options.frequency).flatMap((name) => {
    const angles = read.map((date) => 2 * Math.PI * PHASES[name](date));
    return [
      { name: `${name}, sine`, values: Float64Array.from(angles, Math.sin) },
      { name: `${name}, cosine`, values: Float64Array.from(angles, Math.cos) },
    ];
  });
  return options.holidays ? [...cyclic, holidaysOf(scope, read, options.holidays)] : cyclic;
}

function readDates(scope: string, dates: readonly string[]): Date[] {
  return dates.map((text, at) => {
    const date = new Date(text);
    if (Number.isNaN(date.getTime())) {
      refuse(scope, {
        expected: 'dates as ISO texts',
        got: `'${String(text).slice(0, 40)}' at index ${at}`,
        remedy: 'write dates as 2026-12-25',
      });
    }
    return date;
  });
}

/** Number of holidays from a date's day to the day before the next date; at least its own day is counted. */
function holidaysOf(scope: string, dates: readonly Date[], holidays: readonly string[]): CalendarFeature {
  const days = readDates(scope, holidays).map((date) => Math.floor(date.getTime() / DAY));
  const sorted = [...new Set(days)].sort((a, b) => a - b);
  const own = dates.map((date) => Math.floor(date.getTime() / DAY));
  const usual = own.length > 1 ? own.at(-1)! - own.at(-2)! : 1;
  const before = (day: number) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! < day) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const values = Float64Array.from(own, (day, at) => {
    const next = Math.max(day + 1, own[at + 1] ?? day + usual);
    return before(next) - before(day);
  });
  return { name: 'holidays', values };
}
