import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions } from '../refuse';
import { type ColumnRole, columnsWithRole } from './column-roles';
import type { CsvFile } from './read-csv';

/** The names of a file's columns by role; undefined if the file lacks one. */
export type PriceColumns = { readonly [role in ColumnRole]: string | undefined };

const KINDS: OptionKinds<Pick<CsvFile, 'columns' | 'dateColumn'>> = {
  columns: 'array',
  dateColumn: 'string?',
};

/**
 * Finds the price columns in a file of any provider: `Close`, `4. close`, `<CLOSE>`, `Close/Last`,
 * `GOOG.Close`, `Price`; `Adj Close`, `adjusted_close`, `5. adjusted close`; `Volume`, `Vol.`, `<VOL>`. Names
 * of the adjusted close never match the close.
 */
export function priceColumns(table: Pick<CsvFile, 'columns' | 'dateColumn'>): PriceColumns {
  checkOptions('priceColumns', table, KINDS, true);
  const { columns, dateColumn } = table;
  for (const name of columns) checkKind('priceColumns', 'a column', name, 'string');
  const named = (role: ColumnRole) => {
    const [index] = columnsWithRole(columns, role);
    return index === undefined ? undefined : columns[index];
  };
  return {
    date: dateColumn,
    open: named('open'),
    high: named('high'),
    low: named('low'),
    close: named('close'),
    adjustedClose: named('adjustedClose'),
    volume: named('volume'),
  };
}
