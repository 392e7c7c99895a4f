import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CsvFile, CsvOptions } from '@unrolled/data';
import { readCsvFile } from '@unrolled/data/node';

/** A table of prices, and what to call it. */
export interface Prices {
  readonly table: CsvFile;
  /** For a directory: the file's name without its extension. */
  readonly name: string;
  /** For a person. */
  readonly description: string;
}

/** Where the bundled prices lie: beside the built command line, or in their package while this runs from its sources. */
const BUNDLED_PLACES = ['./data/aapl.csv', '../node_modules/@observablehq/sample-datasets/aapl.csv'];

/**
 * Reads a CSV of prices, oldest row first; without a file the bundled one, Apple's daily prices from 2013-05-13 to
 * 2018-05-11.
 *
 * @throws UnrolledError for what `readCsvFile` refuses: the file, its columns, its numbers, too few rows
 */
export async function loadPrices(file: string | undefined, options: CsvOptions): Promise<Prices> {
  if (file !== undefined) {
    return { table: await readCsvFile(file, options), name: path.parse(file).name, description: file };
  }
  const bundled = BUNDLED_PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(
    existsSync,
  );
  if (!bundled) throw new Error('the bundled prices are missing from this build');
  return {
    table: await readCsvFile(bundled, options),
    name: 'aapl',
    description: 'Apple, daily (bundled)',
  };
}
