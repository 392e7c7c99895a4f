import path from 'node:path';
import { bundledFile } from '@unrolled/app-shared';
import type { CsvFile } from '@unrolled/data';
import type { CsvFileOptions } from '@unrolled/data/node';
import type { Series } from '@unrolled/forecaster';

/** A table of prices with its names. */
export interface Prices {
  readonly table: CsvFile;
  /** The file's name without its extension. */
  readonly name: string;
  /** The name for people. */
  readonly description: string;
}

/** The command line's options for reading the files. */
export type DataOptions = Omit<CsvFileOptions, 'requiredColumns' | 'minimumRows' | 'target'>;

const DATA_NAMES: readonly (keyof DataOptions)[] = [
  ...([
    'encoding',
    'order',
    'dateColumn',
    'dateOrder',
    'missing',
    'duplicates',
    'halted',
    'columns',
  ] as const),
  ...(['delimiter', 'decimalSeparator', 'seriesColumn', 'series'] as const),
];

/** The options of a command that control how files are read. */
function dataOf(options: DataOptions): DataOptions {
  return Object.fromEntries(DATA_NAMES.map((name) => [name, options[name]]));
}

/**
 * The path of the bundled prices: next to the built command line, or in its package if run from the sources.
 */
const BUNDLED_PLACES = ['./data/aapl.csv', '../node_modules/@observablehq/sample-datasets/aapl.csv'];

/**
 * The path and name of a file; by default the bundled one, Apple's daily prices from 2013-05-13 to
 * 2018-05-11.
 */
function sourceOf(file: string | undefined): { from: string; name: string; description: string } {
  if (file !== undefined) return { from: file, name: path.parse(file).name, description: file };
  const bundled = bundledFile(import.meta.url, BUNDLED_PLACES);
  return { from: bundled, name: 'aapl', description: 'Apple, daily (bundled)' };
}

/**
 * Reads a CSV of prices, oldest row first; without a file the bundled one.
 *
 * @throws UnrolledError in the cases of `readCsvFile`, such as a missing file or column, an invalid number,
 *   too few rows or several series
 */
export async function loadPrices(
  file: string | undefined,
  options: DataOptions,
  required: Pick<CsvFileOptions, 'requiredColumns' | 'minimumRows' | 'target'>,
): Promise<Prices> {
  // Imported on demand, so the commands' help does not load the data package.
  const { readCsvFile } = await import('@unrolled/data/node');
  const { from, ...called } = sourceOf(file);
  return { table: await readCsvFile(from, { ...dataOf(options), ...required }), ...called };
}

/**
 * Reads the series of several files, each under a unique name, with the columns of a model. Column names are
 * matched without regard to case, in any common language. A series is named after its file or, if a file has
 * several, after its value in the series column.
 *
 * @throws UnrolledError as {@link loadPrices}
 */
export async function loadSeries(
  files: readonly string[],
  { target, features }: { readonly target: string; readonly features: readonly string[] },
  options: DataOptions,
): Promise<{ prices: Prices[]; series: Series[] }> {
  const { readCsvFileSeries } = await import('@unrolled/data/node');
  const columns = [...new Set([target, ...features])];
  const all: Prices[] = [];
  for (const file of files.length > 0 ? files : [undefined]) {
    const { from, name, description } = sourceOf(file);
    for (const one of await readCsvFileSeries(from, {
      ...dataOf(options),
      requiredColumns: columns,
      target,
    })) {
      const called =
        one.name === undefined
          ? { name, description }
          : { name: one.name, description: `${description}, ${one.name}` };
      const taken = all.filter(
        (other) => other.name === called.name || other.name.startsWith(`${called.name} (`),
      );
      all.push({
        ...one,
        ...called,
        ...(taken.length > 0 && { name: `${called.name} (${taken.length + 1})` }),
      });
    }
  }
  const series = all.map(({ name, table }) => ({
    name,
    dates: table.dates,
    lines: table.lines,
    columns: Object.fromEntries(columns.map((column) => [column, table.column(column)])),
  }));
  return { prices: all, series };
}
