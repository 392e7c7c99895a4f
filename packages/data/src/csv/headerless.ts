import { quoted } from '@unrolled/errors';
import { refuse } from '../refuse';
import { type DateColumns, findDateColumns } from './dates/columns';
import type { CsvFinding } from './findings';
import { type CsvTable, requireWidth } from './header';
import { guessDecimalSeparator, looksNumeric, parseNumber } from './numbers';

/** The price fields in the order that almost every source without a header uses. */
const FIELDS = ['Open', 'High', 'Low', 'Close'];

/** Names that an error proposes. */
const MOST_PROPOSED = 20;

/** QuantConnect's Lean writes share prices as integers, in ten-thousandths. */
const LEAN_UNITS = 10_000;

/**
 * Names the columns of a file without a header by their contents, if these are unambiguous: a date with or
 * without a time, four columns in which the second is always the highest and the third the lowest, and a
 * volume. Other columns are named by their position.
 *
 * @throws UnrolledError if the contents are ambiguous, and for a row of another width
 */
export function nameByLayout(table: CsvTable): { table: CsvTable; findings: readonly CsvFinding[] } {
  const { rows, names } = table;
  if (rows.length === 0)
    refuse('readCsv', {
      expected: 'a header line and rows',
      got: 'lines without a name or a number',
      code: 'format',
      remedy: 'pass a table with a line of names and lines of numbers',
    });
  const whole = rows.filter(({ cells }) => cells.length === names.length);
  const dates = findDateColumns(
    { names, rows: whole },
    { given: undefined, required: [], isOrderGiven: true, hasSeries: () => false },
  );
  // One column may be in between, such as a constant time of day.
  const next = dates === undefined ? 0 : Math.max(...dates.all) + 1;
  const start = dates && [next, next + 1].find((column) => holdsPrices({ names, rows: whole }, column));
  if (dates === undefined || start === undefined) refuseNameless(table, dates);
  requireWidth(rows, names);
  const named = names.map((name, column) => {
    if (column === dates.date) return 'Date';
    if (dates.all.includes(column)) return 'Time';
    if (column === start + FIELDS.length && isAmount(table, column)) return 'Volume';
    return FIELDS[column - start] ?? name;
  });
  const isScaled = isLean(table, dates, start);
  const scaled = isScaled ? `; prices are divided by ${LEAN_UNITS}, as QuantConnect's Lean writes them` : '';
  const message = `no header above line ${rows[0]!.line}: from their cells, the columns are assumed to be ${named.join(', ')}${scaled}`;
  const finding: CsvFinding = { kind: 'no-header', line: rows[0]!.line, column: 'Date', message };
  return { table: { names: named, rows: isScaled ? divided(rows, start) : rows }, findings: [finding] };
}

function holdsPrices({ rows, names }: CsvTable, start: number): boolean {
  const columns = FIELDS.map((_, field) => start + field);
  if (rows.length < 3 || start + FIELDS.length > names.length) return false;
  const style = { decimalSeparator: guessDecimalSeparator(rows, columns) };
  let differs = false;
  const fits = rows.every(({ cells }) => {
    const [open, high, low, close] = columns.map(
      (column) => parseNumber(cells[column]!, style) ?? Number.NaN,
    );
    differs ||= high! > low!;
    return low! <= Math.min(open!, close!) && high! >= Math.max(open!, close!);
  });
  return fits && differs;
}

function isAmount({ rows }: CsvTable, column: number): boolean {
  return rows.every(({ cells }) => looksNumeric(cells[column]!) && !cells[column]!.startsWith('-'));
}

/**
 * A day with hours and minutes in digits, `20250519 00:00`, and prices as integers in hundredths of a cent.
 */
function isLean({ rows }: CsvTable, { date }: DateColumns, start: number): boolean {
  return rows.every(
    ({ cells }) =>
      /^\d{8} \d\d:\d\d$/.test(cells[date]!) &&
      cells.slice(start, start + FIELDS.length).every((cell) => /^\d{3,}$/.test(cell)),
  );
}

function divided(rows: CsvTable['rows'], start: number): CsvTable['rows'] {
  return rows.map(({ line, cells }) => ({
    line,
    cells: cells.map((cell, column) =>
      column >= start && column < start + FIELDS.length ? String(Number(cell) / LEAN_UNITS) : cell,
    ),
  }));
}

function refuseNameless({ rows, names }: CsvTable, dates: DateColumns | undefined): never {
  const { line, cells } = rows[0]!;
  if (names.length === 1 && /[,;\t|]/.test(cells[0]!)) {
    refuse('readCsv', {
      expected: 'several cells in each row',
      got: `one cell, ${quoted(cells[0]!)}, on line ${line}`,
      remedy: 'set the cell separator (`delimiter`)',
    });
  }
  const proposal = names
    .slice(0, MOST_PROPOSED)
    .map((_, column) => `'${column === dates?.date ? 'date' : `c${column + 1}`}'`);
  refuse('readCsv', {
    expected: 'a header line that names the columns',
    got: `the numbers ${quoted(cells.join(' '))} on line ${line}`,
    remedy: `name the ${names.length} columns, as in \`columns: [${proposal.join(', ')}${names.length > MOST_PROPOSED ? ', …' : ''}]\`, or add a header line`,
  });
}
