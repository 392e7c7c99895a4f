import { refuse } from '../refuse';
import { withoutBlankRuns } from './blank-runs';
import { Papa } from './parser';

/** One record of a file: its cells, trimmed, and the line of the file, from 1, on which it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/** A file's records without comments and blank lines, and the comments above the first record. */
export interface CsvRecords {
  readonly records: CsvRecord[];
  readonly leadingComments: CsvRecord[];
  readonly delimiter: string;
}

const delimiters = [',', ';', '\t', '|'];

/**
 * Splits a text into records. A byte order mark is skipped; lines end with LF, CRLF or CR. Lines that begin with `#`
 * are comments; lines without any value (also `,,,`) are blank.
 *
 * @throws UnrolledError for quotes that do not close
 */
export function splitRecords(text: string, givenDelimiter: string | undefined): CsvRecords {
  const all = text
    .replace(/^\ufeff/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n');
  const { lines, lineOf } = withoutBlankRuns(all);
  const comments = lines.flatMap((line, index) =>
    /^\s*#/.test(line) ? [{ line: index + 1, text: line }] : [],
  );
  // Blanked, not dropped: the line numbers of what follows stay those of the file.
  for (const { line } of comments) lines[line - 1] = '';
  const delimiter = givenDelimiter ?? guessDelimiter(lines);
  const records = parse(lines.join('\n'), delimiter);
  const firstLine = records[0]?.line ?? Number.POSITIVE_INFINITY;
  const leadingComments = comments
    .filter(({ line }) => line < firstLine)
    .map(({ line, text }) => ({
      line,
      cells: parse(text.replace(/^[\s#]+/, ''), delimiter)[0]?.cells ?? [],
    }));
  const inFile = (some: CsvRecord[]) =>
    lines === all ? some : some.map((record) => ({ ...record, line: lineOf(record.line) }));
  return { records: inFile(records), leadingComments: inFile(leadingComments), delimiter };
}

function guessDelimiter(lines: readonly string[]): string {
  const sample = lines.filter((line) => line.trim() !== '').slice(0, 20);
  const { meta } = Papa.parse(sample.join('\n'), { newline: '\n', delimitersToGuess: delimiters });
  return delimiters.includes(meta.delimiter) ? meta.delimiter : ',';
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
