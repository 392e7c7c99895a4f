import { quoted } from '@unrolled/errors';
import type { PriceTable } from './finding';

/** Names of a table's rows: their lines in the file, otherwise their numbers. */
export interface Places {
  number(row: number): number;
  /** `on line 87`, `on lines 40 to 44`. */
  on(first: number, last: number): string;
  /** `line 87`, `lines 40 to 44`. */
  name(first: number, last: number): string;
  /** The date of a row in brackets, after its line, if rows have dates. */
  dated(row: number): string;
}

export function placesOf({ lines, dates }: Pick<PriceTable, 'lines' | 'dates'>): Places {
  const word = lines ? 'line' : 'row';
  const number = (row: number) => lines?.[row] ?? row;
  const name = (first: number, last: number) => {
    if (first === last) return `${word} ${number(first)}`;
    // In a file with the newest row first, the last row is above the first.
    const [low, high] = [number(first), number(last)].sort((a, b) => a - b);
    return `${word}s ${low} to ${high}`;
  };
  return {
    number,
    name,
    on: (first, last) => `on ${name(first, last)}`,
    dated: (row) => (dates ? ` (${dates[row]})` : ''),
  };
}

/** `column "Close"`, `columns "Open", "Close"`. */
export function columnWords(names: readonly string[]): string {
  return `${names.length > 1 ? 'columns' : 'column'} ${names.map((name) => quoted(name)).join(', ')}`;
}

/** Consecutive rows, both ends inclusive. */
export interface Rows {
  readonly first: number;
  readonly last: number;
}

/** Joins consecutive rows of a sorted list while `alike` holds. */
export function runsOf(
  rows: readonly number[],
  alike: (a: number, b: number) => boolean = () => true,
): Rows[] {
  const runs: { first: number; last: number }[] = [];
  for (const row of rows) {
    const open = runs.at(-1);
    if (open && row === open.last + 1 && alike(open.last, row)) open.last = row;
    else runs.push({ first: row, last: row });
  }
  return runs;
}
