import path from 'node:path';
import { bundledFile } from '@unrolled/app-shared';
import type { CsvFile, CsvOptions } from '@unrolled/data';
import type { Series } from '@unrolled/forecaster';

/** A table of prices, with its names. */
export interface Prices {
  readonly table: CsvFile;
  /** The file's name without its extension. */
  readonly name: string;
  /** For a person. */
  readonly description: string;
}

/** How the command line says to read the files. */
export type DataOptions = Pick<
  CsvOptions,
  | 'order'
  | 'dateColumn'
  | 'dateOrder'
  | 'decimalSeparator'
  | 'delimiter'
  | 'missing'
  | 'duplicates'
  | 'halted'
>;

/**
 * Where the bundled prices lie: beside the built command line, or in their package while this runs from its
 * sources.
 */
const BUNDLED_PLACES = ['./data/aapl.csv', '../node_modules/@observablehq/sample-datasets/aapl.csv'];

/**
 * Reads a CSV of prices, oldest row first; without a file the bundled one, Apple's daily prices from
 * 2013-05-13 to 2018-05-11.
 *
 * @throws UnrolledError for all that `readCsvFile` refuses: the file, its columns, its numbers, too few rows
 */
export async function loadPrices(
  file: string | undefined,
  { order, dateColumn, dateOrder, decimalSeparator, delimiter, missing, duplicates, halted }: DataOptions,
  required: Pick<CsvOptions, 'requiredColumns' | 'minimumRows' | 'target'> = {},
): Promise<Prices> {
  const format = { order, dateColumn, dateOrder, decimalSeparator, delimiter, missing, duplicates, halted };
  // The commands' help loads without the data package.
  const { readCsvFile } = await import('@unrolled/data/node');
  const read = (from: string) => readCsvFile(from, { ...format, ...required });
  if (file !== undefined) return { table: await read(file), name: path.parse(file).name, description: file };
  const bundled = bundledFile(import.meta.url, BUNDLED_PLACES);
  return { table: await read(bundled), name: 'aapl', description: 'Apple, daily (bundled)' };
}

/**
 * Reads several files, each under a name of its own, with the columns of a model, which are found in any case
 * of letters, as series.
 *
 * @throws UnrolledError as {@link loadPrices}
 */
export async function loadSeries(
  files: readonly string[],
  { target, features }: { readonly target: string; readonly features: readonly string[] },
  options: DataOptions,
): Promise<{ prices: Prices[]; series: Series[] }> {
  const columns = [...new Set([target, ...features])];
  const all: Prices[] = [];
  for (const file of files.length > 0 ? files : [undefined]) {
    const prices = await loadPrices(file, options, { requiredColumns: columns, target });
    const taken = all.filter(
      ({ name }) => name === prices.name || name.startsWith(`${prices.name} (`),
    ).length;
    all.push(taken > 0 ? { ...prices, name: `${prices.name} (${taken + 1})` } : prices);
  }
  const series = all.map(({ name, table }) => ({
    name,
    dates: table.dates,
    lines: table.lines,
    columns: Object.fromEntries(columns.map((column) => [column, table.column(column)])),
  }));
  return { prices: all, series };
}
