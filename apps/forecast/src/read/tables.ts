import path from 'node:path';
import type { CsvFile } from '@unrolled/data';
import { UnrolledError } from '@unrolled/errors';
import { refuse } from '../refuse';
import { fileNotes } from './file-notes';
import { formatOf, type ReadOptions } from './read-options';

/** The rows of one series in a file, oldest first. */
export interface SeriesTable {
  readonly name: string;
  readonly file: string;
  readonly dates: readonly string[] | undefined;
  readonly lines: Int32Array;
  readonly target: string | undefined;
  readonly values: Float64Array;
  readonly known: Readonly<Record<string, Float64Array>>;
  readonly past: Readonly<Record<string, Float64Array>>;
  readonly texts: Readonly<Record<string, readonly string[]>>;
}

/** Usual names of the target in a file with several columns of numbers. */
const USUAL_TARGETS = ['y', 'value', 'target', 'values'];

/** The series of a file, and how the reader understood it. */
export interface FileTables {
  readonly tables: readonly SeriesTable[];
  readonly notes: readonly string[];
}

/**
 * Reads the series of one file.
 *
 * @throws UnrolledError as `readCsvFileSeries`, and if the target is ambiguous
 */
export async function readTables(file: string, options: ReadOptions): Promise<FileTables> {
  // The commands' help loads without the data package.
  const { readCsvFileSeries } = await import('@unrolled/data/node');
  const { known = [], past = [], target } = options;
  const needed = [...known, ...past, ...(target === undefined ? [] : [target])];
  checkApart(options);
  const read = await readCsvFileSeries(file, {
    ...formatOf(options),
    missing: 'keep',
    textColumns: options.static ?? [],
    ...(needed.length > 0 && { requiredColumns: needed }),
  }).catch((error) => refuseMissing(error, options));
  const several = read.length > 1 || read[0]!.name !== undefined;
  const tables = read.flatMap(({ name, column: series, table }) => {
    const shared = sharedOf(table, options);
    const targets = targetsOf(file, table, { ...options, ...(series !== undefined && { series }) });
    return targets.map((column) => ({
      ...shared,
      file,
      name: options.wide ? column : several ? name! : path.parse(file).name,
      target: options.wide ? undefined : column,
      values: table.column(column),
    }));
  });
  const notes = fileNotes(
    file,
    read.map(({ table }) => table),
  );
  return { tables, notes };
}

/** Refuses the target as one of the other columns. */
function checkApart({ target, known = [], past = [], static: fixed = [] }: ReadOptions): void {
  for (const [flag, names] of Object.entries({ '--known': known, '--past': past, '--static': fixed })) {
    if (target === undefined || !names.includes(target)) continue;
    refuse(flag, {
      expected: 'columns other than the target',
      got: `'${target}', which is --target`,
      remedy: 'leave it out: the model always reads its earlier values',
    });
  }
}

/** Rewrites the reader's error about a column or a cell in terms of the option that names the column. */
function refuseMissing(
  error: unknown,
  { known = [], past = [], static: fixed = [], target, trained }: ReadOptions,
): never {
  if (!(error instanceof UnrolledError)) throw error;
  const { expected, got } = error;
  const named = { '--known': known, '--past': past, '--static': fixed, '--target': [target] };
  for (const [flag, names] of Object.entries(named)) {
    if (!names.some((name) => expected === `a column "${name}"`)) continue;
    refuse(
      trained ? '--model' : flag,
      {
        expected,
        got,
        remedy: trained ? 'add the column, which the model reads, or train again' : 'name another one',
      },
      error,
    );
  }
  const place = /^a number in column "(.+)" on line/.exec(expected)?.[1]?.toLowerCase();
  const isWord = /^"\D+"/.test(got);
  for (const [flag, columns] of Object.entries({ '--known': known, '--past': past })) {
    if (!isWord || !columns.some((column) => column.toLowerCase() === place)) continue;
    const remedy = 'correct the cell, or use one column of 0 and 1 for each category';
    refuse(trained ? 'files' : flag, { expected, got, remedy }, error);
  }
  throw error;
}

function sharedOf(table: CsvFile, { known = [], past = [], static: fixed = [] }: ReadOptions) {
  const columns = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, table.column(name)]));
  return {
    dates: table.dates,
    lines: table.lines,
    known: columns(known),
    past: columns(past),
    texts: Object.fromEntries(fixed.map((name) => [name, table.text(name)])),
  };
}

/**
 * The columns to forecast: `--target`, the only column of numbers, or the column with a usual name; with
 * `--wide`, all columns of numbers.
 */
function targetsOf(file: string, table: CsvFile, options: ReadOptions): readonly string[] {
  if (options.target !== undefined) return [options.target];
  const isSame = (a: string, b: string | undefined) => a.toLowerCase() === b?.toLowerCase();
  const taken = [...(options.known ?? []), ...(options.past ?? []), ...(options.static ?? [])];
  const left = table.columns.filter(
    (name) => !taken.some((other) => isSame(name, other)) && !isSame(name, options.series),
  );
  if (left.length > 0 && (options.wide || left.length === 1)) return left;
  const usual = left.filter((name) => USUAL_TARGETS.includes(name.toLowerCase()));
  if (usual.length === 1) return usual;
  return refuse('files', {
    expected: `one column of numbers to forecast in ${file}`,
    got: left.length === 0 ? 'none' : left.slice(0, 12).join(', '),
    remedy: 'name it (--target COLUMN), or pass --wide if each column is a series',
  });
}
