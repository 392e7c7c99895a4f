import { quoted } from '@unrolled/errors';
import type { PriceFinding } from './finding';
import type { Places } from './places';

/** Number of rows whose lines a message names. */
const NAMED = 3;
/** Tolerance between equal numbers after an adjustment for dividends. */
const ROUNDING = 1e-6;

/**
 * Bars with the high below the low: one finding for all of them, since one mistake causes them.
 *
 * @param isTold whether another finding reports the prices of a row
 */
export function findHighBelowLow(
  high: { readonly name: string; readonly values: ArrayLike<number> },
  low: { readonly name: string; readonly values: ArrayLike<number> },
  places: Places,
  isTold: (row: number) => boolean,
): PriceFinding[] {
  const rows = Array.from(high.values, (_, row) => row);
  const whole = rows.filter((row) => high.values[row]! > 0 && low.values[row]! > 0 && !isTold(row));
  const crossed = whole.filter((row) => high.values[row]! < low.values[row]! * (1 - ROUNDING));
  const [first, last] = [crossed[0], crossed.at(-1)];
  if (first === undefined || last === undefined) return [];
  const names = `column ${quoted(high.name)} is below column ${quoted(low.name)}`;
  const message =
    crossed.length === 1
      ? `${names} ${places.on(first, first)}: ${high.values[first]} and ${low.values[first]}${places.dated(first)}`
      : crossed.length * 2 > whole.length
        ? `${names} on ${crossed.length} of ${whole.length} rows: are the two swapped?`
        : `${names} on ${crossed.length} rows: ${listed(crossed, places)}`;
  return [
    {
      kind: 'high-below-low',
      line: places.number(first),
      lastLine: places.number(last),
      column: high.name,
      columns: [high.name, low.name],
      message,
    },
  ];
}

function listed(rows: readonly number[], places: Places): string {
  const named = rows.slice(0, NAMED).map((row) => places.name(row, row));
  const more = rows.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}
