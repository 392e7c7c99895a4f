import { quoted } from '@unrolled/errors';
import type { PriceFinding, PriceFindingKind } from '../findings/finding';
import { columnsWithRole } from './column-roles';
import type { CsvRecord } from './records';

/** Notable properties of a file that could be read. */
export interface CsvFinding extends Partial<Pick<PriceFinding, 'lastLine' | 'columns' | 'factor'>> {
  /**
   * - `missing-cell`: a cell without a value, in a row that was dropped or a column that nobody required
   * - `unreadable-cell`: a cell that is no number among numbers, in a column that nobody required
   * - `duplicate-date`: a row that was dropped because another has its date
   * - `missing-days`: days without a row, fewer than a week has, against the usual spacing: holidays, as a
   *   rule
   * - `gap`: more than that, or a step between rows above one and a half times the usual one
   * - `zero-volume`: a row in which nothing was traded, or a source without volumes
   * - `skipped-line`: a line that is no row: a footer, the header again, a dividend among prices
   * - `no-header`: columns that got their names by what they hold
   * - `open-separator`: numbers like `65.060` in a file of semicolons, in which the point could set thousands
   *   apart
   * - `encoding`: a file that is not UTF-8, and what it was read as
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

/** A column's numbers; NaN for its faults, of which the first is reported. */
export interface ReadColumn {
  readonly values: Float64Array;
  readonly fault: CellFault | undefined;
}

/** A cell that is no finite number. */
export interface CellFault {
  readonly line: number;
  readonly column: string;
  readonly cell: string;
}

/** Rows whose volume is 0; a volume of 0 throughout is one finding. */
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
    return [found(line, `${name} is 0 from line ${line} on in every row: the source has none`)];
  }
  return rows.flatMap(({ line }, row) =>
    values[row] === 0 ? [found(line, `${name} on line ${line} is 0`)] : [],
  );
}

/**
 * Numbers of three digits behind a point alone, in a file whose cells no comma separates: they may be
 * thousands of a country that has commas before its fractions. Whole numbers above a thousand show that none
 * are set apart.
 *
 * @param columns those of numbers
 */
export function findOpenPoints(
  rows: readonly CsvRecord[],
  names: readonly string[],
  columns: readonly number[],
): CsvFinding[] {
  if (rows.some(({ cells }) => columns.some((column) => /^[+-]?\d{4,}$/.test(cells[column]!)))) return [];
  for (const column of columns) {
    const first = rows.find(({ cells }) => cells[column]!.includes('.'));
    const areAll = rows.every(({ cells }) => /^([+-]?[1-9]\d{0,2}(\.\d{3})?)?$/.test(cells[column]!));
    if (first === undefined || !areAll) continue;
    const numbers = `numbers like ${quoted(first.cells[column]!)} on line ${first.line}, in column ${quoted(names[column]!)}`;
    const message = `${numbers}, are read with a point before their fraction; where it sets thousands apart, say so (\`decimalSeparator: ','\`)`;
    return [{ kind: 'open-separator', line: first.line, column: names[column]!, message }];
  }
  return [];
}
