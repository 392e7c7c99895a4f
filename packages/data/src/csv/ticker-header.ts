import { rolesOf } from './column-roles';
import { looksNumeric } from './numbers';
import type { CsvRecord } from './records';
import { widthOf } from './row-shape';

/** A header in several lines. */
export interface TickerHeader {
  readonly cells: readonly string[];
  readonly line: number;
  /** Number of its records, including those above it. */
  readonly end: number;
}

/**
 * Reads a header in two lines, tickers and fields in either order, as pandas writes columns of two levels
 * (yfinance's `Price,Close,Close`, `Ticker,AAPL,MSFT`, `Date,,`), with or without a third line that names the
 * index. A single ticker is ignored; of several, each column's name includes its own: `Close AAPL`.
 *
 * @param above the records above the first row
 */
export function tickerHeader(above: readonly CsvRecord[]): TickerHeader | undefined {
  const last = above.at(-1);
  if (last === undefined) return undefined;
  const namesIndex = above.length > 2 && widthOf(last.cells) <= 1 && last.cells.length > 1;
  const [first, second] = above.slice(namesIndex ? -3 : -2);
  if (first === undefined || second === undefined || first.cells.length !== second.cells.length)
    return undefined;
  if ([...first.cells, ...second.cells].some(looksNumeric)) return undefined;
  const fieldsFirst = known(first.cells) > known(second.cells);
  const fields = fieldsFirst ? first : second;
  const tickers = filled((fieldsFirst ? second : first).cells);
  // If one of two lines is a complete header, the other is a title.
  const repeats = new Set(fields.cells.slice(1)).size < fields.cells.length - 1;
  if (!namesIndex && !(repeats && first.cells[0] === second.cells[0])) return undefined;
  const several = new Set(tickers.slice(1)).size > 1;
  const names = fields.cells.map((name, column) =>
    several && column > 0 ? `${name} ${tickers[column]}`.trim() : name,
  );
  return {
    cells: [namesIndex ? last.cells[0]! : fields.cells[0]!, ...names.slice(1)],
    line: first.line,
    end: above.length,
  };
}

function known(cells: readonly string[]): number {
  return rolesOf(cells).filter(Boolean).length;
}

/** A merged cell of a spreadsheet applies to all columns up to the next one. */
function filled(cells: readonly string[]): string[] {
  const result: string[] = [];
  for (const cell of cells) result.push(cell === '' && result.length > 1 ? result.at(-1)! : cell);
  return result;
}
