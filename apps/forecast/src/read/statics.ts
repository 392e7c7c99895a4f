import { refuse } from '../refuse';
import { type InputSeries, placeOf } from './input';
import type { SeriesTable } from './tables';

/**
 * What is the same in all rows of a series: a number where it is one in every series, else a category.
 *
 * @throws UnrolledError naming file, series and line for a cell that is empty, or another than above it
 */
export function staticsOf(
  tables: readonly SeriesTable[],
): Pick<InputSeries, 'staticNumbers' | 'staticCategories'>[] {
  const columns = Object.keys(tables[0]?.texts ?? {});
  const texts = tables.map((table) => columns.map((column) => theOnly(table, column)));
  const areNumbers = columns.map((_, at) =>
    texts.every((own) => own[at] !== '' && Number.isFinite(Number(own[at]))),
  );
  return texts.map((own) => {
    const entries = columns.map((column, at) => [column, own[at]!] as const);
    const numbers = entries.filter((_, at) => areNumbers[at]);
    return {
      staticNumbers: Object.fromEntries(numbers.map(([column, text]) => [column, Number(text)])),
      staticCategories: Object.fromEntries(entries.filter((_, at) => !areNumbers[at])),
    };
  });
}

function theOnly(table: SeriesTable, column: string): string {
  const cells = table.texts[column]!;
  const other = cells.findIndex((cell) => cell === '' || cell !== cells[0]);
  if (other < 0) return cells[0]!;
  return refuse('--static', {
    expected: `one value of '${column}' in all rows of ${placeOf(table)}`,
    got: `'${cells[0]}' and on line ${table.lines[other]} '${cells[other]}'`,
    remedy: 'fill it, or name the column as one that changes (--known or --past)',
  });
}
