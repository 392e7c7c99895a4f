import type { OptionKinds } from '@unrolled/errors';
import { quoted } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { daysOfMonths, monthOf, mostFrequent, weekdayOf } from './day-rules';
import {
  BUSINESS_DAYS,
  checkFrequency,
  type Frequency,
  frequencyName,
  millisecondsOf,
  monthsOf,
} from './frequency';

/** The regular steps of dates. */
export interface Calendar {
  readonly frequency: Frequency;
  /**
   * The number of a date's step, an integer; undefined for a date between two steps. Any day of a week,
   * month, quarter or year belongs to its step.
   */
  stepOf(date: string): number | undefined;
  /** The date of a step, as an ISO text of the same length as the given dates. */
  dateOf(step: number): string;
}

export interface CalendarOptions {
  /** Default: found from the dates. */
  readonly frequency?: Frequency;
}

const KINDS: OptionKinds<CalendarOptions> = { frequency: 'object?' };

const DAY = 86_400_000;
const WEEK = 7 * DAY;
const FEWEST_WEEKS = 2;

/**
 * Finds the regular calendar of dates, which may have gaps: seconds, minutes and hours; days, or some days of
 * the week; weeks, months, quarters and years, by their first, last, same or business day. Holidays are not
 * known: a business day without a row is a gap.
 *
 * @param dates ISO texts of one series, ascending; at least two, or one with a given frequency
 * @returns undefined if the dates have no regular steps
 * @throws UnrolledError for a text that is not a date, dates that do not ascend, or too few dates
 */
export function calendarOf(dates: readonly string[], options: CalendarOptions = {}): Calendar | undefined {
  const scope = 'calendarOf';
  checkKind(scope, 'dates', dates, 'array');
  checkOptions(scope, options, KINDS);
  const { frequency } = options;
  if (frequency) checkFrequency(scope, frequency);
  const times = dates.map((date) => Date.parse(date));
  checkTimes(scope, dates, times, frequency ? 1 : 2);
  const form = formOf(dates, times);
  if (frequency) return checked(calendarFor(frequency, form));
  const found = candidates(form)
    .map((one) => calendarFor(one, form))
    .find((calendar) => keeps(calendar, dates));
  return found && checked(found);
}

/** The form of the dates. */
interface Form {
  readonly times: readonly number[];
  /** Since 1970. */
  readonly days: readonly number[];
  /** Milliseconds of the last date's time of day. */
  readonly clock: number;
  /** Whether each day has at most one date. */
  readonly isDaily: boolean;
  /** Characters of a date. */
  readonly width: number;
}

function formOf(dates: readonly string[], times: readonly number[]): Form {
  const days = times.map((time) => Math.floor(time / DAY));
  const last = times.at(-1)!;
  return {
    ...{ times, days, clock: last - days.at(-1)! * DAY, width: dates.at(-1)!.length },
    isDaily: days.every((day, at) => at === 0 || day > days[at - 1]!),
  };
}

function checkTimes(scope: string, dates: readonly string[], times: readonly number[], least: number): void {
  if (dates.length < least) {
    refuse(scope, {
      expected: `at least ${least} ${least === 1 ? 'date' : 'dates'}`,
      got: String(dates.length),
      remedy: least === 1 ? 'pass one' : 'pass more, or the `frequency`',
    });
  }
  for (const [at, time] of times.entries()) {
    if (time > (times[at - 1] ?? Number.NEGATIVE_INFINITY)) continue;
    refuse(scope, {
      expected: 'dates that ascend, as ISO texts',
      got: `${quoted(String(dates[at]))} in row ${at + 1}${Number.isNaN(time) ? '' : `, behind ${quoted(String(dates[at - 1]))}`}`,
      remedy: 'sort them, each once',
    });
  }
}

/** The possible frequencies of the dates, the most likely first. */
function candidates({ times, days, isDaily, width }: Form): Frequency[] {
  if (width === 4) {
    const years = stepsOf(times.map((time) => new Date(time).getUTCFullYear()));
    return commonSteps(years).map((count) => ({ unit: 'year', count }));
  }
  if (!isDaily) return commonSteps(stepsOf(times)).flatMap((step) => ofMilliseconds(step) ?? []);
  const steps = stepsOf(days);
  const inDays = [...commonSteps(steps), 1].map((count): Frequency => ({ unit: 'day', count }));
  const usual = usualOf(steps);
  if (usual < 6) return [...weekdaysOf(days), ...inDays];
  const inWeeks = commonSteps(steps.map((step) => Math.round(step / 7))).map(
    (count): Frequency => ({ unit: 'week', count }),
  );
  if (usual < 28)
    return usual % 7 <= 1 || usual % 7 === 6 ? [...inWeeks, ...inDays] : [...inDays, ...inWeeks];
  const months = commonSteps(stepsOf(days.map(monthOf)));
  const areWeeks = new Set(days.map(weekdayOf)).size === 1 && steps.length > 1 && months[0]! < 12;
  return [...(areWeeks ? inWeeks : []), ...months.map(ofMonths), ...inWeeks, ...inDays];
}

