import { refuse } from '../refuse';
import { type InputSeries, placeOf } from './input';
import type { TrainedCategories } from './read-options';
import type { SeriesTable } from './tables';

/**
 * The static columns of each series. A column is numeric if every series has a number in it; otherwise it is
 * a category. For a saved model, a column has the kind that it had in training.
 *
 * @throws UnrolledError naming file, series and line, if a cell is empty or differs from the cells above it,
 *   or if a saved model does not know a category or gets a text for a number
 */
export function staticsOf(
  tables: readonly SeriesTable[],
  trained?: TrainedCategories,
): Pick<InputSeries, 'staticNumbers' | 'staticCategories'>[] {
  const columns = Object.keys(tables[0]?.texts ?? {});
  const texts = tables.map((table) => columns.map((column) => theOnly(table, column, trained !== undefined)));
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

function theOnly(table: SeriesTable, column: string, isTrained: boolean): string {
  const cells = table.texts[column]!;
  const other = cells.findIndex((cell) => cell === '' || cell !== cells[0]);
  if (other < 0) return cells[0]!;
  return refuse(isTrained ? 'files' : '--static', {
    expected: `one value of '${column}' in all rows of ${placeOf(table)}`,
    got: `'${cells[0]}', and on line ${table.lines[other]} '${cells[other]}'`,
    remedy: isTrained
      ? 'correct the cell, or leave the series out (--only)'
      : 'fill the cell, or if the column changes, pass it to --known or --past',
  });
}
