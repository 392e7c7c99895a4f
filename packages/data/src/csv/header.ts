import { cut, quoted } from '@unrolled/errors';
import { checkKind, refuse } from '../refuse';
import { bareNames, columnsWithRole, plainName, roleOf, rolesOf } from './column-roles';
import type { CsvFinding } from './findings';
import { leaveOut } from './left-out-lines';
import { looksNumeric } from './numbers';
import type { CsvRecord, CsvRecords } from './records';
import { hasShape, looksLikeDate, type RowShape, usualShape, widthOf } from './row-shape';
import { tickerHeader } from './ticker-header';

/** The columns' names and the records below them. */
export interface CsvTable {
  readonly names: readonly string[];
  readonly rows: readonly CsvRecord[];
}

/** A table as read from a file. */
export interface FoundTable {
  readonly table: CsvTable;
  /** False for a file without a header line, whose columns are called `column 1` and so on. */
  readonly isNamed: boolean;
  /** The lines that were skipped around and between the rows. */
  readonly findings: readonly CsvFinding[];
}

/** A header, the rows below it, and other lines. */
interface Header {
  /** Undefined for none. */
  readonly cells: readonly string[] | undefined;
  readonly line: number;
  readonly below: readonly CsvRecord[];
}

/**
 * Finds the header and the rows. The header is the first record without a number that is above the rows and
 * has their width; of several, the one with the most price names. Otherwise it is the last comment above the
 * rows with the same number of cells (`# Open,High,Low,Volume,Close`). Lines above the header are titles and
 * are skipped. So are the lines of `leaveOut`, and empty cells after a row's last column. A column without a
 * name is called `column 1`, by its position.
 *
 * @param given column names that replace the header
 * @throws UnrolledError for an empty file, a name that is repeated in any case, or a row of another width
 */
export function findTable(
  { records, leadingComments }: CsvRecords,
  given: readonly string[] | undefined,
): FoundTable {
  if (records.length === 0) {
    refuse('readCsv', {
      expected: 'a header line and rows',
      got: 'a file without a header or rows',
      remedy: 'pass a file with a header line and at least one row',
    });
  }
  const isMessage =
    records.length < 4 && records.every(({ cells }) => cells.length === 1 && / /.test(cells[0]!));
  if (isMessage && records.every(isHeader)) {
    refuse('readCsv', {
      expected: 'a header line and rows',
      got: `the text ${quoted(records.map(({ cells }) => cells[0]).join(' '))}`,
      remedy: 'the source may have returned an error message: request the file again',
    });
  }
  const shape = usualShape(records);
  const header = headerAmong(records, shape) ?? headerInComments(records, leadingComments);
  const width = Math.max(shape.width, widthOf(header.below[0]?.cells ?? []));
  const cells = given ?? header.cells ?? Array.from({ length: width }, () => '');
  if (given !== undefined && header.below.length > 0) requireAsMany(given, width, header);
  const names = withRowNames(cells, header.below, shape).map((cell, index) => cell || `column ${index + 1}`);
  requireDistinct(names, header.line);
  const { rows, findings } = leaveOut(header.below, names, shape);
  const isNamed = given !== undefined || header.cells !== undefined;
  if (isNamed) requireWidth(rows, names);
  return { table: { names, rows }, isNamed, findings };
}

function isHeader({ cells }: CsvRecord): boolean {
  return !cells.some((cell) => looksNumeric(cell));
}

/** The header among the records above the first row; undefined if there is none. */
function headerAmong(records: readonly CsvRecord[], shape: RowShape): Header | undefined {
  const firstRow = records.findIndex((record) => hasShape(record, shape));
  // If no row is typical, the header is the first line with several cells.
  if (firstRow < 0) {
    const wide = records.findIndex(({ cells }) => cells.length > 1);
    const at = wide > 0 && isHeader(records[wide]!) ? wide : 0;
    const { cells, line } = records[at]!;
    return isHeader(records[at]!) ? { cells, line, below: records.slice(at + 1) } : undefined;
  }
  const above = records.slice(0, firstRow);
  const tickers = tickerHeader(above);
  if (tickers) return { ...tickers, below: records.slice(tickers.end) };
  const namesRows = ({ cells }: CsvRecord) =>
    widthOf(cells) >= shape.width - 1 && shape.values.every((column) => column === 0 || cells[column] !== '');
  const candidates = above.flatMap((record, at) => (isHeader(record) && namesRows(record) ? [at] : []));
  const known = (at: number) => rolesOf(records[at]!.cells).filter(Boolean).length;
  const at = candidates.reduce((best, one) => (known(one) > known(best) ? one : best), candidates[0] ?? -1);
  if (at < 0) return undefined;
  return { cells: records[at]!.cells, line: records[at]!.line, below: records.slice(at + 1) };
}

