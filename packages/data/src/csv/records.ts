import { refuse } from '../refuse';
import { guessDelimiter, toTabs } from './delimiter';
import { Papa } from './parser';
import type { CsvRecord } from './record';

export type { CsvRecord } from './record';

/** A file's records without comments and blank lines, and the comments above the first record. */
export interface CsvRecords {
  readonly records: CsvRecord[];
  readonly leadingComments: CsvRecord[];
}

/**
 * Splits a text into records. A byte order mark is skipped; lines end with LF, CRLF or CR. Lines that begin with `#`
 * are comments; lines without any value (also `,,,`) are blank. A first line `sep=;` says what separates the cells.
 *
 * @param givenDelimiter a space stands for any number of them
 * @throws UnrolledError for quotes that do not close
 */
export function splitRecords(text: string, givenDelimiter: string | undefined): CsvRecords {
  const lines = text
    .replace(/^\ufeff/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n');
  const comments = lines.flatMap((line, index) =>
    /^\s*#/.test(line) ? [{ line: index + 1, text: line }] : [],
  );
  // Blanked, not dropped: the line numbers of what follows stay those of the file.
  for (const { line } of comments) lines[line - 1] = '';
  const said = takeSeparatorLine(lines);
  const delimiter = givenDelimiter ?? said ?? guessDelimiter(lines);
  const split = (some: readonly string[]) =>
    delimiter.trim() === '' && delimiter !== '\t'
      ? parse(toTabs(some, delimiter), '\t')
      : parse(some.join('\n'), delimiter);
  const records = split(lines);
  const firstLine = records[0]?.line ?? Number.POSITIVE_INFINITY;
  const leadingComments = comments
    .filter(({ line }) => line < firstLine)
    .map(({ line, text }) => ({ line, cells: split([text.replace(/^[\s#]+/, '')])[0]?.cells ?? [] }));
  return { records, leadingComments };
}

/** Excel's first line `sep=;`: what it says; the line is blanked. */
function takeSeparatorLine(lines: string[]): string | undefined {
  const at = lines.findIndex((line) => line.trim() !== '');
  const said = /^"?sep=(.|\\t)"?\s*$/i.exec(lines[at] ?? '')?.[1];
  if (said === undefined) return undefined;
  lines[at] = '';
  return said === '\\t' ? '\t' : said;
}
function parse(text: string, delimiter: string): CsvRecord[] {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter, newline: '\n' });
  const lineOf = (row: number) =>
    1 +
    data
      .slice(0, row)
      .reduce((line, cells) => line + 1 + cells.reduce((sum, cell) => sum + breaksIn(cell), 0), 0);
  const broken = errors.find((error) => error.type === 'Quotes');
  if (broken) {
    refuse('readCsv', {
      expected: 'quoted cells whose quotes close',
      got: `a lone quote in the record that begins on line ${lineOf(broken.row ?? 0)}`,
      remedy: 'double a quote that belongs to the text',
    });
  }
  const records: CsvRecord[] = [];
  let line = 1;
  for (const cells of data) {
    if (cells.some((cell) => cell.trim() !== ''))
      records.push({ line, cells: cells.map((cell) => cell.trim()) });
    line += 1 + cells.reduce((sum, cell) => sum + breaksIn(cell), 0);
  }
  return records;
}

/** Line breaks inside a quoted cell. */
function breaksIn(cell: string): number {
  return cell.includes('\n') ? cell.split('\n').length - 1 : 0;
}
