import { UnrolledError } from '@unrolled/errors';
import type { Calendar, Frequency } from '@unrolled/forecasting';
import { frequencyName } from '@unrolled/forecasting';
import { refuse } from '../refuse';
import { findCalendars } from './calendars';
import { checkSizes } from './check-values';
import { fileNotes } from './file-notes';
import { type Input, type InputSeries, placeOf } from './input';
import type { ReadOptions } from './read-options';
import { staticsOf } from './statics';
import { type FileTables, readTables, type SeriesTable } from './tables';

/** Maximum number of steps for each row; more gaps are refused. */
const MOST_HOLES = 50;

/**
 * Reads series from files. A file has a column that names the series, or it is one series, or with `--wide`
 * each column is a series.
 *
 * @throws UnrolledError naming file, series and line of the first problem
 */
export async function readInput(files: readonly string[], options: ReadOptions): Promise<Input> {
  const read: FileTables[] = [];
  for (const file of files) read.push(await readTables(file, options));
  const all = read.flatMap(({ tables }) => tables);
  const named = chosen(withOwnNames(all, options), options);
  for (const table of named) checkSizes(table);
  const found = findCalendars(named, options);
  const notes = read.flatMap(({ notes }) => notes);
  const statics = staticsOf(named, options.trained);
  const series = named.flatMap((table, at) => {
    const one = onSteps(table, found?.calendars[at], statics[at]!, options);
    if (one) return [one];
    if (options.short === 'leave-out') notes.push(`${placeOf(table)} has no number, and is left out`);
    else
      refuse('files', {
        expected: `a number in ${placeOf(table)}`,
        got: `none in ${table.values.length} rows`,
        remedy: 'leave such series out (--short leave-out)',
      });
    return [];
  });
  if (series.length === 0)
    refuse('files', { expected: 'a series', got: 'none with a number', remedy: 'pass another file' });
  const { series: withFuture, notes: ofFuture } = await addFuture(series, named, found?.calendars, options);
  return {
    files,
    target: named[0]!.target,
    series: withFuture,
    frequency: found?.frequency,
    notes: [...notes, ...ofFuture, ...holesNote(withFuture, found?.frequency), ...endsNote(withFuture)],
  };
}

/** With `--wide`, prefixes the file's name to series that have the same name in several files. */
function withOwnNames(tables: readonly SeriesTable[], { wide }: ReadOptions): readonly SeriesTable[] {
  const byName = new Map<string, SeriesTable[]>();
  for (const table of tables) byName.set(table.name, [...(byName.get(table.name) ?? []), table]);
  return tables.map((table) => {
    const same = byName.get(table.name)!;
    if (same.length === 1) return table;
    const files = new Set(same.map(({ file }) => file));
    if (wide && files.size === same.length) return { ...table, name: `${table.file}: ${table.name}` };
    return refuse('files', {
      expected: 'each series in one place',
      got: `'${table.name}' in ${[...files].join(' and ')}`,
      remedy: 'put its rows into one file, or choose series (--only)',
    });
  });
}

function chosen(tables: readonly SeriesTable[], { only }: ReadOptions): readonly SeriesTable[] {
  if (!only) return tables;
  const unknown = only.find((name) => !tables.some((table) => table.name === name));
  if (unknown !== undefined) {
    const names = tables.map(({ name }) => name);
    refuse('--only', {
      expected: 'names of series in the files',
      got: `'${unknown}'`,
      remedy: `choose from ${names.slice(0, 8).join(', ')}${names.length > 8 ? `, … (${names.length})` : ''}`,
    });
  }
  return tables.filter(({ name }) => only.includes(name));
}

/**
 * Places the rows of a series on the steps of its calendar, from its first number to its last. Returns
 * undefined if the series has no number.
 */
function onSteps(
  table: SeriesTable,
  calendar: Calendar | undefined,
  statics: Pick<InputSeries, 'staticNumbers' | 'staticCategories'>,
  { trained }: Pick<ReadOptions, 'trained'>,
): InputSeries | undefined {
  const { name, file, values, dates } = table;
  const first = values.findIndex((value) => !Number.isNaN(value));
  if (first < 0) return undefined;
  const last = values.findLastIndex((value) => !Number.isNaN(value));
  const stepOf = calendar ? (row: number) => calendar.stepOf(dates![row]!)! : (row: number) => row;
  const start = stepOf(first);
  const count = stepOf(last) - start + 1;
  const ahead = stepOf(values.length - 1) - start + 1;
  if (ahead > MOST_HOLES * values.length + 1000) {
    refuse('files', {
      expected: `${frequencyName(calendar!.frequency)} rows with few gaps in ${placeOf(table)}`,
      got: `${values.length} rows for ${ahead} steps from ${dates![first]} on line ${table.lines[first]}`,
      remedy: `correct its dates${trained ? '' : ', or set their frequency (--frequency)'}`,
    });
  }
  const lines = new Int32Array(count);
  const put = (from: Float64Array, size: number) => {
    const into = new Float64Array(size).fill(Number.NaN);
    for (let row = first; row < from.length; row++) {
      const at = stepOf(row) - start;
      if (at < size) into[at] = from[row]!;
    }
    return into;
  };
  for (let row = first; row <= last; row++) lines[stepOf(row) - start] = table.lines[row]!;
  const columns = (from: Readonly<Record<string, Float64Array>>, size: number) =>
    Object.fromEntries(Object.entries(from).map(([column, cells]) => [column, put(cells, size)]));
  return {
    ...{ name, file, lines, values: put(values, count) },
    dates: calendar && Array.from({ length: count }, (_, at) => calendar.dateOf(start + at)),
    dateAhead: calendar && ((steps) => calendar.dateOf(start + count - 1 + steps)),
    ...{ known: columns(table.known, ahead), past: columns(table.past, count) },
    ...statics,
  };
}

