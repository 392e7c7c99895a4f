import { listed, quoted } from '@unrolled/errors';
import { refuse } from '../refuse';
import { plainName } from './column-roles';
import type { DateColumns } from './dates/columns';
import { type CsvTable, requireName } from './header';
import { looksNumeric } from './numbers';

import type { CsvRecord } from './records';

/** The rows of one series of a file. */
export interface SeriesRows {
  /** The value of the column that distinguishes series; undefined for the only series of a file. */
  readonly name: string | undefined;
  readonly rows: readonly CsvRecord[];
}

/** The selection of series. */
export interface SeriesOptions {
  /**
   * The column that distinguishes series; by default it is detected if dates repeat. An empty name: the file
   * is one series.
   */
  seriesColumn?: string;
  /** The value of that column for the series to read; default all series. */
  series?: string | readonly string[];
}

/** Names of columns that identify a series. */
const NAMES = new Set(
  [
    'unique id,id,ticker,symbol,sym,tic,name,code,ts code,series id,item,item id,asset,instrument,security,secid,ric,isin,pair,coin',
    'stock,stock code,stock name,company,permno,gvkey,act symbol,store,wkn,wertpapier,valeur,papier,тикер,бумага',
    '종목코드,종목명,종목,コード,銘柄,銘柄コード,证券代码,证券简称,股票代码,股票名称,代码,名称,證券代號',
  ]
    .join(',')
    .split(','),
);

/** Minimum number of rows of each series if there are several. */
const LEAST_ROWS = 3;

/**
 * Splits the rows of several series, one after the other or interleaved. If no column is named, it is a
 * column with few values in which no value repeats a date, while dates repeat between values.
 *
 * @param dates undefined for a file without dates
 * @throws UnrolledError for an unknown column or series. Also if no date repeats, but a column with a name
 *   for tickers has one value in the first rows and another below: one share under a new name, or several
 *   shares
 */
export function splitSeries(
  table: CsvTable,
  dates: DateColumns | undefined,
  { seriesColumn, series, duplicates }: SeriesOptions & { duplicates?: string | undefined },
): { column: string | undefined; all: readonly SeriesRows[] } {
  const { names, rows } = table;
  const isTold = seriesColumn !== undefined || duplicates !== undefined;
  const found = isTold ? undefined : findSeriesColumn(table, dates);
  const column = seriesColumn
    ? requireName('readCsv', names, seriesColumn, 'name another column (`seriesColumn`)')
    : (found ?? (seriesColumn === undefined ? findBlocks(table, dates) : undefined));
  if (column === undefined) {
    if (series === undefined) return { column: undefined, all: [{ name: undefined, rows }] };
    refuse('readCsv', {
      expected: 'a file with several series for `series`',
      got: `one series, with the columns ${listed(names)}`,
      remedy: 'name the column that distinguishes them (`seriesColumn`), or omit `series`',
    });
  }
  const groups = new Map<string, CsvRecord[]>();
  for (const row of rows) {
    const group = groups.get(row.cells[column]!);
    if (group) group.push(row);
    else groups.set(row.cells[column]!, [row]);
  }
  const all = [...groups.keys()];
  if (series === undefined && !seriesColumn && found === undefined) {
    refuse('readCsv', {
      expected: 'one series',
      got: `${all.length} series in column ${quoted(names[column]!)}, one after the other: ${listed(all)}`,
      remedy: `choose one (\`series: '${all[0]}'\`), or declare them one series (\`seriesColumn: ''\`)`,
    });
  }
  const wanted = series === undefined ? all : [series].flat();
  return {
    column: names[column],
    all: wanted.map((name) => ({ name, rows: groups.get(name) ?? refuseSeries(name, names[column]!, all) })),
  };
}

function refuseSeries(name: string, column: string, all: readonly string[]): never {
  return refuse('readCsv', {
    expected: `a series "${name}" in column "${column}"`,
    got: listed(all),
    remedy: 'name one of them',
  });
}

/**
 * Whether a column distinguishes series in which dates rarely repeat: the named one, or the one that
 * `splitSeries` finds, if its name or its texts show that it does.
 */
export function hasSeriesColumn(
  table: CsvTable,
  dates: DateColumns,
  { seriesColumn }: SeriesOptions,
): boolean {
  const { names, rows } = table;
  if (seriesColumn === '') return false;
  if (seriesColumn === undefined) {
    const found = findSeriesColumn(table, dates);
    return found !== undefined && (isCalledSeries(names[found]!) || !isNumberAt(rows, found));
  }
  const column = requireName('readCsv', names, seriesColumn, 'name another column (`seriesColumn`)');
  return new Set(rows.map((row) => `${row.cells[column]} ${dates.dateCell(row)}`)).size >= 0.9 * rows.length;
}

function isCalledSeries(name: string): boolean {
  return NAMES.has(plainName(name));
}

function isNumberAt(rows: readonly CsvRecord[], column: number): boolean {
  return looksNumeric(rows[0]!.cells[column]!);
}

function findSeriesColumn({ names, rows }: CsvTable, dates: DateColumns | undefined): number | undefined {
  const keyOf = (row: CsvRecord) => `${dates?.dateCell(row)} ${dates?.clockCell?.(row) ?? ''}`;
  if (dates === undefined || !comeAgain(rows, keyOf)) return undefined;
  const others = names.flatMap((_, column) => (dates.all.includes(column) ? [] : [column]));
  const rank = (column: number) => (isCalledSeries(names[column]!) ? 0 : isNumberAt(rows, column) ? 2 : 1);
  const telling = others.filter((column) => tellsApart(rows, column, keyOf));
  return telling.sort((a, b) => rank(a) - rank(b))[0];
}

/** A column with a name for tickers, each of whose values is in one block of rows. */
function findBlocks({ names, rows }: CsvTable, dates: DateColumns | undefined): number | undefined {
  const column = names.findIndex(
    (name, column) => !dates?.all.includes(column) && isCalledSeries(name) && inBlocks(rows, column),
  );
  return column < 0 ? undefined : column;
}

/** Whether dates repeat in more than a few rows of a file. */
function comeAgain(rows: readonly CsvRecord[], keyOf: (row: CsvRecord) => string): boolean {
  let [rises, falls] = [true, true];
  for (let at = 1; at < rows.length && (rises || falls); at++) {
    const [before, after] = [keyOf(rows[at - 1]!), keyOf(rows[at]!)];
    rises &&= before < after;
    falls &&= before > after;
  }
  if (rises || falls) return false;
  return new Set(rows.map(keyOf)).size < 0.9 * rows.length;
}

function tellsApart(rows: readonly CsvRecord[], column: number, keyOf: (row: CsvRecord) => string): boolean {
  const groups = new Map<string, Set<string>>();
  for (const row of rows) {
    const value = row.cells[column]!;
    const keys = groups.get(value) ?? new Set();
    if (value === '' || keys.has(keyOf(row))) return false;
    groups.set(value, keys.add(keyOf(row)));
    if (groups.size * LEAST_ROWS > rows.length) return false;
  }
  return groups.size > 1 && [...groups.values()].every(({ size }) => size >= LEAST_ROWS);
}

function inBlocks(rows: readonly CsvRecord[], column: number): boolean {
  const ends = new Set<string>();
  let blocks = 0;
  for (const [at, { cells }] of rows.entries()) {
    const value = cells[column]!;
    if (at > 0 && value === rows[at - 1]!.cells[column]) continue;
    if (value === '' || ends.has(value)) return false;
    ends.add(value);
    blocks += 1;
  }
  return blocks > 1 && blocks * LEAST_ROWS <= rows.length;
}
