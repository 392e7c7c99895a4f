import { type CsvTable, findHeader, requireName } from './csv-header';
import {
  type DecimalSeparator,
  guessDecimalSeparator,
  isNumberWord,
  looksNumeric,
  type NumberStyle,
  parseNumber,
} from './csv-numbers';
import { findDateColumn, orderByDates, type RowOrder, readDates, sortByDate } from './csv-order';
import { type CsvRecord, splitRecords } from './csv-records';
import { checkCount, inWords, quoted, refuse } from './refuse';

export interface CsvOptions {
  /** Which end of a file without dates is the older one; default `oldest-first`, an assumption to print. */
  order?: RowOrder;
  /** The column of dates; default the one called Date, Datetime, Timestamp, Time, Day, Month or Week, if it has dates. */
  dateColumn?: string;
  /** Columns that must be there and numeric, in any case of letters. */
  requiredColumns?: readonly string[];
  /** Rows that must be there; default 1. */
  minimumRows?: number;
  /** Default: the likeliest of comma, semicolon, tab and bar. */
  delimiter?: string;
  /** Default a point, or a comma where no comma separates the cells and one has `1,5`. */
  decimalSeparator?: DecimalSeparator;
}

/** A file's numeric columns, oldest row first. */
export interface CsvFile {
  /** The numeric columns' names as the file writes them, in its order. */
  readonly columns: readonly string[];
  readonly rowCount: number;
  /** The file's other columns, without a single number in them; not the dates. */
  readonly ignoredColumns: readonly string[];
  /** Each row's date as ISO text, oldest first; undefined for a file without dates. */
  readonly dates: readonly string[] | undefined;
  /** The order in which the rows stood in the file; `mixed` ones were sorted by date. */
  readonly order: RowOrder | 'mixed';
  /** Where the order is known from. */
  readonly orderSource: 'dates' | 'option' | 'assumption';
  /** What was taken for granted, as a sentence to print; undefined when nothing was. */
  readonly assumption: string | undefined;
  /** One column's values [rowCount]; the name in any case. @throws UnrolledError listing the columns there are */
  column(name: string): Float64Array;
  /** Columns side by side, row-major [rowCount, columns]; default all numeric ones. */
  matrix(names?: readonly string[]): Float64Array;
}

/**
 * Reads the text of a CSV file with a header line, or a commented one (`# Open,High,Low,Volume,Close`).
 *
 * Other lines that begin with `#`, blank lines, a byte order mark and any line ends are taken; so are thousands
 * separators in quoted cells. With a column of dates the rows' order is read from it; without, it is `order`. A column
 * without a single number (a ticker, a name) is left out unless it is required.
 *
 * @throws UnrolledError naming line (from 1) and column for a cell that is no finite number or no date, a row of another
 * width, a missing or repeated column, no header, an empty file, or too few rows
 */
export function readCsv(text: string, options: CsvOptions = {}): CsvFile {
  const scope = 'readCsv';
  const { order, requiredColumns = [], minimumRows = 1, delimiter, decimalSeparator } = options;
  if (typeof text !== 'string') refuse(scope, { expected: 'the text of a CSV file', got: inWords(text) });
  checkCount(scope, 'minimumRows', minimumRows, 0);
  if (order !== undefined && order !== 'oldest-first' && order !== 'newest-first') {
    refuse(scope, { expected: "order 'oldest-first' or 'newest-first'", got: inWords(order) });
  }
  const split = splitRecords(text, delimiter);
  const table = findHeader(split);
  const required = new Set(requiredColumns.map((name) => requireName(scope, table.names, name)));
  if (table.rows.length < minimumRows) {
    refuse(scope, { expected: `at least ${minimumRows} rows of data`, got: String(table.rows.length) });
  }
  const dateColumn = findDateColumn(table.names, table.rows, options.dateColumn);
  const arrangement = arrange(table, dateColumn, order);
  const sorted = arrangement.rows.map((row) => table.rows[row]!);
  const style = numberStyle(table, split.delimiter, decimalSeparator);
  const { values, ignoredColumns } = readColumns({ ...table, rows: sorted }, dateColumn, required, style);
  const { dates, order: fileOrder, orderSource, assumption } = arrangement;
  return {
    ...accessTo(values, sorted.length),
    ignoredColumns,
    dates,
    order: fileOrder,
    orderSource,
    assumption,
  };
}

