import { check, checkKind } from '../refuse';
import { dayRules, type Rule } from './day-rules';

const DAY = 86_400_000;
const WEEK = 7 * DAY;

/** Number of newest days, and of newest instants, from which a rule is found. */
const DAYS = 250;
const INSTANTS = 25_000;
/** The fraction of the steps that a rule must explain. */
const LEAST_HITS = 0.6;

/**
 * The dates that follow the last of some dates, by the rule that explains most of their steps: every day, or
 * some days of the week; weeks, months, quarters and years by their first, last or same (business) day;
 * within a day the bars of its session, and after the last bar the first bar of the next session. Holidays
 * are not known.
 *
 * @param dates ISO texts, oldest first; a year alone is followed by years
 * @returns undefined where the dates keep no rule
 */
export function nextDates(dates: readonly string[], count: number): string[] | undefined {
  checkKind('nextDates', 'dates', dates, 'array');
  check.count('nextDates', 'count', count);
  if (dates.length < 2) return undefined;
  const width = dates.at(-1)!.length;
  const times = dates.slice(-INSTANTS).map((date) => Date.parse(date));
  const days = times.map((time) => Math.floor(time / DAY));
  const isDaily = new Set(days).size === days.length;
  const rule = isDaily ? dayRule(days) : instantRule(times);
  if (rule === undefined) return undefined;
  // Daily bars with a time of day keep the time of the last bar.
  const clock = isDaily ? times.at(-1)! - days.at(-1)! * DAY : 0;
  const next: string[] = [];
  for (let at = isDaily ? days.at(-1)! : times.at(-1)!; next.length < count; ) {
    at = rule(at);
    const iso = new Date(isDaily ? at * DAY + clock : at).toISOString();
    next.push(width <= 10 ? iso.slice(0, width) : iso.replace('.000Z', 'Z'));
  }
  return next;
}

function dayRule(days: readonly number[]): Rule | undefined {
  if (days.length < 2) return undefined;
  const recent = days.slice(-DAYS);
  return theBest(dayRules(recent), recent);
}

/** The rule that explains most of the steps; of equally good rules the first. */
function theBest(rules: readonly Rule[], tried: readonly number[]): Rule | undefined {
  const hits = rules.map((rule) => tried.slice(1).filter((place, at) => rule(tried[at]!) === place).length);
  const most = Math.max(0, ...hits);
  return most >= LEAST_HITS * (tried.length - 1) ? rules[hits.indexOf(most)] : undefined;
}

function instantRule(times: readonly number[]): Rule | undefined {
  const steps = times.slice(1).map((time, at) => time - times[at]!);
  const usual = steps.toSorted((a, b) => a - b)[Math.floor((steps.length - 1) / 2)]!;
  if (!(usual > 0)) return undefined;
  // The clock may have changed in the last week.
  const lastWeek = times.filter((time) => time > times.at(-1)! - WEEK);
  return theBest([(from) => from + usual, ...sessionRules(times)], lastWeek);
}

/**
 * The times of the last two whole weeks, which show sessions that pass midnight; the times of day of the last
 * five days, on days of the week with rows.
 */
function sessionRules(times: readonly number[]): Rule[] {
  const days = [...new Set(times.map((time) => Math.floor(time / DAY)))];
  const nextDay = dayRule(days);
  const clocks = usualOffsets(times, DAY, days.slice(-5));
  const daily: Rule = (from) => {
    const day = Math.floor(from / DAY);
    const isTraded = nextDay!(day - 1) === day;
    const later = isTraded ? clocks.find((clock) => day * DAY + clock > from) : undefined;
    return later === undefined ? nextDay!(day) * DAY + clocks[0]! : day * DAY + later;
  };
  const weeks = [...new Set(times.map((time) => Math.floor(time / WEEK)))];
  const offsets = usualOffsets(times, WEEK, weeks.slice(-3, -1));
  const weekly: Rule = (from) => {
    const week = Math.floor(from / WEEK);
    const later = offsets.find((offset) => week * WEEK + offset > from);
    return later === undefined ? (week + 1) * WEEK + offsets[0]! : week * WEEK + later;
  };
  return [...(offsets.length > 0 ? [weekly] : []), ...(nextDay && clocks.length > 0 ? [daily] : [])];
}

/** The times with a row in more than half of the days or weeks, ascending. */
function usualOffsets(times: readonly number[], period: number, periods: readonly number[]): number[] {
  const counts = new Map<number, number>();
  const first = (periods[0] ?? Number.POSITIVE_INFINITY) * period;
  for (let at = times.length - 1; at >= 0 && times[at]! >= first; at -= 1) {
    const offset = times[at]! - Math.floor(times[at]! / period) * period;
    if (periods.includes(Math.floor(times[at]! / period))) counts.set(offset, (counts.get(offset) ?? 0) + 1);
  }
  return [...counts]
    .flatMap(([offset, count]) => (count > periods.length / 2 || periods.length < 3 ? [offset] : []))
    .sort((a, b) => a - b);
}
