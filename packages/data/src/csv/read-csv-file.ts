import { UnrolledError } from '@unrolled/errors';
import { decodeBytes } from '../encoding';
import { refuse } from '../refuse';
import { readBytes, requireText } from '../text/read-text-file';
import { type CsvFile, type CsvOptions, readCsv } from './read-csv';

/**
 * Reads a CSV file from disk, under the rules of `readCsv`.
 *
 * @throws UnrolledError naming the path, for what `readTextFile` and `readCsv` refuse
 */
export async function readCsvFile(path: string, options: CsvOptions = {}): Promise<CsvFile> {
  const { text } = decodeBytes('readCsvFile', path, await readBytes('readCsvFile', path), undefined);
  requireText('readCsvFile', path, text);
  try {
    return readCsv(text, options);
  } catch (error) {
    if (!(error instanceof UnrolledError)) throw error;
    const { expected, got, remedy } = error;
    refuse('readCsvFile', { expected, got: `${got} in ${path}`, remedy }, { cause: error });
  }
}
