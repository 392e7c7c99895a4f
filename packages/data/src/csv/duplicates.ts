import { quoted } from '@unrolled/errors';
import { refuse } from '../refuse';
import { compareDates, type ParsedDate } from './dates';
import type { CsvFinding } from './findings';
import type { CsvTable } from './header';

/** Handling of rows with the same date: the row to keep, by its position in the file. */
export type DuplicatePolicy = 'refuse' | 'keep-first' | 'keep-last';

/**
 * Rows in chronological order, each date once.
 *
 * @param column the column of dates
 * @returns row numbers, and a finding for each dropped row
 * @throws UnrolledError naming date, lines and column if a date is repeated, unless one of its rows is to be
 *   kept
 */
export function sortByDate(
  dates: readonly ParsedDate[],
  { names, rows }: CsvTable,
  column: number,
  policy: DuplicatePolicy,
): { order: number[]; findings: CsvFinding[] } {
  const name = names[column]!;
  const findings: CsvFinding[] = [];
  const order: number[] = [];
  for (const row of dates.map((_, row) => row).sort((a, b) => compareDates(dates[a]!, dates[b]!) || a - b)) {
    const last = order.at(-1);
    if (last === undefined || compareDates(dates[last]!, dates[row]!) !== 0) {
      order.push(row);
      continue;
    }
    const twice = `${dates[row]!.iso} on lines ${rows[last]!.line} and ${rows[row]!.line}`;
    if (policy === 'refuse') {
      refuse('readCsv', {
        expected: `unique dates in column ${quoted(name)}`,
        got: twice,
        remedy:
          "remove one of the rows, or choose which to keep (`duplicates: 'keep-first' or 'keep-last'`); if the file has several series, name the column that distinguishes them (`seriesColumn`)",
      });
    }
    const dropped = policy === 'keep-first' ? row : last;
    if (policy === 'keep-last') order[order.length - 1] = row;
    const { line } = rows[dropped]!;
    findings.push({
      kind: 'duplicate-date',
      line,
      column: name,
      message: `${twice}, in column ${quoted(name)}: the row on line ${line} was dropped`,
    });
  }
  return { order, findings };
}