/** Adds the future rows of the known columns from the files of `--future`. */
async function addFuture(
  series: readonly InputSeries[],
  tables: readonly SeriesTable[],
  calendars: readonly Calendar[] | undefined,
  options: ReadOptions,
): Promise<Pick<Input, 'series' | 'notes'>> {
  const { known = [], future = [] } = options;
  if (future.length === 0) return { series, notes: [] };
  if (known.length === 0 || !calendars) {
    return refuse('--future', {
      expected: 'columns that are known ahead, in files with dates',
      got: known.length === 0 ? 'none' : 'files without dates',
      remedy:
        options.trained && known.length === 0
          ? 'leave --future out: the model reads no such columns'
          : `name ${options.trained ? '' : 'them (--known COLUMNS), and '}the dates (--date COLUMN)`,
    });
  }
  const added = new Map<string, { dates: readonly string[]; columns: Record<string, Float64Array> }[]>();
  const notes: string[] = [];
  for (const file of future) {
    const read = await readFuture(file, known, options);
    notes.push(
      ...fileNotes(
        file,
        read.map(({ table }) => table),
      ),
    );
    for (const { name, table } of read) {
      const columns = Object.fromEntries(known.map((column) => [column, table.column(column)]));
      const own = name ?? '';
      checkSizes({ file, name: own, values: new Float64Array(), known: columns, lines: table.lines });
      added.set(own, [...(added.get(own) ?? []), { dates: table.dates ?? [], columns }]);
    }
  }
  const filled = series.map((one) => {
    const calendar = calendars[tables.findIndex(({ name }) => name === one.name)]!;
    // A file without a column of series applies to all series.
    const parts = [...(added.get('') ?? []), ...(added.get(one.name) ?? [])];
    return { ...one, known: withRows(one, calendar, parts) };
  });
  return { series: filled, notes };
}

/** Reads a file of future rows. One without the column of series has rows of all series. */
async function readFuture(file: string, known: readonly string[], options: ReadOptions) {
  const { readCsvFileSeries } = await import('@unrolled/data/node');
  const { formatOf } = await import('./read-options');
  const format = { ...formatOf(options), missing: 'keep', requiredColumns: known } as const;
  return readCsvFileSeries(file, format).catch((error: unknown) => {
    const lacks = error instanceof UnrolledError && error.expected === `a column "${options.series}"`;
    if (!lacks) throw error;
    return readCsvFileSeries(file, { ...format, seriesColumn: '' });
  });
}

function withRows(
  { known, dates }: InputSeries,
  calendar: Calendar,
  parts: readonly { dates: readonly string[]; columns: Record<string, Float64Array> }[],
): Record<string, Float64Array> {
  const start = calendar.stepOf(dates![0]!)!;
  const places = parts.map((part) =>
    part.dates.map((date) => (calendar.stepOf(date) ?? Number.NEGATIVE_INFINITY) - start),
  );
  const furthest = Math.max(0, ...places.flat().filter((place) => place < 1e6)) + 1;
  return Object.fromEntries(
    Object.entries(known).map(([column, before]) => {
      const cells = new Float64Array(Math.max(before.length, furthest)).fill(Number.NaN);
      cells.set(before);
      for (const [at, part] of parts.entries()) {
        for (const [row, place] of places[at]!.entries())
          if (place >= 0 && place < cells.length) cells[place] = part.columns[column]![row]!;
      }
      return [column, cells];
    }),
  );
}

function holesNote(series: readonly InputSeries[], frequency: Frequency | undefined): string[] {
  let [missing, rows, absent] = [0, 0, 0];
  for (const { values, lines } of series) {
    rows += values.length;
    for (const [at, value] of values.entries()) {
      if (!Number.isNaN(value)) continue;
      missing++;
      if (lines[at] === 0) absent++;
    }
  }
  if (missing === 0) return [];
  const what = frequency ? `${frequencyName(frequency)} steps` : 'rows';
  return [
    `${missing} of ${rows} ${what} have no value (${absent} have no row): they stay missing, and no error includes them`,
  ];
}

/** A note about series that end before the newest date. Each is forecast from its own end. */
function endsNote(series: readonly InputSeries[]): string[] {
  const ends = series.flatMap((one) => (one.dates ? [one.dates.at(-1)!] : []));
  const newest = ends.reduce((a, b) => (b > a ? b : a), '');
  const older = series.filter(({ dates }) => dates && dates.at(-1)! < newest);
  if (older.length === 0) return [];
  const [first] = older as [InputSeries];
  return [
    `${older.length} of ${series.length} series end before ${newest}, such as '${first.name}' with ${first.dates!.at(-1)}: each is forecast from its own end`,
  ];
}
