import type { PriceFinding } from './finding';
import type { Places } from './places';
import { median } from './steps';

const DAY = 86_400_000;
/** Below this number of rows, the usual values are unknown. */
const FEWEST = 20;
/** Share of the steps or dates that must be equal. */
const USUAL = 0.9;
/** Number of rows that the last volume is compared with. */
const RECENT = 250;

/** A last row whose time, day or volume shows that it was written before the end of its period. */
export function findUnfinishedRow(
  dates: readonly string[] | undefined,
  volume: ArrayLike<number> | undefined,
  column: string,
  places: Places,
): PriceFinding[] {
  const rowCount = dates?.length ?? volume?.length ?? 0;
  if (rowCount < FEWEST) return [];
  const last = rowCount - 1;
  const reason = (dates && timeReason(dates)) ?? (volume && volumeReason(volume));
  if (!reason) return [];
  const message = `the last row, ${places.name(last, last)}, looks incomplete: ${reason}; remove it until it is complete`;
  return [
    {
      kind: 'unfinished-row',
      line: places.number(last),
      lastLine: places.number(last),
      column,
      columns: [column],
      message,
    },
  ];
}

function timeReason(dates: readonly string[]): string | undefined {
  const times = dates.map((date) => Date.parse(date));
  const steps = times.slice(1).map((time, i) => time - times[i]!);
  const [usual, lastStep] = [median(steps.slice(0, -1)), steps.at(-1)!];
  const [before, last] = dates.slice(-2) as [string, string];
  const words = `${last} is ${duration(lastStep)} after ${before}`;
  if (usual > 25 * DAY)
    return monthReason(dates) ? `${words}, but other rows begin or end a month` : undefined;
  const regular = steps.slice(0, -1).filter((step) => isMultiple(step, usual)).length;
  if (usual >= 0.9 * DAY && isAtAnotherHour(times))
    return `${words}, at another time of day than all other rows`;
  // Daily bars may be an hour closer when clocks change.
  return regular >= USUAL * (steps.length - 1) && lastStep < 0.9 * usual
    ? `${words}, but other rows are ${duration(usual)} apart`
    : undefined;
}

/** Whether a step is one or several usual ones; any step is accepted over a night or a weekend. */
function isMultiple(step: number, usual: number): boolean {
  const count = Math.round(step / usual);
  return count >= 1 && Math.abs(step - count * usual) <= 0.05 * usual * Math.min(count, 2);
}

/**
 * Whether all days have the same time of day, with or without daylight saving, and the last one differs by
 * more than an hour.
 */
function isAtAnotherHour(times: readonly number[]): boolean {
  const HOUR = DAY / 24;
  const last = times.at(-1)!;
  const apart = (time: number) => {
    const off = Math.abs(time - last) % DAY;
    return Math.min(off, DAY - off);
  };
  const away = times.slice(0, -1).map(apart);
  const [nearest, furthest] = [Math.min(...away), Math.max(...away)];
  return nearest > HOUR && furthest - nearest <= HOUR;
}

/**
 * Months, quarters and years: the other rows are first days and the last row is not; or they are last days;
 * or two rows are in one month.
 */
function monthReason(dates: readonly string[]): boolean {
  const days = dates.map((date) => Number(date.slice(8, 10)));
  const others = days.slice(0, -1);
  const last = days.at(-1)!;
  const share = (holds: (day: number) => boolean) => others.filter(holds).length / others.length;
  if (share((day) => day <= 4) >= USUAL) return last > 7;
  if (share((day) => day >= 26) >= USUAL) return last < 24 && last > 2;
  return false;
}

function volumeReason(volume: ArrayLike<number>): string | undefined {
  const recent = Array.from(volume)
    .slice(-RECENT - 1, -1)
    .filter((value) => value > 0);
  const last = volume[volume.length - 1]!;
  if (recent.length < FEWEST || !(last > 0)) return undefined;
  const [usual, least] = [median(recent), Math.min(...recent)];
  return last < 0.5 * least && last < 0.2 * usual
    ? `its volume of ${last} is less than half of the smallest volume before it, ${least}`
    : undefined;
}

function duration(milliseconds: number): string {
  if (milliseconds >= DAY) return counted(milliseconds / DAY, 'day');
  if (milliseconds >= 3_600_000) return counted(milliseconds / 3_600_000, 'hour');
  return milliseconds >= 60_000
    ? counted(milliseconds / 60_000, 'minute')
    : counted(milliseconds / 1000, 'second');
}

function counted(count: number, unit: string): string {
  const rounded = Number(count.toFixed(1));
  return `${rounded} ${unit}${rounded === 1 ? '' : 's'}`;
}
