import { looksNumeric } from './csv-numbers';
import type { CsvRecord, CsvRecords } from './csv-records';
import { quoted, refuse } from './refuse';

/** The columns' names and the records below them. */
export interface CsvTable {
  readonly names: readonly string[];
  readonly rows: readonly CsvRecord[];
}

/**
 * Finds the header: the first record when none of its cells is a number, else the last comment above it that has as
 * many cells (`# Open,High,Low,Volume,Close`). A column without a name is called `column 1`, by its place.
 *
 * @throws UnrolledError for an empty file, no header, a name that comes twice in any case, or a row of another width
 */
export function findHeader({ records, leadingComments }: CsvRecords): CsvTable {
  const first = records[0];
  if (first === undefined) {
    refuse('readCsv', {
      expected: 'a header line and rows',
      got: 'a file without any',
      remedy: 'give a file with data',
    });
  }
  const inFirstRecord = !first.cells.some((cell) => looksNumeric(cell));
  const header = inFirstRecord
    ? first
    : leadingComments.findLast(({ cells }) => cells.length === first.cells.length);
  if (header === undefined) {
    refuse('readCsv', {
      expected: 'a header line that names the columns',
      got: `the numbers ${quoted(first.cells.join(' '))} on line ${first.line}`,
      remedy: 'put the names on the first line: Open,High,Low,Volume,Close',
    });
  }
  const names = header.cells.map((cell, index) => cell || `column ${index + 1}`);
  requireDistinct(names, header.line);
  const rows = inFirstRecord ? records.slice(1) : records;
  for (const { line, cells } of rows) {
    if (cells.length === names.length) continue;
    refuse('readCsv', {
      expected: `${names.length} cells (${listed(names)}) on line ${line}`,
      got: String(cells.length),
      remedy: 'a quote or a delimiter may be missing or too many',
    });
  }
  return { names, rows };
}

function requireDistinct(names: readonly string[], line: number): void {
  const seen = new Set<string>();
  for (const name of names.map((name) => name.toLowerCase())) {
    if (seen.has(name)) {
      refuse('readCsv', { expected: `every column name once on line ${line}`, got: `${quoted(name)} twice` });
    }
    seen.add(name);
  }
}

/** Where a name stands among the columns, in any case; -1 when it does not. */
export function indexOfName(names: readonly string[], name: string): number {
  const wanted = name.trim().toLowerCase();
  return names.findIndex((candidate) => candidate.toLowerCase() === wanted);
}

/** As `indexOfName`, but a name that is missing is refused. */
export function requireName(scope: string, names: readonly string[], name: string): number {
  const index = indexOfName(names, name);
  if (index < 0) refuse(scope, { expected: `a column ${quoted(name)}`, got: `the columns ${listed(names)}` });
  return index;
}

function listed(names: readonly string[]): string {
  return names.length > 20
    ? `${names.slice(0, 20).join(', ')} and ${names.length - 20} more`
    : names.join(', ');
}
