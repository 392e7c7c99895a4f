import { quoted } from '@unrolled/errors';
import type { PriceFinding, PriceFindingKind } from '../findings/finding';
import { columnsWithRole } from './column-roles';
import { isMissing, withoutUnit } from './numbers';
import type { CsvRecord } from './records';

/** Notable properties of a file that was read. */
export interface CsvFinding extends Partial<Pick<PriceFinding, 'lastLine' | 'columns' | 'factor'>> {
  /**
   * - `missing-cell`: a cell without a value, in a dropped row or in a column that is not required
   * - `unreadable-cell`: a cell that is not a number, in a numeric column that is not required
   * - `duplicate-date`: a row that was dropped because another row has its date
   * - `missing-days`: fewer missing days than a week has, compared with the usual spacing; mostly holidays
   * - `gap`: more missing days, or a step between rows of more than one and a half times the usual one
   * - `zero-volume`: a row without trading, or a source without volumes
   * - `skipped-line`: a line that is not a row: a footer, a repeated header, a dividend among prices
   * - `no-header`: columns that were named by their contents
   * - `open-separator`: numbers such as `65.060` in a file with semicolons, where the point may separate
   *   thousands
   * - `encoding`: a file that is not UTF-8, and the encoding that was used
   * - the kinds of `priceFindings`
   */
  readonly kind:
    | 'missing-cell'
    | 'unreadable-cell'
    | 'duplicate-date'
    | 'missing-days'
    | 'gap'
    | 'zero-volume'
    | 'skipped-line'
    | 'no-header'
    | 'open-separator'
    | 'encoding'
    | PriceFindingKind;
  /** Number of the line in the file, from 1. */
  readonly line: number;
  readonly column: string;
  /** A sentence that names line and column. */
  readonly message: string;
}

/** A column's numbers. Faulty cells are NaN, and the first of them is reported. */
export interface ReadColumn {
  readonly values: Float64Array;
  readonly fault: CellFault | undefined;
}

/** A cell that is not a finite number. */
export interface CellFault {
  readonly line: number;
  readonly column: string;
  readonly cell: string;
}

/** Rows with volume 0. A volume of 0 in every row is one finding. */
export function findZeroVolumes(
  rows: readonly CsvRecord[],
  columns: ReadonlyMap<string, ReadColumn>,
): CsvFinding[] {
  const names = [...columns.keys()];
  const column = names[columnsWithRole(names, 'volume')[0] ?? -1];
  if (column === undefined || rows.length === 0) return [];
  const { values } = columns.get(column)!;
  const found = (line: number, message: string): CsvFinding => ({
    kind: 'zero-volume',
    line,
    column,
    message,
  });
  const name = `the volume in column ${quoted(column)}`;
  if (values.length > 1 && values.every((value) => value === 0)) {
    const { line } = rows[0]!;
    return [found(line, `${name} is 0 in every row from line ${line} on: the source has no volumes`)];
  }
  return rows.flatMap(({ line }, row) =>
    values[row] === 0 ? [found(line, `${name} on line ${line} is 0`)] : [],
  );
}

/**
 * Numbers with three digits after a point, in a file whose cells are not separated by commas: the point may
 * separate thousands in a country with decimal commas. Whole numbers above a thousand show that thousands are
 * not separated.
 *
 * @param columns the numeric columns
 */
export function findOpenPoints(
  rows: readonly CsvRecord[],
  names: readonly string[],
  columns: readonly number[],
): CsvFinding[] {
  const isLong = ({ cells }: CsvRecord) =>
    columns.some((column) => /^[+-]?\d{4,}$/.test(withoutUnit(cells[column]!)));
  if (rows.some(isLong)) return [];
  for (const column of columns) {
    const bare = ({ cells }: CsvRecord) => (isMissing(cells[column]!) ? '' : withoutUnit(cells[column]!));
    const first = rows.find((row) => bare(row).includes('.'));
    const areAll = rows.every((row) => /^([+-]?[1-9]\d{0,2}(\.\d{3})?)?$/.test(bare(row)));
    if (first === undefined || !areAll) continue;
    const numbers = `numbers like ${quoted(first.cells[column]!)} on line ${first.line}, in column ${quoted(names[column]!)}`;
    const message = `${numbers}, are read with a decimal point; set \`decimalSeparator: ','\` if it separates thousands`;
    return [{ kind: 'open-separator', line: first.line, column: names[column]!, message }];
  }
  return [];
}