const stepsOf = (values: readonly number[]) => values.slice(1).map((value, at) => value - values[at]!);

/** The median, the lower one of two. */
function usualOf(steps: readonly number[]): number {
  return steps.toSorted((a, b) => a - b)[Math.floor((steps.length - 1) / 2)]!;
}

/**
 * If rows are missing, steps may be multiples of the true step: the greatest common divisor of all steps,
 * unless it is so small that it is accidental.
 */
function commonSteps(steps: readonly number[]): number[] {
  const common = steps.reduce((a, b) => greatestCommon(a, b), 0);
  const usual = usualOf(steps);
  return [...new Set([...(common * MOST_HOLES >= usual ? [common] : []), usual])].filter((step) => step >= 1);
}

const MOST_HOLES = 12;

function greatestCommon(a: number, b: number): number {
  return b === 0 ? a : greatestCommon(b, a % b);
}

function ofMilliseconds(step: number): Frequency | undefined {
  const units = [
    ['day', DAY],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1000],
  ] as const;
  const found = units.find(([, milliseconds]) => step >= milliseconds && step % milliseconds === 0);
  return found && { unit: found[0], count: step / found[1] };
}

function ofMonths(step: number): Frequency {
  if (step % 12 === 0 && step > 0) return { unit: 'year', count: step / 12 };
  if (step % 3 === 0 && step > 0) return { unit: 'quarter', count: step / 3 };
  return { unit: 'month', count: Math.max(1, step) };
}

/** Days of the week, if some never have a row and the others usually have one. */
function weekdaysOf(days: readonly number[]): Frequency[] {
  const weeks = (days.at(-1)! - days[0]!) / 7;
  const present = [...new Set(days.map(weekdayOf))].sort((a, b) => a - b);
  const isFull = days.length >= 0.6 * present.length * weeks;
  if (present.length === 7 || !isFull) return [];
  if (weeks >= FEWEST_WEEKS) return present.length > 1 ? [{ unit: 'day', count: 1, weekdays: present }] : [];
  // A few days show that they are business days only if a weekend lies between them.
  const jumpsWeekend = days.some((day, at) => at > 0 && day - days[at - 1]! === 3 && weekdayOf(day) === 1);
  const isBusiness =
    present.every((day) => BUSINESS_DAYS.includes(day)) && (jumpsWeekend || present.length === 5);
  return isBusiness ? [{ unit: 'day', count: 1, weekdays: BUSINESS_DAYS }] : [];
}

/** The calendar, with its arguments checked. */
const checked = ({ frequency, stepOf, dateOf }: Calendar): Calendar => ({
  frequency,
  stepOf(date) {
    checkKind('stepOf', 'the date', date, 'string');
    return stepOf(date);
  },
  dateOf(step) {
    checkKind('dateOf', 'the step', step, 'number');
    if (!Number.isInteger(step))
      refuse('dateOf', { expected: 'a whole number of steps', got: String(step), remedy: 'round it' });
    return dateOf(step);
  },
});

/** Whether each date is a separate step. */
function keeps(calendar: Calendar, dates: readonly string[]): boolean {
  let before = Number.NEGATIVE_INFINITY;
  return dates.every((date) => {
    const step = calendar.stepOf(date);
    const isLater = step !== undefined && step > before;
    before = step ?? before;
    return isLater;
  });
}

function calendarFor(frequency: Frequency, form: Form): Calendar {
  const months = monthsOf(frequency);
  if (months) return monthCalendar(frequency, months, form);
  if (frequency.unit === 'week') return weekCalendar(frequency, form);
  if (frequency.weekdays) return weekdayCalendar(frequency, frequency.weekdays, form);
  return fixedCalendar(frequency, millisecondsOf(frequency)!, form);
}

function isoOf(time: number, width: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime()))
    refuse('dateOf', {
      expected: 'a step whose date has a year of at most 275760',
      got: 'a later or earlier one',
      remedy: 'pass a step nearer to those of the dates',
    });
  const iso = date.toISOString();
  return width <= 10 ? iso.slice(0, width) : iso.replace('.000Z', 'Z');
}

