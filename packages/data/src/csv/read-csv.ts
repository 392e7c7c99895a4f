import { listed, type OptionKinds, quoted, UnrolledError } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { checkPrices, type HaltedPolicy } from './check-prices';
import { columnsWithRole } from './column-roles';
import {
  type ColumnPlan,
  dropIncompleteRows,
  type MissingPolicy,
  planColumns,
  readColumns,
  refuseCell,
  refuseContraryPoints,
} from './columns';
import type { DayMonthOrder, ParsedDate } from './dates';
import { type DateColumns, findDateColumns } from './dates/columns';
import { type DuplicatePolicy, sortByDate } from './duplicates';
import { type CsvFinding, findOpenPoints, findZeroVolumes, type ReadColumn } from './findings';
import { type CsvTable, findTable, requireName } from './header';
import { nameByLayout } from './headerless';
import { refuseOtherText } from './not-csv';
import { type DecimalSeparator, guessDecimalSeparator, type NumberStyle } from './numbers';
import { orderByDates, type RowOrder, readDates } from './order';
import { type CsvRecord, splitRecords } from './records';
import { hasSeriesColumn, type SeriesOptions, splitSeries } from './series';
import { findGaps } from './spacing';

export interface CsvOptions extends SeriesOptions {
  /**
   * Which end of a file without dates is the older one; default `oldest-first`, an assumption to print.
   * Without this option, a file that may contain unreadable dates is refused.
   */
  order?: RowOrder;
  /**
   * The date column; default the column with a name for dates that contains some, otherwise the first column
   * of dates only.
   */
  dateColumn?: string;
  /**
   * Which number is first in dates such as 03/04/2020 or 20/04/03; by default this is detected, and ambiguous
   * files are refused.
   */
  dateOrder?: DayMonthOrder;
  /**
   * Columns that must exist, be numeric and be complete, named as for `column`; default every numeric column.
   */
  requiredColumns?: readonly string[];
  /**
   * Handling of a row without a value in such a column: `refuse` the file (default), drop the row and report
   * it in `findings`, or `keep` it, with NaN for an empty cell, a dash or similar. A cell that is not a
   * number is always refused.
   */
  missing?: MissingPolicy;
  /** Handling of a repeated date: `refuse` the file (default), or keep its first or last row in the file. */
  duplicates?: DuplicatePolicy;
  /**
   * The column to forecast. It is checked as a price column, and the other columns are checked for leaks of
   * its future (`findings`); default none.
   */
  target?: string;
  /**
   * Handling of a row with 0 or a filler in a column of prices far above 0, as on a day without trading:
   * `keep` it (default), or drop it. `findings` reports both.
   */
  halted?: HaltedPolicy;
  /** Minimum number of rows; default 1. */
  minimumRows?: number;
  /** Columns that `text` returns unchanged, even if they are numbers: categories. Default none. */
  textColumns?: readonly string[];
  /** Column names, in order, instead of a header line; default the file's own, or names by contents. */
  columns?: readonly string[];
  /**
   * Default: the separator of a first line `sep=;`, otherwise the most likely of comma, semicolon, tab, bar
   * and spaces.
   */
  delimiter?: string;
  /**
   * By default detected from the cells: a comma if one cell has `1,5` and none has `1.5`. `1,247` alone is
   * refused.
   */
  decimalSeparator?: DecimalSeparator;
}

/** The option kinds of all readers. */
export const CSV_KINDS: OptionKinds<CsvOptions> = {
  order: "'oldest-first' or 'newest-first'?",
  dateColumn: 'string?',
  dateOrder: "'month-first', 'day-first' or 'year-first'?",
  requiredColumns: 'array?',
  missing: "'refuse', 'drop-rows' or 'keep'?",
  duplicates: "'refuse', 'keep-first' or 'keep-last'?",
  target: 'string?',
  halted: "'keep' or 'drop-rows'?",
  minimumRows: 'integer of at least 0?',
  textColumns: 'array?',
  columns: 'array?',
  delimiter: 'string?',
  decimalSeparator: "'.' or ','?",
  seriesColumn: 'string?',
  series: 'string or array?',
};

/** One series of a file. */
export interface CsvSeries {
  /** The value of the column that distinguishes the series; undefined for the only series of a file. */
  readonly name: string | undefined;
  /** The name of that column. */
  readonly column: string | undefined;
  readonly table: CsvFile;
}

