/** Rules for the next day: days of the week, weeks, months. */

/** The next date after a day, counted from 1970, or an instant in milliseconds. */
export type Rule = (from: number) => number;

const DAY = 86_400_000;

/** The rules that some days may follow, the simplest first. */
export function dayRules(days: readonly number[]): Rule[] {
  const steps = days.slice(1).map((day, at) => day - days[at]!);
  const usual = steps.toSorted((a, b) => a - b)[Math.floor((steps.length - 1) / 2)]!;
  // A single step shows no rule.
  const fixed: Rule[] = steps.length >= 3 && usual > 1 ? [(from) => from + usual] : [];
  if (usual < 7) return [weekdayRule(days), ...fixed];
  if (usual < 28) return [...(usual % 7 === 0 ? [weekRule(days, usual / 7)] : []), ...fixed];
  return [...monthRules(days), ...(usual % 7 === 0 ? [weekRule(days, usual / 7)] : []), ...fixed];
}

/** 0 is Sunday: 1970-01-01, day 0, was a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

function countsOf(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

export function mostFrequent(values: readonly number[]): number {
  return [...countsOf(values)].reduce((most, one) => (one[1] > most[1] ? one : most))[0];
}

/**
 * The next day of the week among those with at least half as many rows as the most frequent one, so a single
 * Saturday does not count.
 */
function weekdayRule(days: readonly number[]): Rule {
  const counts = countsOf(days.map(weekdayOf));
  const enough = Math.max(...counts.values()) / 2;
  const frequent = [...counts].flatMap(([weekday, count]) => (count >= enough ? [weekday] : []));
  const hasWeekend = frequent.includes(0) || frequent.includes(6);
  // Less than two weeks do not show which days never have a row.
  const whole = hasWeekend ? [0, 1, 2, 3, 4, 5, 6] : [1, 2, 3, 4, 5];
  const traded = new Set(days.at(-1)! - days[0]! < 14 ? whole : frequent);
  return (from) => {
    let day = from + 1;
    while (!traded.has(weekdayOf(day))) day += 1;
    return day;
  };
}

/** The usual day of the week, some weeks later, even if a holiday moved the last date. */
function weekRule(days: readonly number[], weeks: number): Rule {
  const weekday = (mostFrequent(days.map(weekdayOf)) + 6) % 7;
  return (from) => from - ((weekdayOf(from) + 6) % 7) + weekday + 7 * weeks;
}

/** Months counted from 1970. */
export function monthOf(day: number): number {
  const date = new Date(day * DAY);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

function dayOfMonth(day: number): number {
  return new Date(day * DAY).getUTCDate();
}

function firstOf(month: number): number {
  return Date.UTC(1970, month, 1) / DAY;
}

function lastOf(month: number): number {
  return firstOf(month + 1) - 1;
}

/** The nearest day from Monday to Friday in one direction. */
function businessDay(day: number, way: 1 | -1): number {
  let found = day;
  while (weekdayOf(found) % 6 === 0) found += way;
  return found;
}

function monthRules(days: readonly number[]): Rule[] {
  const months = days.map(monthOf);
  const step = mostFrequent(months.slice(1).map((month, at) => month - months[at]!));
  if (step < 1) return [];
  return daysOfMonths(days).map((find) => (from) => find(monthOf(from) + step));
}

/** The ways in which a month, or every second, third or twelfth, may have its day. */
export function daysOfMonths(days: readonly number[]): ((month: number) => number)[] {
  const usual = mostFrequent(days.map(dayOfMonth));
  const sameDay = (month: number) => Math.min(firstOf(month) + usual - 1, lastOf(month));
  const weekday = mostFrequent(days.map(weekdayOf));
  const nth = mostFrequent(days.map((day) => Math.floor((dayOfMonth(day) - 1) / 7)));
  return [
    lastOf,
    sameDay,
    (month) => businessDay(lastOf(month), -1),
    (month) => businessDay(firstOf(month), 1),
    (month) => firstOf(month) + ((weekday - weekdayOf(firstOf(month)) + 7) % 7) + 7 * nth,
    (month) => businessDay(sameDay(month), 1),
    (month) => businessDay(sameDay(month), -1),
  ];
}
