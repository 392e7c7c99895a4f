import { quoted } from '@unrolled/errors';
import type { CsvFinding } from './findings';
import { isMissing, looksNumeric } from './numbers';
import type { CsvRecord } from './records';
import { hasShape, isValue, looksLikeDate, type RowShape, widthOf } from './row-shape';

/** How a footer line begins: a total, or a note on the source. */
const FOOTER =
  /^(total|sum\b|summe|gesamt|average|mean\b|count\b|source|note|disclaimer|copyright|©|\*|end of|downloaded|exported|generated|data (from|provided)|합계|총계|평균|출처|合计|合計|总计|總計|総計|平均|来源|來源|出典|說明|说明|итог|всего|средн|источник|suma|razem|średni|totale|moyenne|somme|media|quelle|hinweis|fuente|fonte|nota|źródło)/i;

/** Lines among prices for a dividend, a split or a day without trading. */
const EVENT =
  /dividend|split|distribution|capital gain|spin-?off|ausschüttung|배당|분할|분배|分红|除息|除权|配当|分割|holiday|closed|feiertag|휴장|休市|休場/i;

/**
 * Drops the records that are not rows, with a finding for each: a footer (totals, a source, a disclaimer, a
 * count of bytes), a repeated header, and a dividend or a split among prices, which is a date and a text.
 *
 * @param below the records below the header
 */
export function leaveOut(
  below: readonly CsvRecord[],
  names: readonly string[],
  shape: RowShape,
): { rows: readonly CsvRecord[]; findings: readonly CsvFinding[] } {
  const findings: CsvFinding[] = [];
  const tell = ({ line, cells }: CsvRecord, what: string) => {
    const text = cells.filter(Boolean).join(' | ');
    const message = `line ${line} is ${what} and was skipped: ${quoted(text)}`;
    findings.push({ kind: 'skipped-line', line, column: names[0]!, message });
  };
  const end = 1 + below.findLastIndex((record) => hasShape(record, shape));
  const hasFooter = end > 0 && below[end] !== undefined && isFooter(below[end], below[end - 1]!, shape);
  const footer = hasFooter ? end : below.length;
  for (const record of below.slice(footer)) tell(record, 'no row');
  const rows: CsvRecord[] = [];
  for (let at = 0; at < footer; at++) {
    const row = below[at]!;
    if (rows.length === 0 && isSecondHeader(row, shape)) tell(row, 'another line of the header');
    else if (isHeaderAgain(row, names)) tell(row, 'a repeated header');
    else if (isEvent(row, names.length)) tell(row, 'an event among the prices');
    else rows.push(withoutTrailing(row, names.length));
  }
  return { rows, findings };
}

function isFooter({ cells }: CsvRecord, row: CsvRecord, { width, values }: RowShape): boolean {
  const first = cells.find(Boolean)!;
  if (FOOTER.test(first)) return true;
  if (looksLikeDate(first)) return false;
  // A single number may be the start of a row if rows start with one.
  if (widthOf(cells) === 1) return width > 1 && !(looksNumeric(first) && looksNumeric(row.cells[0]!));
  const words = cells.join(' ').match(/\p{L}{2,}/gu)?.length ?? 0;
  return words > 2 && values.filter((column) => isValue(cells[column] ?? '')).length < 2;
}

/**
 * Units below the names, the name of an index, a line of dashes, or the date of the data: texts without a
 * number, in a file whose rows have several values.
 */
function isSecondHeader({ cells }: CsvRecord, { values }: RowShape): boolean {
  const isRule = cells.every((cell) => /^[:=+-]*$/.test(cell)) && cells.some((cell) => cell.length > 1);
  const isNumber = (cell: string) => looksNumeric(cell) && !isMissing(cell);
  const isWord = (cell: string) => /^\D+$/.test(cell) && !isValue(cell);
  const isTold = !cells.some(isNumber) && values.some((column) => isWord(cells[column] ?? ''));
  return values.length > 1 && (isRule || isTold || !cells.some(isValue));
}

function isHeaderAgain({ cells }: CsvRecord, names: readonly string[]): boolean {
  return (
    cells[0] === names[0] &&
    cells.length >= names.length &&
    names.every((name, column) => name === cells[column])
  );
}

function isEvent({ cells }: CsvRecord, width: number): boolean {
  if (width < 3 || (cells.length >= width && cells[width - 1] !== '')) return false;
  const [first, text, ...others] = cells.filter(Boolean);
  return others.length === 0 && text !== undefined && looksLikeDate(first!) && EVENT.test(text);
}

function withoutTrailing(row: CsvRecord, width: number): CsvRecord {
  const { line, cells } = row;
  return cells.length > width && widthOf(cells) <= width ? { line, cells: cells.slice(0, width) } : row;
}