/** A file's numeric columns, oldest row first. */
export interface CsvFile {
  /** The names of the numeric columns as in the file, in its order. */
  readonly columns: readonly string[];
  readonly rowCount: number;
  /** The names of the file's other columns, which contain no number; without the date columns. */
  readonly ignoredColumns: readonly string[];
  /** The name of the date column; undefined for a file without dates. */
  readonly dateColumn: string | undefined;
  /**
   * The date of each row as ISO text, oldest first: in UTC if it has a time, a year alone as 1999. Undefined
   * for a file without dates.
   */
  readonly dates: readonly string[] | undefined;
  /** The line of each row in the file, from 1. */
  readonly lines: Int32Array;
  /** The order of the rows in the file. `mixed` rows were sorted by date. */
  readonly order: RowOrder | 'mixed';
  /** How the order was determined. */
  readonly orderSource: 'dates' | 'option' | 'assumption';
  /** An assumption of the reader, as a sentence to print; undefined if it made none. */
  readonly assumption: string | undefined;
  /** Notable properties of the file, by line: dropped rows, missing days, zero volumes … */
  readonly findings: readonly CsvFinding[];
  /**
   * One column's values [rowCount]. The name is matched without regard to case. If no column matches, known
   * aliases of data providers are tried: `close` also finds `4. close`, `Close/Last` and `Price`.
   *
   * @throws UnrolledError that lists the columns of the file, or names the cell of an incomplete column
   */
  column(name: string): Float64Array;
  /**
   * The cells of one of `textColumns` [rowCount], trimmed.
   *
   * @throws UnrolledError that lists these columns, for another name
   */
  text(name: string): readonly string[];
  /**
   * Several columns as one table, row-major [rowCount, columns]; default all numeric ones. Throws like
   * `column`.
   */
  matrix(names?: readonly string[]): Float64Array;
}

/**
 * Reads the text of a CSV file with a header line, or a commented one (`# Open,High,Low,Volume,Close`).
 *
 * The reader accepts titles above the header, footers below the rows, other lines that start with `#`, blank
 * lines, a byte order mark, any line ends, thousands separators, currency and percent signs, and `35.6K`. A
 * file without a header needs `columns`, unless it has dates followed by prices from open to close. The date
 * column determines the order of the rows; without one, `order` does. A column without any number (a ticker,
 * a name) is left out unless it is required.
 *
 * Rows that would mislead a model are refused: a cell without a number in a required column, a duplicate
 * date, several series. Nothing is filled in. `findings` lists everything else that is notable, including
 * impossible prices, as found by `priceFindings` and, with a target, `leakFindings`.
 *
 * @throws UnrolledError naming line (from 1) and column for a cell that is not a finite number or not a date,
 *   a repeated date, a row of another width, a missing or repeated column, no header, an empty file, a format
 *   other than CSV, several series without a choice, or too few rows
 */
export function readCsv(text: string, options: CsvOptions = {}): CsvFile {
  checkKind('readCsv', 'text', text, 'string');
  checkOptions('readCsv', options, CSV_KINDS);
  const { column, all } = readAll(text, options);
  const [{ table, name }, ...others] = all as [CsvSeries, ...CsvSeries[]];
  if (others.length === 0) return table;
  refuse('readCsv', {
    expected: 'one series',
    got: `${all.length} series in column ${quoted(column!)}: ${listed(all.map(({ name }) => name!))}`,
    remedy: `choose one (\`series: '${name}'\`), or read all of them with readCsvSeries`,
  });
}

/**
 * Reads all series of a file, one after the other or interleaved, distinguished by a column
 * (`unique_id,ds,y`, or a ticker in each row). A file without such a column has one series. Each series is
 * read as by `readCsv`.
 *
 * @returns the series in the order of their first rows, or in the order of `series`
 * @throws UnrolledError as `readCsv`, and for a series that the file lacks
 */
export function readCsvSeries(text: string, options: CsvOptions = {}): CsvSeries[] {
  checkKind('readCsvSeries', 'text', text, 'string');
  checkOptions('readCsvSeries', options, CSV_KINDS);
  return [...readAll(text, options).all];
}

