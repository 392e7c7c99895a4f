import { quoted } from '@unrolled/errors';
import { refuse } from '../refuse';
import type { CellFault, CsvFinding, ReadColumn } from './findings';
import { type CsvTable, requireName } from './header';
import {
  contraryPoints,
  hasFraction,
  isMissing,
  isNumberWord,
  isNumericColumn,
  looksNumeric,
  type NumberStyle,
  parseNumber,
} from './numbers';
import type { CsvRecord } from './record';

/** Handling of a row that lacks a required number; `keep` reads it as NaN. */
export type MissingPolicy = 'refuse' | 'drop-rows' | 'keep';

/** The columns of a file by their use, as indices. */
export interface ColumnPlan {
  readonly numeric: readonly number[];
  /** The numeric columns that must be complete. */
  readonly needed: ReadonlySet<number>;
  /** Columns without any number that are not dates. */
  readonly ignored: readonly number[];
}

/**
 * Separates numeric columns from others. The required columns must be complete; if none is named, every
 * numeric column must be.
 *
 * @param dates the columns of dates and times
 * @param texts columns that are read unchanged
 */
export function planColumns(
  { names, rows }: CsvTable,
  dates: readonly number[],
  requiredColumns: readonly string[],
  texts: ReadonlySet<number>,
): ColumnPlan {
  const required = new Set(
    requiredColumns.map((name) =>
      requireName('readCsv', names, name, 'name another column (`requiredColumns`)'),
    ),
  );
  const others = names.flatMap((_, column) =>
    dates.includes(column) && !required.has(column) ? [] : [column],
  );
  const isNumeric = (column: number) =>
    required.has(column) || (!texts.has(column) && isNumericColumn(rows, column));
  const numeric = others.filter(isNumeric);
  if (numeric.length === 0 && rows.length > 0) {
    refuse('readCsv', {
      expected: 'at least one numeric column',
      got: `no number in the columns ${names.join(', ')}`,
      remedy: 'pass a table with numbers, or set its cell separator (`delimiter`)',
    });
  }
  return {
    numeric,
    needed: required.size > 0 ? required : new Set(numeric),
    ignored: others.filter((column) => !numeric.includes(column)),
  };
}

/** Drops the rows in which a required cell has no value, and reports each. */
export function dropIncompleteRows(
  { names, rows }: CsvTable,
  { needed }: ColumnPlan,
): { table: CsvTable; findings: CsvFinding[] } {
  const findings: CsvFinding[] = [];
  const complete = rows.filter(({ line, cells }) => {
    const column = cells.findIndex((cell, index) => needed.has(index) && isMissing(cell));
    if (column < 0) return true;
    const finding = missingCell(line, names[column]!, cells[column]!);
    findings.push({ ...finding, message: `${finding.message}: the row was dropped` });
    return false;
  });
  return { table: { names, rows: complete }, findings };
}

/**
 * Refuses a point that may separate thousands or decimals, in a column that must be complete.
 *
 * @throws UnrolledError naming the column and two lines
 */
export function refuseContraryPoints({ names, rows }: CsvTable, { needed }: ColumnPlan): void {
  for (const column of needed) {
    const found = contraryPoints(rows, column);
    if (found === undefined) continue;
    const { point, whole } = found;
    const cellOf = ({ cells, line }: CsvRecord) => `${quoted(cells[column]!)} on line ${line}`;
    refuse('readCsv', {
      expected: `numbers that show the meaning of the point in column ${quoted(names[column]!)}`,
      got: `${cellOf(point)} and ${cellOf(whole)}`,
      remedy:
        "set `decimalSeparator: ','` if the point separates thousands, or `decimalSeparator: '.'` if it is decimal",
    });
  }
}

/**
 * Reads the numeric columns. A fault in a column that is not required is a finding; it is refused when that
 * column is read.
 *
 * @throws UnrolledError naming line and column if a cell of a required column is not a finite number
 */
export function readColumns(
  { names, rows }: CsvTable,
  { numeric, needed }: ColumnPlan,
  style: NumberStyle,
  missing: MissingPolicy,
): { columns: Map<string, ReadColumn>; findings: CsvFinding[] } {
  const columns = new Map<string, ReadColumn>();
  const findings: CsvFinding[] = [];
  for (const column of numeric) {
    const name = names[column]!;
    const values = Float64Array.from(rows, ({ cells }) => parseNumber(cells[column]!, style) ?? Number.NaN);
    const faults = rows.flatMap(({ line, cells }, row) =>
      Number.isFinite(values[row]) || (missing === 'keep' && isMissing(cells[column]!))
        ? []
        : [{ line, column: name, cell: cells[column]! }],
    );
    if (needed.has(column) && faults[0]) refuseCell('readCsv', faults[0]);
    columns.set(name, { values, fault: faults[0] });
    for (const { line, cell } of faults) {
      findings.push(isMissing(cell) ? missingCell(line, name, cell) : unreadableCell(line, name, cell));
    }
  }
  return { columns, findings };
}

/** Refuses a cell, in the name of the function that needs its number. */
export function refuseCell(scope: string, { line, column, cell }: CellFault): never {
  const isWord = isNumberWord(cell) || /^[+-]?\d+(\.\d*)?e/i.test(cell);
  refuse(scope, {
    expected: `${isWord ? 'a finite number' : 'a number'} in column ${quoted(column)} on line ${line}`,
    got: cell === '' ? 'an empty cell' : quoted(cell),
    remedy: isMissing(cell)
      ? "fill it in, or drop such rows (`missing: 'drop-rows'`)"
      : (commaAdvice(cell) ?? 'correct or delete that line'),
  });
}

/** The remedy if a comma or a point prevents reading; otherwise undefined. */
function commaAdvice(cell: string): string | undefined {
  if (hasFraction(cell)) return 'set `decimalSeparator`, or write all numbers with the same separator';
  return looksNumeric(cell) && cell.includes(',')
    ? "set `decimalSeparator: ','` if the comma is decimal, or `decimalSeparator: '.'` if it separates thousands"
    : undefined;
}

function missingCell(line: number, column: string, cell: string): CsvFinding {
  const got = cell === '' ? 'an empty cell' : quoted(cell);
  return {
    kind: 'missing-cell',
    line,
    column,
    message: `no number in column ${quoted(column)} on line ${line}, but ${got}`,
  };
}

function unreadableCell(line: number, column: string, cell: string): CsvFinding {
  return {
    kind: 'unreadable-cell',
    line,
    column,
    message: `no finite number in column ${quoted(column)} on line ${line}, but ${quoted(cell)}`,
  };
}
