/** Columns that predict the next row without being leaks. */

import { columnsWithRole } from '../csv/column-roles';
import type { PriceTable } from './finding';
import { median } from './steps';

/** Share of rows in which a rule must hold. */
const NEARLY_ALL = 0.98;

/**
 * Columns of the same bar as the target: for an open the close, which the next open is close to, and any
 * column that stays between the same high and low. Tomorrow's price does not.
 */
export function sameBar({ columns }: PriceTable, target: string): string[] {
  const names = Object.keys(columns);
  const called = (role: 'open' | 'close') => columnsWithRole(names, role).map((index) => names[index]!);
  const close = called('open').includes(target) ? called('close').slice(0, 1) : [];
  const others = names.filter((name) => name !== target && !close.includes(name));
  const between = others.filter((name) => {
    const rest = others.filter((other) => other !== name).map((other) => columns[other]!);
    const isHigh = (column: ArrayLike<number>) => bounds(column, columns[target]!, columns[name]!, 1);
    const isLow = (column: ArrayLike<number>) => bounds(column, columns[target]!, columns[name]!, -1);
    return rest.some(isHigh) && rest.some(isLow);
  });
  return [...close, ...between];
}

/** Whether a column is above two others (below, for a side of −1), about as far as they are apart. */
function bounds(
  column: ArrayLike<number>,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  side: 1 | -1,
): boolean {
  const distances: number[] = [];
  const bodies: number[] = [];
  const first = Math.max(0, a.length - 1000);
  let outside = 0;
  for (let row = first; row < a.length; row++) {
    const distance = side * column[row]! - Math.max(side * a[row]!, side * b[row]!);
    if (!(distance >= 0)) outside += 1;
    if (outside > (1 - NEARLY_ALL) * (a.length - first)) return false;
    distances.push(distance);
    bodies.push(Math.abs(a[row]! - b[row]!));
  }
  return median(distances) <= 5 * median(bodies);
}

/**
 * Whether each value determines the next, as for a month, a weekday or a quarter: known in advance, so not a
 * leak.
 */
export function isCalendar(values: readonly number[]): boolean {
  if (!values.every(Number.isInteger) || new Set(values).size > 366) return false;
  const followers = new Map<number, Map<number, number>>();
  for (let row = 1; row < values.length; row++) {
    const counts = followers.get(values[row - 1]!) ?? new Map<number, number>();
    counts.set(values[row]!, (counts.get(values[row]!) ?? 0) + 1);
    followers.set(values[row - 1]!, counts);
  }
  const usual = [...followers.values()].reduce((sum, counts) => sum + Math.max(...counts.values()), 0);
  return followers.size < values.length / 4 && usual >= 0.95 * (values.length - 1);
}