function readAll(
  text: string,
  options: CsvOptions,
): { column: string | undefined; all: readonly CsvSeries[] } {
  refuseOtherText('readCsv', text);
  const records = splitRecords(text, options.delimiter);
  const found = findTable(records, options.columns);
  const { table: whole, findings } = found.isNamed ? found : nameByLayout(found.table);
  const { dateColumn: given, order, requiredColumns: required = [] } = options;
  const dateColumns = findDateColumns(whole, {
    ...{ given, required, isOrderGiven: order !== undefined },
    hasSeries: (dates) => hasSeriesColumn(whole, dates, options),
  });
  const { column, all } = splitSeries(whole, dateColumns, options);
  // Names of series stay texts, even if some are numbers.
  const named = column === undefined ? [] : [whole.names.indexOf(column)];
  const plan = planColumns(
    whole,
    dateColumns?.all ?? [],
    required,
    new Set([...textPlaces(whole.names, options), ...named]),
  );
  const style = numberStyle(whole, plan, options);
  if (style.decimalSeparator === undefined) refuseContraryPoints(whole, plan);
  const isOpen = style.decimalSeparator === undefined && records.delimiter === ';';
  const openPoints = isOpen ? findOpenPoints(whole.rows, whole.names, plan.numeric) : [];
  return {
    column,
    all: all.map(({ name, rows }) => {
      const read = ofSeries(name, () =>
        readSeries({ names: whole.names, rows }, plan, dateColumns, style, options),
      );
      const table = { ...read, ignoredColumns: read.ignoredColumns.filter((ignored) => ignored !== column) };
      const ofAll =
        name === undefined || all[0]!.name === name
          ? [...found.findings, ...openPoints, ...(found.isNamed ? [] : findings)]
          : [];
      return {
        name,
        column,
        table: { ...table, findings: [...ofAll, ...table.findings].sort((a, b) => a.line - b.line) },
      };
    }),
  };
}

function textPlaces(names: readonly string[], { textColumns = [] }: CsvOptions): number[] {
  return textColumns.map((name) =>
    requireName('readCsv', names, name, 'name another column (`textColumns`)'),
  );
}

/** Adds the name of the series to an error, if there are several. */
function ofSeries<T>(name: string | undefined, read: () => T): T {
  if (name === undefined) return read();
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UnrolledError)) throw error;
    const { scope, expected, got, remedy, code } = error;
    refuse(scope, { expected, got: `${got} of series ${quoted(name)}`, remedy, code }, { cause: error });
  }
}

/** Reads the rows of one series. */
function readSeries(
  whole: CsvTable,
  plan: ColumnPlan,
  dateColumns: DateColumns | undefined,
  style: NumberStyle,
  options: CsvOptions,
): CsvFile {
  const kept =
    options.missing === 'drop-rows' ? dropIncompleteRows(whole, plan) : { table: whole, findings: [] };
  const arranged = dateColumns
    ? arrangeByDates(kept.table, dateColumns, options)
    : arrangeAsTold(kept.table, options.order);
  checkRowCount(arranged.rows.length, whole.rows.length, options.minimumRows ?? 1);
  const all = { names: whole.names, rows: arranged.rows };
  const read = readColumns(all, plan, style, options.missing ?? 'refuse');
  const checked = checkPrices({ ...arranged, columns: read.columns }, toCheck(all, plan, options));
  const { columns, rows, dates } = checked;
  const arrangement = { ...arranged, rows, dates };
  checkRowCount(arrangement.rows.length, whole.rows.length, options.minimumRows ?? 1);
  const table = { names: whole.names, rows: arrangement.rows };
  const texts = textPlaces(whole.names, options).map(
    (column) => [whole.names[column]!, table.rows.map(({ cells }) => cells[column]!.trim())] as const,
  );
  const zeroVolumes = findZeroVolumes(table.rows, columns);
  const allFindings = [
    ...kept.findings,
    ...arrangement.findings,
    ...read.findings,
    ...checked.findings,
    ...zeroVolumes,
  ];
  return {
    ...accessTo(columns, new Map(texts), table.rows.length),
    ...describe(whole, plan, arrangement),
    findings: allFindings,
  };
}

function checkRowCount(count: number, inFile: number, least: number): void {
  if (count >= least) return;
  const dropped = inFile - count;
  refuse('readCsv', {
    expected: `at least ${least} ${least === 1 ? 'row' : 'rows'} of data`,
    got: dropped > 0 ? `${count}, after ${dropped} others were dropped` : String(count),
    remedy: 'pass a table with more rows',
  });
}

