/** The spacing of a column's dates, which distinguishes them from other numbers. */

import { compareDates, MILLISECONDS_A_DAY, type ParsedDate } from '../dates';

export interface Pace {
  readonly count: number;
  /** Whether every non-empty cell was read. */
  readonly isWhole: boolean;
  /** Share of distinct dates. */
  readonly distinct: number;
  /**
   * Share of the steps between dates that go in the more frequent direction, later or earlier; 1 for one
   * date.
   */
  readonly oneWay: number;
  /** The most frequent step, in milliseconds, and its share of all steps. */
  readonly step: number;
  readonly stepShare: number;
  /** Share of the dates from Monday to Friday. */
  readonly weekdays: number;
  /** The greatest difference between the days of the month. */
  readonly monthDays: number;
  readonly first: number;
  readonly last: number;
  /** Distance of the nearest date to 1970, in milliseconds. */
  readonly nearest: number;
  readonly hasClocks: boolean;
}

export function paceOf(dates: readonly ParsedDate[], isWhole: boolean): Pace {
  const times = dates.map(({ time }) => time);
  const signs = dates
    .slice(1)
    .map((date, row) => Math.sign(compareDates(dates[row]!, date)))
    .filter((sign) => sign !== 0);
  const ways = Math.max(signs.filter((sign) => sign < 0).length, signs.filter((sign) => sign > 0).length);
  const counts = new Map<number, number>();
  for (let row = 1; row < times.length; row += 1) {
    const step = roundedStep(Math.abs(times[row]! - times[row - 1]!));
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  const [step, frequency] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most), [0, 0]);
  return {
    count: dates.length,
    isWhole,
    distinct: new Set(dates.map((date) => date.iso)).size / dates.length,
    oneWay: signs.length === 0 ? 1 : ways / signs.length,
    step,
    stepShare: times.length < 2 ? 1 : frequency / (times.length - 1),
    weekdays: dates.filter(({ day }) => (((day + 3) % 7) + 7) % 7 < 5).length / dates.length,
    monthDays: spanOf(dates.map(({ time }) => new Date(time).getUTCDate())),
    first: Math.min(...times),
    last: Math.max(...times),
    nearest: Math.min(...times.map(Math.abs)),
    hasClocks: dates.some(({ midnight }) => !midnight),
  };
}

function spanOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

/** Months, quarters and years have steps of several lengths. */
function roundedStep(step: number): number {
  const days = step / MILLISECONDS_A_DAY;
  if (days >= 28 && days <= 31) return 30 * MILLISECONDS_A_DAY;
  if (days >= 89 && days <= 92) return 91 * MILLISECONDS_A_DAY;
  return days >= 365 && days <= 366 ? 365 * MILLISECONDS_A_DAY : step;
}

/**
 * Whether the steps are those of a calendar: a day from Monday to Friday, a week, a month, a quarter or a
 * year.
 */
export function hasCalendarSteps({ step, stepShare, weekdays, monthDays, count }: Pace): boolean {
  const days = step / MILLISECONDS_A_DAY;
  // Steps of one day without weekends could be any count.
  if (days === 1) return count >= 8 && weekdays > 0.98 && stepShare < 0.9 && stepShare > 0.5;
  // First or last days of months, also business days, differ by a few days.
  return stepShare >= 0.8 && (days === 7 || ([30, 91, 365].includes(days) && monthDays <= 5));
}

/** Whether many steps are whole minutes, as times of day are. */
export function hasClockSteps({ step, stepShare }: Pace): boolean {
  return step >= 60_000 && step % 60_000 === 0 && stepShare >= 0.3;
}
