import { quoted } from '@unrolled/errors';
import type { PriceTable } from './finding';

/** How a table's rows are called: by their lines in the file, else by their numbers. */
export interface Places {
  number(row: number): number;
  /** `on line 87`, `on lines 40 to 44`. */
  on(first: number, last: number): string;
  /** `line 87`, `lines 40 to 44`. */
  name(first: number, last: number): string;
  /** Behind a row's line: its date in brackets, where rows have dates. */
  dated(row: number): string;
}

export function placesOf({ lines, dates }: Pick<PriceTable, 'lines' | 'dates'>): Places {
  const word = lines ? 'line' : 'row';
  const number = (row: number) => lines?.[row] ?? row;
  const name = (first: number, last: number) => {
    if (first === last) return `${word} ${number(first)}`;
    // In a file that is newest first, the last row is above the first.
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

/** Rows that follow each other, both ends inclusive. */
export interface Rows {
  readonly first: number;
  readonly last: number;
}

/** The rows of a sorted list, joined where one follows the other and `alike` holds. */
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
