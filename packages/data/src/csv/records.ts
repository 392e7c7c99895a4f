import { refuse } from '../refuse';
import { guessDelimiter, toTabs } from './delimiter';
import { Papa } from './parser';
import type { CsvRecord } from './record';

export type { CsvRecord } from './record';

/** A file's records without comments and blank lines, and the comments above the first record. */
export interface CsvRecords {
  readonly records: CsvRecord[];
  readonly leadingComments: CsvRecord[];
  readonly delimiter: string;
}

/**
 * Splits a text into records. A byte order mark is skipped; lines end with LF, CRLF or CR. Lines that start
 * with `#` are comments; lines without any value (also `,,,`) are blank. A first line `sep=;` gives the
 * separator.
 *
 * @param givenDelimiter a space matches any number of spaces
 * @throws UnrolledError for a quote that does not close
 */
export function splitRecords(text: string, givenDelimiter: string | undefined): CsvRecords {
  const lines = text
    .replace(/^\ufeff/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n');
  const comments = lines.flatMap((line, index) =>
    /^\s*#/.test(line) ? [{ line: index + 1, text: line }] : [],
  );
  // Replaced by blank lines, so later line numbers stay those of the file.
  for (const { line } of comments) lines[line - 1] = '';
  const said = takeSeparatorLine(lines);
  const delimiter = givenDelimiter ?? said ?? guessDelimiter(lines);
  const split = (some: readonly string[], numbers?: readonly number[]) =>
    delimiter.trim() === '' && delimiter !== '\t'
      ? parse(toTabs(some, delimiter), '\t', numbers)
      : parse(some.join('\n'), delimiter, numbers);
  const kept = withoutBlankLines(lines);
  const found = kept ? split(kept.lines, kept.numbers) : split(lines);
  const records = inQuotes(found) ? withoutQuotes(found, givenDelimiter) : found;
  const firstLine = records[0]?.line ?? Number.POSITIVE_INFINITY;
  const leadingComments = comments
    .filter(({ line }) => line < firstLine)
    .slice(-MOST_COMMENTS)
    .map(({ line, text }) => ({ line, cells: split([text.replace(/^[\s#]+/, '')])[0]?.cells ?? [] }));
  return { records, leadingComments, delimiter };
}

/** Whether each whole line is quoted, as in a table that was written as one column of texts. */
function inQuotes(records: readonly CsvRecord[]): boolean {
  const head = records.slice(0, 20);
  return head.length > 1 && head.every(({ cells }) => cells.length === 1 && /[,;\t|]/.test(cells[0]!));
}

function withoutQuotes(records: readonly CsvRecord[], givenDelimiter: string | undefined): CsvRecord[] {
  const lines = records.map(({ cells }) => cells[0]!.replaceAll('\n', ' '));
  return parse(
    lines.join('\n'),
    givenDelimiter ?? guessDelimiter(lines),
    records.map(({ line }) => line),
  );
}

/** Comments above the data that may be its header. */
const MOST_COMMENTS = 50;

/** The lines that are not blank, or are inside quotes, and their numbers; undefined if no line is skipped. */
function withoutBlankLines(lines: readonly string[]): { lines: string[]; numbers: number[] } | undefined {
  if (lines.indexOf('') < 0 || lines.indexOf('') === lines.length - 1) return undefined;
  const kept: { lines: string[]; numbers: number[] } = { lines: [], numbers: [] };
  let isQuoted = false;
  for (const [at, line] of lines.entries()) {
    if (line === '' && !isQuoted) continue;
    kept.lines.push(line);
    kept.numbers.push(at + 1);
    for (let quote = line.indexOf('"'); quote >= 0; quote = line.indexOf('"', quote + 1))
      isQuoted = !isQuoted;
  }
  return kept;
}

/** Reads Excel's first line `sep=;`, and blanks it. */
function takeSeparatorLine(lines: string[]): string | undefined {
  const at = lines.findIndex((line) => line.trim() !== '');
  const said = /^"?sep=(.|\\t)"?\s*$/i.exec(lines[at] ?? '')?.[1];
  if (said === undefined) return undefined;
  lines[at] = '';
  return said === '\\t' ? '\t' : said;
}

/** @param numbers the line numbers of the text in the file; default from 1 */
function parse(text: string, delimiter: string, numbers?: readonly number[]): CsvRecord[] {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter, newline: '\n' });
  const broken = errors.find((error) => error.type === 'Quotes');
  const records: CsvRecord[] = [];
  let line = 0;
  for (const [row, cells] of data.entries()) {
    const start = numbers?.[line] ?? line + 1;
    if (row === broken?.row) refuseOpenQuote(start);
    let isBlank = true;
    for (let at = 0; at < cells.length; at++) {
      line += breaksIn(cells[at]!);
      cells[at] = bare(cells[at]!.trim());
      isBlank &&= cells[at] === '';
    }
    if (!isBlank) records.push({ line: start, cells });
    line += 1;
  }
  if (broken) refuseOpenQuote(line);
  return records;
}

function refuseOpenQuote(line: number): never {
  return refuse('readCsv', {
    expected: 'a closing quote for every opening quote',
    got: `no closing quote in the record that begins on line ${line}`,
    remedy: 'close the quote, or double each quote that is part of the text',
  });
}

/** Excel's notation for a text that looks like a number or a date, ="2026-11-27". */
function bare(cell: string): string {
  return cell.startsWith('="') && cell.endsWith('"') ? cell.slice(2, -1).trim() : cell;
}

/** Line breaks inside a quoted cell. */
function breaksIn(cell: string): number {
  return cell.includes('\n') ? cell.split('\n').length - 1 : 0;
}
