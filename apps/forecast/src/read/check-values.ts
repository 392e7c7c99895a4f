import { refuse } from '../refuse';
import { type InputSeries, placeOf } from './input';
import type { SeriesTable } from './tables';

/** A fit sums squares. The squares of larger values are not finite. */
const LARGEST = 1e150;
const FEWEST = 2;

/** @throws UnrolledError naming column, file, series and line, if a number is too large for a fit */
export function checkSizes(
  table: Omit<SeriesTable, 'target' | 'past' | 'dates' | 'texts'> & Partial<SeriesTable>,
): void {
  const { values, known, past, lines, target, name } = table;
  for (const [column, cells] of Object.entries({ [target ?? name]: values, ...known, ...past })) {
    const wrong = cells.findIndex((value) => Math.abs(value) > LARGEST);
    if (wrong < 0) continue;
    refuse('files', {
      expected: `numbers from −${LARGEST} to ${LARGEST} in column '${column}'`,
      got: `${cells[wrong]} on line ${lines[wrong]} in ${placeOf(table)}`,
      remedy: 'correct it, leave the cell empty, or use a larger unit',
    });
  }
}

/** @throws UnrolledError naming file, series and line, if a value is impossible under `--distribution` */
export function checkDistribution(series: readonly InputSeries[], distribution: string | undefined): void {
  const ofCounts = distribution === 'poisson' || distribution === 'negativeBinomial';
  if (!ofCounts && distribution !== 'logNormal') return;
  for (const one of series) {
    const wrong = one.values.findIndex((value) =>
      ofCounts ? value < 0 || (!Number.isNaN(value) && !Number.isInteger(value)) : value <= 0,
    );
    if (wrong < 0) continue;
    refuse('--distribution', {
      expected: `${ofCounts ? 'counts, whole numbers from 0,' : 'values above 0'} for ${distribution}`,
      got: `${one.values[wrong]} on line ${one.lines[wrong]} in ${placeOf(one)}`,
      remedy: 'correct it, leave the cell empty, or choose another distribution, such as studentT',
    });
  }
}

/** @throws UnrolledError naming file, series and line, if a series has too few values to forecast from */
export function checkFewest(series: readonly InputSeries[]): void {
  for (const one of series) {
    const count = one.values.filter((value) => !Number.isNaN(value)).length;
    if (count >= FEWEST) continue;
    refuse('files', {
      expected: `at least ${FEWEST} values to forecast from in ${placeOf(one)}`,
      got: `${count}, on line ${one.lines.at(-1)}`,
      remedy: 'add rows to the file, or leave the series out (--only)',
    });
  }
}
