import { quoted } from '@unrolled/errors';
import { refuse } from '../refuse';
import { columnsWithRole, plainName, roleOf } from './column-roles';
import { looksNumeric } from './numbers';
import type { CsvRecord, CsvRecords } from './records';

/** The columns' names and the records below them. */
export interface CsvTable {
  readonly names: readonly string[];
  readonly rows: readonly CsvRecord[];
}

/**
 * Finds the header: the first record when none of its cells is a number, else the last comment above it that has as
 * many cells (`# Open,High,Low,Volume,Close`). Titles, lines of one cell above it, are left out, and so are empty cells behind a row's
 * last column. A column without a name is called `column 1`, by its place.
 *
 * @throws UnrolledError for an empty file, no header, a name that comes twice in any case, or a row of another width
 */
export function findHeader({ records, leadingComments }: CsvRecords): CsvTable {
  const body = withoutTitles(records);
  const first = body[0];
  if (first === undefined) {
    refuse('readCsv', {
      expected: 'a header line and rows',
      got: 'a file without any',
      remedy: 'give a file with data',
    });
  }
  const inFirstRecord = isHeader(first);
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
  const below = inFirstRecord ? body.slice(1) : body;
  const tickers = tickerLines(header, below);
  const cells = tickers ? tickers.names : header.cells;
  const names = cells.map((cell, index) => cell || `column ${index + 1}`);
  requireDistinct(names, header.line);
  const rows = (tickers ? below.slice(2) : below).map((row) => withoutTrailing(row, names.length));
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

function isHeader({ cells }: CsvRecord): boolean {
  return !cells.some((cell) => looksNumeric(cell));
}

/** From the first record of several cells on, if that is a header. */
function withoutTitles(records: readonly CsvRecord[]): readonly CsvRecord[] {
  const wide = records.findIndex(({ cells }) => cells.length > 1);
  return wide > 0 && isHeader(records[wide]!) ? records.slice(wide) : records;
}

/**
 * yfinance writes three lines of header: `Price,Close,High`, `Ticker,AAPL,AAPL`, `Date,,`. One ticker says nothing; with
 * several, each column's name has its own.
 */
function tickerLines({ cells }: CsvRecord, below: readonly CsvRecord[]) {
  const [tickers, dates] = below.map((row) => row.cells);
  const threeLines =
    plainName(cells[0]!) === 'price' &&
    plainName(tickers?.[0] ?? '') === 'ticker' &&
    roleOf(dates?.[0] ?? '') === 'date' &&
    dates!.slice(1).every((cell) => cell === '');
  if (!threeLines) return undefined;
  const several = new Set(tickers!.slice(1)).size > 1;
  const names = cells.map((name, index) => (several ? `${name} ${tickers![index]}` : name));
  return { names: [dates![0]!, ...names.slice(1)] };
}

function withoutTrailing({ line, cells }: CsvRecord, width: number): CsvRecord {
  const isEmpty = cells.length > width && cells.slice(width).every((cell) => cell === '');
  return { line, cells: isEmpty ? cells.slice(0, width) : cells };
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

/**
 * Where a name stands among the columns, in any case; else where the same name in a source's dress does (`close` finds
 * `4. close`), or the first that is a synonym (`Close` finds `Close/Last` or `Price`). -1 for none.
 */
function indexOfName(names: readonly string[], name: string): number {
  const wanted = name.trim().toLowerCase();
  const exact = names.findIndex((candidate) => candidate.toLowerCase() === wanted);
  if (exact >= 0) return exact;
  const plain = plainName(name);
  const dressed = plain === '' ? -1 : names.findIndex((candidate) => plainName(candidate) === plain);
  if (dressed >= 0) return dressed;
  const role = roleOf(name);
  // Who asks for the last price or the settlement by name does not mean any close.
  if (role === undefined || (role === 'close' && plain !== 'close')) return -1;
  return columnsWithRole(names, role)[0] ?? -1;
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