type Arrangement = Pick<CsvFile, 'dates' | 'order' | 'orderSource' | 'assumption'> & { rows: number[] };

/** The row numbers, oldest first, and where that is known from. */
function arrange({ names, rows }: CsvTable, dateColumn: number, given: RowOrder | undefined): Arrangement {
  const inFile = rows.map((_, row) => row);
  if (dateColumn < 0) {
    const order = given ?? 'oldest-first';
    return {
      rows: order === 'newest-first' ? inFile.reverse() : inFile,
      dates: undefined,
      order,
      orderSource: given === undefined ? 'assumption' : 'option',
      assumption:
        given === undefined
          ? 'the file has no dates: its rows are taken to be oldest first (give the order newest-first if they are not)'
          : undefined,
    };
  }
  const dates = readDates(rows, dateColumn, names[dateColumn]!);
  const order = orderByDates(dates);
  const sorted =
    order === 'mixed' ? sortByDate(dates, rows) : order === 'newest-first' ? inFile.reverse() : inFile;
  const contradiction = given !== undefined && rows.length > 1 && given !== order;
  return {
    rows: sorted,
    dates: sorted.map((row) => dates[row]!.iso),
    order,
    orderSource: 'dates',
    assumption: contradiction
      ? `the dates say that the file's rows are ${order === 'mixed' ? 'in no order' : order}: the order ${given} was not used`
      : undefined,
  };
}

function numberStyle(
  { rows }: CsvTable,
  delimiter: string,
  given: DecimalSeparator | undefined,
): NumberStyle {
  const cells = rows.flatMap((row) => row.cells);
  return { delimiter, decimalSeparator: given ?? guessDecimalSeparator(cells, delimiter) };
}

function readColumns(table: CsvTable, dateColumn: number, required: ReadonlySet<number>, style: NumberStyle) {
  const values = new Map<string, Float64Array>();
  const ignoredColumns: string[] = [];
  for (const [column, name] of table.names.entries()) {
    if (column === dateColumn && !required.has(column)) continue;
    const hasNumber = table.rows.some(({ cells }) => looksNumeric(cells[column]!));
    if (hasNumber || required.has(column)) {
      values.set(
        name,
        Float64Array.from(table.rows, (row) => readNumber(row, column, name, style)),
      );
    } else {
      ignoredColumns.push(name);
    }
  }
  if (values.size === 0 && table.rows.length > 0) {
    refuse('readCsv', {
      expected: 'at least one column of numbers',
      got: `none among ${table.names.join(', ')}`,
    });
  }
  return { values, ignoredColumns };
}

function readNumber({ line, cells }: CsvRecord, column: number, name: string, style: NumberStyle): number {
  const cell = cells[column]!;
  const value = parseNumber(cell, style);
  if (value !== undefined && Number.isFinite(value)) return value;
  const kind = value !== undefined || isNumberWord(cell) ? 'a finite number' : 'a number';
  refuse('readCsv', {
    expected: `${kind} in column ${quoted(name)} on line ${line}`,
    got: cell === '' ? 'an empty cell' : quoted(cell),
    remedy:
      looksNumeric(cell) && cell.includes(',')
        ? 'say whether the comma is decimal (decimalSeparator)'
        : 'mend or remove that line',
  });
}

function accessTo(values: ReadonlyMap<string, Float64Array>, rowCount: number) {
  const columns = [...values.keys()];
  const columnOf = (scope: string, name: string) => values.get(columns[requireName(scope, columns, name)]!)!;
  return {
    columns,
    rowCount,
    column: (name: string) => columnOf('column', name).slice(),
    matrix(names: readonly string[] = columns) {
      const chosen = names.map((name) => columnOf('matrix', name));
      const matrix = new Float64Array(rowCount * chosen.length);
      for (let index = 0; index < matrix.length; index += 1) {
        matrix[index] = chosen[index % chosen.length]![Math.floor(index / chosen.length)]!;
      }
      return matrix;
    },
  };
}