/** The header in a comment, or none. */
function headerInComments(records: readonly CsvRecord[], comments: readonly CsvRecord[]): Header {
  // A title has one cell, and rows have several.
  const wide = Math.max(
    0,
    records.findIndex(({ cells }) => cells.length > 1),
  );
  const body = isHeader(records[0]!) ? records.slice(wide) : records;
  const header = comments.findLast(({ cells }) => cells.length === body[0]!.cells.length);
  return { cells: header?.cells, line: header?.line ?? body[0]!.line, below: body };
}

/**
 * R's `write.table` writes no name for the column of row names, which are ascending or descending numbers,
 * dates or texts.
 */
function withRowNames(
  cells: readonly string[],
  below: readonly CsvRecord[],
  { width }: RowShape,
): readonly string[] {
  const lacksOne = widthOf(cells) === width - 1 && cells.length < width && below.length > 2;
  const first = below.slice(-3).map((row) => row.cells[0]!);
  if (!lacksOne || (roleOf(cells[0]!) === 'date' && looksLikeDate(first[0]!))) return cells;
  const areNumbers = [1, -1].some((step) =>
    first.every((cell, at) => cell === String(Number(first[0]) + step * at)),
  );
  const areTexts = first.every((cell) => !looksNumeric(cell) || looksLikeDate(cell));
  return areNumbers || areTexts ? ['', ...cells] : cells;
}

function requireAsMany(given: readonly string[], width: number, { below, line }: Header): void {
  if (given.length >= width && given.length <= Math.max(width, below[0]!.cells.length)) return;
  refuse('readCsv', {
    expected: `a name in \`columns\` for each of the ${width} columns`,
    got: `${given.length} (${listed(given)})`,
    remedy: `name every column: the row on line ${below[0]?.line ?? line} is ${quoted(below[0]!.cells.join(' | '))}`,
  });
}

/** Refuses a row whose width differs from the header's. */
export function requireWidth(rows: readonly CsvRecord[], names: readonly string[]): void {
  for (const { line, cells } of rows) {
    if (cells.length === names.length) continue;
    refuse('readCsv', {
      expected: `${names.length} cells (${listed(names)}) on line ${line}`,
      got: String(cells.length),
      remedy: 'check that line for a missing or extra quote or delimiter',
    });
  }
}

function requireDistinct(names: readonly string[], line: number): void {
  const seen = new Set<string>();
  for (const name of names.map((name) => name.toLowerCase())) {
    if (seen.has(name)) {
      refuse('readCsv', {
        expected: `unique column names on line ${line}`,
        got: `${quoted(name)} for two columns`,
        remedy: 'rename one of them, or name all columns (`columns`)',
      });
    }
    seen.add(name);
  }
}

/**
 * The index of a column by name, without regard to case; otherwise by a provider's alias (`close` finds
 * `4. close`), or by the first synonym in any language (`Close` finds `Close/Last`, `Price` or `종가`). -1 if
 * there is none.
 *
 * @throws UnrolledError if columns of several tickers match
 */
function indexOfName(scope: string, names: readonly string[], name: string): number {
  checkKind(scope, 'the name of a column', name, 'string');
  const wanted = name.trim().toLowerCase();
  const exact = names.findIndex((candidate) => candidate.toLowerCase() === wanted);
  if (exact >= 0) return exact;
  const plain = plainName(name);
  const dressed = plain === '' ? -1 : names.findIndex((candidate) => plainName(candidate) === plain);
  if (dressed >= 0) return dressed;
  const role = roleOf(name);
  // A request for the last price or the settlement price does not match a close.
  if (role === undefined || (role === 'close' && plain !== 'close')) return -1;
  const [first, ...others] = columnsWithRole(names, role);
  if (first === undefined) return -1;
  const bare = bareNames(names);
  const same = others.filter((other) => bare[other] === bare[first]);
  if (same.length === 0) return first;
  refuse(scope, {
    expected: `one column ${quoted(name)}`,
    got: `the columns of several tickers: ${listed([first, ...same].map((column) => names[column]!))}`,
    remedy: 'name one column in full (`requiredColumns`)',
  });
}

/** Like `indexOfName`, but a missing name is refused. @param remedy the option that names another column */
export function requireName(scope: string, names: readonly string[], name: string, remedy?: string): number {
  const index = indexOfName(scope, names, name);
  if (index < 0)
    refuse(scope, { expected: `a column ${quoted(name)}`, got: `the columns ${listed(names)}`, remedy });
  return index;
}

function listed(names: readonly string[]): string {
  const shown = names
    .slice(0, 20)
    .map((name) => cut(name))
    .join(', ');
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}