const modulo = (value: number, by: number) => ((value % by) + by) % by;

function fixedCalendar(frequency: Frequency, step: number, { times, isDaily, clock, width }: Form): Calendar {
  // Daily rows are compared by their day, because a change of the clock moves them by an hour.
  if (isDaily && step % DAY === 0) {
    const count = step / DAY;
    const phase = mostFrequent(times.map((time) => modulo(Math.floor(time / DAY), count)));
    return {
      frequency,
      stepOf: (date) => whole((Math.floor(Date.parse(date) / DAY) - phase) / count),
      dateOf: (at) => isoOf((at * count + phase) * DAY + clock, width),
    };
  }
  const phase = mostFrequent(times.map((time) => modulo(time, step)));
  return {
    frequency,
    stepOf: (date) => whole((Date.parse(date) - phase) / step),
    dateOf: (at) => isoOf(at * step + phase, width),
  };
}

function whole(value: number): number | undefined {
  return Number.isInteger(value) ? value : undefined;
}

function weekdayCalendar(
  frequency: Frequency,
  weekdays: readonly number[],
  { clock, width }: Form,
): Calendar {
  return {
    frequency,
    stepOf(date) {
      const day = Math.floor(Date.parse(date) / DAY);
      const place = weekdays.indexOf(weekdayOf(day));
      // Day 3 was a Sunday.
      return place < 0 ? undefined : Math.floor((day - 3) / 7) * weekdays.length + place;
    },
    dateOf(step) {
      const place = modulo(step, weekdays.length);
      const week = (step - place) / weekdays.length;
      return isoOf((week * 7 + 3 + weekdays[place]!) * DAY + clock, width);
    },
  };
}

/** Weeks by the usual day of the week; a holiday may move a date by up to three days. */
function weekCalendar(frequency: Frequency, { days, clock, width }: Form): Calendar {
  const { count } = frequency;
  const weekday = mostFrequent(days.map(weekdayOf));
  const weekOf = (day: number) => Math.floor((day - 3 - weekday + 3) / 7);
  const phase = mostFrequent(days.map((day) => modulo(weekOf(day), count)));
  return {
    frequency,
    stepOf: (date) => whole((weekOf(Math.floor(Date.parse(date) / DAY)) - phase) / count),
    dateOf: (step) => isoOf((step * count + phase) * WEEK + (3 + weekday) * DAY + clock, width),
  };
}

function monthCalendar(frequency: Frequency, count: number, { days, clock, width }: Form): Calendar {
  const phase = mostFrequent(days.map((day) => modulo(monthOf(day), count)));
  const ways = daysOfMonths(days);
  const hits = ways.map((find) => days.filter((day) => find(monthOf(day)) === day).length);
  const find = ways[hits.indexOf(Math.max(...hits))]!;
  return {
    frequency,
    stepOf: (date) => whole((monthOf(Math.floor(Date.parse(date) / DAY)) - phase) / count),
    dateOf: (step) => isoOf(find(step * count + phase) * DAY + clock, width),
  };
}

/**
 * Finds a change of a series to a coarser frequency: the first of at least six consecutive rows that are each
 * further apart than a step, and that by themselves have a coarser frequency without gaps. Undefined if there
 * is no such change.
 *
 * @param dates ascending, each a step of `calendar`
 */
export function frequencyChange(
  dates: readonly string[],
  calendar: Calendar,
): { readonly row: number; readonly frequency: string } | undefined {
  checkKind('frequencyChange', 'dates', dates, 'array');
  checkKind('frequencyChange', 'calendar', calendar, 'object');
  checkKind('frequencyChange', 'stepOf', calendar.stepOf, 'function');
  const steps = dates.map((date) => calendar.stepOf(date)!);
  for (let first = 1, end = 1; end <= dates.length; end++) {
    if (end < dates.length && steps[end]! - steps[end - 1]! > 1) continue;
    if (end - first >= SAME) {
      const run = dates.slice(first, end);
      const other = calendarOf(run);
      const isWhole = other && other.stepOf(run.at(-1)!)! - other.stepOf(run[0]!)! === run.length - 1;
      const name = isWhole && frequencyName(other.frequency);
      if (name && name !== frequencyName(calendar.frequency)) return { row: first, frequency: name };
    }
    first = end + 1;
  }
  return undefined;
}

const SAME = 6;
