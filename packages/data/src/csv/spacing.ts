/** Gaps in the dates of a file, relative to its usual spacing. */

import { quoted } from '@unrolled/errors';
import type { ParsedDate } from './dates';
import type { CsvFinding } from './findings';
import type { CsvRecord } from './records';

/** A step above this many usual steps is a gap. */
const TOLERANCE = 1.5;

/**
 * Finds days, steps or periods without a row. If dates are usually one day apart, the expected days are
 * Monday to Friday, or those on which the file trades if it has weekends. Within a day with several rows, and
 * if dates are usually further apart (weeks, months), a step above one and a half usual steps is a gap.
 *
 * @param dates the dates of the rows, oldest first
 * @param column the column of dates
 */
export function findGaps(
  dates: readonly ParsedDate[],
  rows: readonly CsvRecord[],
  column: string,
): CsvFinding[] {
  const steps = stepsOf(dates);
  const usualDays = median(steps.filter(({ days }) => days > 0).map(({ days }) => days));
  const usualTime = median(steps.filter(({ days }) => days === 0).map(({ time }) => time));
  const tradingDays = usualTradingDays(dates);
  return steps.flatMap(({ days, time }, index) => {
    const [before, after] = [dates[index]!, dates[index + 1]!];
    const { line } = rows[index + 1]!;
    const found = (kind: 'missing-days' | 'gap', what: string): CsvFinding[] => [
      {
        kind,
        line,
        column,
        message: `${what} without a row between ${before.iso} and ${after.iso}, in column ${quoted(column)} on line ${line}`,
      },
    ];
    if (days > 0 && usualDays === 1) {
      const missing = daysBetween(before.day, after.day).filter((day) => tradingDays.has(weekdayOf(day)));
      if (missing.length === 0) return [];
      const unit = tradingDays.size === 5 && !tradingDays.has(0) ? 'weekday' : 'day';
      const kind = missing.length < tradingDays.size ? 'missing-days' : 'gap';
      return found(kind, counted(missing.length, unit));
    }
    const [step, usual] = days > 0 ? [days, usualDays] : [time, usualTime];
    return step > TOLERANCE * usual ? found('gap', counted(Math.round(step / usual) - 1, 'step')) : [];
  });
}

function stepsOf(dates: readonly ParsedDate[]): { days: number; time: number }[] {
  return dates.slice(1).map((date, index) => ({
    days: date.day - dates[index]!.day,
    time: date.time - dates[index]!.time,
  }));
}

/** 0 is Sunday: 1970-01-01, day 0, was a Thursday. */
function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** Monday to Friday, unless Saturdays or Sundays have at least half as many rows as the most frequent day. */
function usualTradingDays(dates: readonly ParsedDate[]): Set<number> {
  const counts = new Array<number>(7).fill(0);
  for (const { day } of dates) counts[weekdayOf(day)]! += 1;
  const enough = Math.max(...counts) / 2;
  const frequent = counts.flatMap((count, weekday) => (count >= enough ? [weekday] : []));
  const hasWeekend = frequent.includes(0) || frequent.includes(6);
  return new Set(hasWeekend ? frequent : [1, 2, 3, 4, 5]);
}

function daysBetween(first: number, last: number): number[] {
  return Array.from({ length: last - first - 1 }, (_, index) => first + 1 + index);
}

/** The lower median; infinite for an empty list, so nothing is a gap. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.POSITIVE_INFINITY;
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
