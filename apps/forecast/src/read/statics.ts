import { refuse } from '../refuse';
import { type InputSeries, placeOf } from './input';
import type { TrainedCategories } from './read-options';
import type { SeriesTable } from './tables';

/**
 * What is the same in all rows of a series: a number where it is one in every series, else a category; for a
 * model that is trained, what it was then.
 *
 * @throws UnrolledError naming file, series and line for a cell that is empty, or another than above it, and
 *   for a category or a text that the training did not have
 */
export function staticsOf(
  tables: readonly SeriesTable[],
  trained?: TrainedCategories,
): Pick<InputSeries, 'staticNumbers' | 'staticCategories'>[] {
  const columns = Object.keys(tables[0]?.texts ?? {});
  const texts = tables.map((table) => columns.map((column) => theOnly(table, column)));
  const isNumber = (text: string) => Number.isFinite(Number(text));
  const areNumbers = columns.map((column, at) =>
    trained ? !Object.hasOwn(trained, column) : texts.every((own) => isNumber(own[at]!)),
  );
  return texts.map((own, place) => {
    const entries = columns.map((column, at) => [column, own[at]!] as const);
    const numbers = entries.filter((_, at) => areNumbers[at]);
    const categories = entries.filter((_, at) => !areNumbers[at]);
    if (trained) {
      for (const [column, text] of numbers)
        if (!isNumber(text)) refuseStatic(tables[place]!, column, text, 'a number');
      for (const [column, text] of categories)
        if (!trained[column]!.includes(text))
          refuseStatic(tables[place]!, column, text, `one of ${listed(trained[column]!)}`);
    }
    return {
      staticNumbers: Object.fromEntries(numbers.map(([column, text]) => [column, Number(text)])),
      staticCategories: Object.fromEntries(categories),
    };
  });
}

const listed = (names: readonly string[]) =>
  `${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`;

function refuseStatic(table: SeriesTable, column: string, text: string, expected: string): never {
  return refuse('files', {
    expected: `${expected} in column '${column}', as in the model's training`,
    got: `'${text}' on line ${table.lines[0]} in ${placeOf(table)}`,
    remedy: 'train again with it (forecast train), or leave the series out (--only)',
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