/** The rows, oldest first, and how their order was determined. */
interface Arrangement extends Pick<CsvFile, 'order' | 'orderSource' | 'assumption' | 'findings'> {
  readonly rows: readonly CsvRecord[];
  readonly dateColumn: number | undefined;
  readonly dates: readonly ParsedDate[] | undefined;
}

function arrangeByDates(table: CsvTable, columns: DateColumns, options: CsvOptions): Arrangement {
  const { rows, names } = table;
  const { order: given, dateOrder, duplicates = 'refuse' } = options;
  const dates = readDates(table, columns, dateOrder);
  const order = orderByDates(dates);
  const sorted = sortByDate(dates, table, columns.date, duplicates);
  const sortedRows = sorted.order.map((row) => rows[row]!);
  const sortedDates = sorted.order.map((row) => dates[row]!);
  const contradiction = given !== undefined && rows.length > 1 && given !== order;
  return {
    rows: sortedRows,
    dateColumn: columns.date,
    dates: sortedDates,
    order,
    orderSource: 'dates',
    assumption: contradiction
      ? `the dates show that the file's rows are ${order === 'mixed' ? 'in no order' : order}: the order ${given} was not used`
      : undefined,
    findings: [...sorted.findings, ...findGaps(sortedDates, sortedRows, names[columns.date]!)],
  };
}

function arrangeAsTold({ rows }: CsvTable, given: RowOrder | undefined): Arrangement {
  return {
    rows: given === 'newest-first' ? rows.toReversed() : rows,
    dateColumn: undefined,
    dates: undefined,
    order: given ?? 'oldest-first',
    orderSource: given === undefined ? 'assumption' : 'option',
    assumption:
      given === undefined
        ? "the file has no dates: its rows are assumed to be oldest first (set `order: 'newest-first'` if they are not)"
        : undefined,
    findings: [],
  };
}

/** The target, and the handling of days without trading in required columns. */
function toCheck({ names }: CsvTable, { needed }: ColumnPlan, { target, halted = 'keep' }: CsvOptions) {
  return {
    target: target === undefined ? undefined : names[requireName('readCsv', names, target)]!,
    needed: new Set([...needed].map((column) => names[column]!)),
    halted,
  };
}

function numberStyle(
  { names, rows }: CsvTable,
  { numeric }: ColumnPlan,
  { decimalSeparator }: CsvOptions,
): NumberStyle {
  const guess = () => guessDecimalSeparator(rows, numeric, columnsWithRole(names, 'volume'));
  return { decimalSeparator: decimalSeparator ?? guess() };
}

function describe({ names }: CsvTable, plan: ColumnPlan, arrangement: Arrangement) {
  const { rows, dateColumn, dates, order, orderSource, assumption } = arrangement;
  return {
    ignoredColumns: plan.ignored.map((column) => names[column]!),
    dateColumn: dateColumn === undefined ? undefined : names[dateColumn],
    dates: dates?.map(({ iso }) => iso),
    lines: Int32Array.from(rows, ({ line }) => line),
    order,
    orderSource,
    assumption,
  };
}

function accessTo(
  read: ReadonlyMap<string, ReadColumn>,
  texts: ReadonlyMap<string, readonly string[]>,
  rowCount: number,
) {
  const columns = [...read.keys()];
  const columnOf = (scope: string, name: string) => {
    checkKind(scope, 'a column', name, 'string');
    const { values, fault } = read.get(columns[requireName(scope, columns, name)]!)!;
    return fault ? refuseCell(scope, fault) : values;
  };
  return {
    columns,
    rowCount,
    column: (name: string) => columnOf('column', name).slice(),
    text(name: string) {
      checkKind('text', 'a column', name, 'string');
      const names = [...texts.keys()];
      return texts.get(names[requireName('text', names, name, 'name it in `textColumns`')]!)!;
    },
    matrix(names: readonly string[] = columns) {
      checkKind('matrix', 'names', names, 'array');
      const chosen = names.map((name) => columnOf('matrix', name));
      const matrix = new Float64Array(rowCount * chosen.length);
      for (let index = 0; index < matrix.length; index += 1) {
        matrix[index] = chosen[index % chosen.length]![Math.floor(index / chosen.length)]!;
      }
      return matrix;
    },
  };
}
