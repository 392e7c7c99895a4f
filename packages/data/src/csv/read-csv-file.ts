import { type OptionKinds, quoted, UnrolledError } from '@unrolled/errors';
import { decodeBytes } from '../encoding';
import { checkKind, checkOptions, refuse } from '../refuse';
import { readBytes, requireText } from '../text/read-text-file';
import type { CsvFinding } from './findings';
import { guessEncoding } from './guess-encoding';
import { refuseBinary } from './not-csv';
import { CSV_KINDS, type CsvFile, type CsvOptions, type CsvSeries, readCsv, readCsvSeries } from './read-csv';

export interface CsvFileOptions extends CsvOptions {
  /**
   * The encoding for `decodeText`: `cp949`, `gbk`, `shift-jis`, `latin-1` …; default UTF-8, or UTF-16 if a
   * byte order mark or zero bytes show it, or the only encoding in which the headings are known, which is
   * then reported as a finding.
   */
  encoding?: string;
}

const KINDS: OptionKinds<CsvFileOptions> = /* @__PURE__ */ Object.assign(
  { encoding: 'string?' } as const,
  CSV_KINDS,
);

/**
 * Reads a CSV file from disk by the rules of `readCsv`.
 *
 * @throws UnrolledError naming the path, in the cases of `readTextFile` and `readCsv`
 */
export async function readCsvFile(path: string, options: CsvFileOptions = {}): Promise<CsvFile> {
  checkKind('readCsvFile', 'path', path, 'string');
  checkOptions('readCsvFile', options, KINDS);
  const { encoding, ...others } = options;
  const { text, findings } = await readTable('readCsvFile', path, encoding);
  const table = inFile('readCsvFile', path, () => readCsv(text, others));
  return { ...table, findings: [...findings, ...table.findings] };
}

/**
 * Reads the series of a CSV file from disk by the rules of `readCsvSeries`.
 *
 * @throws UnrolledError naming the path, in the cases of `readTextFile` and `readCsvSeries`
 */
export async function readCsvFileSeries(path: string, options: CsvFileOptions = {}): Promise<CsvSeries[]> {
  checkKind('readCsvFileSeries', 'path', path, 'string');
  checkOptions('readCsvFileSeries', options, KINDS);
  const { encoding, ...others } = options;
  const { text, findings } = await readTable('readCsvFileSeries', path, encoding);
  const all = inFile('readCsvFileSeries', path, () => readCsvSeries(text, others));
  return all.map(({ name, column, table }, at) => ({
    name,
    column,
    table: at > 0 ? table : { ...table, findings: [...findings, ...table.findings] },
  }));
}

function inFile<T>(scope: string, path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UnrolledError)) throw error;
    const { expected, got, remedy, code } = error;
    refuse(scope, { expected, got: `${got} in ${path}`, remedy, code }, { cause: error });
  }
}

async function readTable(scope: string, path: string, given: string | undefined) {
  const bytes = await readBytes(scope, path);
  refuseBinary(scope, path, bytes);
  const guess = given === undefined ? guessEncoding(bytes) : undefined;
  const { text } = decodeBytes(scope, path, bytes, given ?? guess);
  requireText(scope, path, text);
  const findings: CsvFinding[] = guess === undefined ? [] : [encodingFinding(guess, text)];
  return { text, findings };
}

function encodingFinding(encoding: string, text: string): CsvFinding {
  const lines = text.split('\n', 1000);
  const at = Math.max(
    0,
    lines.findIndex((line) => /\P{ASCII}/u.test(line)),
  );
  const message = `the file is not UTF-8 and was read as ${encoding}, in which line ${at + 1} is ${quoted(lines[at]!.trim())}`;
  return { kind: 'encoding', line: at + 1, column: '', message };
}
