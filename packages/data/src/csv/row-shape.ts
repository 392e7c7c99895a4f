import { isMissing, looksNumeric } from './numbers';
import type { CsvRecord } from './record';

/** The typical shape of a file's rows. */
export interface RowShape {
  /** The cells of a row, without empty columns after the last one. */
  readonly width: number;
  /** The columns of numbers or dates. */
  readonly values: readonly number[];
}

/** Number of rows that determine a shape, spread over the file. */
const SAMPLE = 200;

const numericDate = /^(\p{L}{2,10}[.,]?\s+)?\d{1,4}\s?[-./ 年년]\s?(\d{1,2}|\p{L}{3,10})(?![\p{L}\d])/u;
const wordDate = /^(\p{L}{3,10}[.,]?\s+)?\p{L}{3,10}\.?[-\s,]+\d{1,4}(?!\d)/u;
const period = /^\d{4}\s?[-/]?\s?[QWHTM]\d{1,2}$|^[QH]\d\s?[-/]?\s?\d{2,4}$/i;
const clock = /^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(\s?[ap]m)?$/i;

/** Whether a cell looks like a date or a time. */
export function looksLikeDate(cell: string): boolean {
  return numericDate.test(cell) || wordDate.test(cell) || period.test(cell) || clock.test(cell);
}

/** Whether a cell may be a number, a date or a time. */
export function isValue(cell: string): boolean {
  return looksNumeric(cell) || looksLikeDate(cell);
}

/**
 * The most frequent width of a file's records, and the columns in which most of these records have a value.
 */
export function usualShape(records: readonly CsvRecord[]): RowShape {
  const step = Math.max(1, records.length / SAMPLE);
  const sample = Array.from(
    { length: Math.min(SAMPLE, records.length) },
    (_, at) => records[Math.floor(at * step)]!.cells,
  );
  const counts = new Map<number, number>();
  for (const { length } of sample) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [commonest = 0] = [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), [0, 0]);
  const rows = sample.filter(({ length }) => length === commonest);
  const isUsed = (column: number) => rows.some((cells) => cells[column] !== '');
  const width =
    Array.from({ length: commonest }, (_, column) => column + 1).findLast((end) => isUsed(end - 1)) ?? 0;
  // Half of a short file may be headings.
  const lower = rows.slice(Math.floor(rows.length / 2));
  const values = Array.from({ length: width }, (_, column) => column).filter(
    (column) => lower.filter((cells) => isValue(cells[column]!)).length * 2 >= lower.length,
  );
  return { width, values };
}

/** Whether a record is a typical row: it has their width, and values in at least half of their columns. */
export function hasShape({ cells }: CsvRecord, { width, values }: RowShape): boolean {
  if (widthOf(cells) > width || cells.length < width) return false;
  const filled = values.filter((column) => isValue(cells[column]!));
  return (
    filled.length > 0 &&
    filled.length * 2 >= values.length &&
    values.every((column) => isValue(cells[column]!) || isMissing(cells[column]!))
  );
}

/** The cells without trailing empty ones. */
export function widthOf(cells: readonly string[]): number {
  let width = cells.length;
  while (width > 0 && cells[width - 1] === '') width -= 1;
  return width;
}
