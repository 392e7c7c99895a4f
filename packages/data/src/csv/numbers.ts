import type { CsvRecord } from './record';

/** The decimal separator. */
export type DecimalSeparator = '.' | ',';

/** The number format of one file. */
export interface NumberStyle {
  /** Undefined: read as a point, and `1,247` is ambiguous. */
  readonly decimalSeparator: DecimalSeparator | undefined;
}

const plain = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** Thousands separated by commas, or India's groups: 1,247,700 and 12,47,700. */
const grouped = /^[+-]?([1-9]\d{0,2}(,\d{3})+|[1-9]\d?(,\d{2})+,\d{3})(\.\d*)?$/;
/** Thousands separated by spaces (also non-breaking ones) or apostrophes; the comma is decimal. */
const spaced = /^[+-]?\d{1,3}([\s'’´ʼ]\d{3})+([.,]\d*)?$/;
/** One comma and three digits: thousands, or a decimal comma, depending on the country. */
const ambiguous = /^[+-]?[1-9]\d{0,2},\d{3}$/;
/**
 * A comma that cannot separate thousands (1,5 or 12,3456 or 0,125 or 1.247,00), or points that must
 * (1.247.700).
 */
const decimalComma =
  /^[+-]?(\d{1,3}(\.\d{3})+,\d+|\d+,(\d{1,2}|\d{4,})|(0|\d{4,}),\d+|[1-9]\d{0,2}(\.\d{3}){2,})$/;
/** A point that cannot separate thousands: 1.5 or 12.3456 or 0.125 or 1,247.00. */
const decimalPoint = /^[+-]?(\d{1,3}(,\d{2,3})*,\d{3}\.\d+|\d+\.(\d{1,2}|\d{4,})|(0|\d{4,})\.\d+)$/;
/** Commas that must separate thousands: 1,247,700 or 12,47,700. */
const severalCommas = /^[+-]?\d{1,3}(,\d{2,3})+,\d{3}$/;

const currency =
  '(?:[A-Z]{0,2}\\$|[€£¥₹₩₽₿₺₫฿￥￦]|(?:USD|EUR|GBP|CHF|JPY|CNY|INR|KRW|BRL|PLN|RUB|AUD|CAD|HKD|SEK|NOK|DKK)(?![A-Za-z])|Rs\\.?|kr\\.?|zł|원|円|元)';
const currencyBefore = new RegExp(String.raw`^([+-]?)\s*${currency}\s*(?=[-+(\d.,])`);
const currencyOrPercentAfter = new RegExp(String.raw`(?<=[\d.])\s*(${currency}|%|％)$`);
const magnitude = /(?<=\d\.?)\s*(k|m|b|t|tsd|mio|mrd|mn|bn|тыс|млн|млрд|[万萬만亿億억兆조])\.?$/i;
const magnitudes: Readonly<Record<string, number>> = {
  ...{ k: 3, m: 6, b: 9, t: 12, tsd: 3, mio: 6, mrd: 9, mn: 6, bn: 9, тыс: 3, млн: 6, млрд: 9 },
  ...{ 万: 4, 萬: 4, 만: 4, 亿: 8, 億: 8, 억: 8, 兆: 12, 조: 12 },
};

/** A number without signs and separators, and the power of ten of a letter after it. */
function undress(cell: string): { text: string; exponent: number } {
  // Fast path: most cells are plain numbers, and a file has many.
  if (plain.test(cell) || !/\d/.test(cell)) return { text: cell, exponent: 0 };
  const inBrackets = /^\((.*)\)$/;
  let text = cell.replace(/^([^\d]*)[\u2212\u2013](?=[^\d]*[\d.,])/, '$1-').replace(inBrackets, '-$1');
  text = text.replace(currencyBefore, '$1').replace(inBrackets, '-$1').replace(currencyOrPercentAfter, '');
  const letter = magnitude.exec(text);
  if (letter !== null) text = text.slice(0, letter.index);
  if (spaced.test(text)) text = text.replace(/[\s'’´ʼ]/g, '').replace(',', '.');
  return { text, exponent: letter === null ? 0 : magnitudes[letter[1]!.toLowerCase()]! };
}

/** A number as in its cell, without a currency sign, a percent sign or brackets. */
export function withoutUnit(cell: string): string {
  return undress(cell).text;
}

/**
 * A cell's number, or undefined if it is not a number. Thousands separators are removed: `"1,247,700.5"`,
 * `1 247 700,5`, or `1.247.700,5` with a decimal comma. So are a currency sign and a percent sign; `35.6K`,
 * `1.2M`, `3B` and `1T` are thousands to 10¹², and `(1.5)` is −1.5. If the meaning of the comma is unknown,
 * `1,247` is ambiguous: not a number.
 */
export function parseNumber(cell: string, { decimalSeparator }: NumberStyle): number | undefined {
  const { text: undressed, exponent } = undress(cell);
  let text = undressed;
  if (decimalSeparator === ',' && !spaced.test(cell)) {
    text = text.replace(/[.,]/g, (mark) => (mark === ',' ? '.' : ','));
  }
  if (grouped.test(text)) {
    if (decimalSeparator === undefined && ambiguous.test(text)) return undefined;
    text = text.replaceAll(',', '');
  }
  if (!plain.test(text)) return undefined;
  // Through its decimal notation: 1.2 · 10⁶ would round twice.
  return Number(exponent === 0 ? text : `${text}e${exponent}`);
}

/** 27.11.2026, 27.11.26 and 2026.11.27 are not numbers, because thousands have three digits. */
const dotted = /^(\d{1,2}\.\d{1,2}\.(\d{4}|\d{2})|\d{4}\.\d{1,2}\.\d{1,2})$/;

/**
 * Whether a cell looks like a number, readable or not: digits, points and commas, or NaN and similar.
 */
export function looksNumeric(cell: string): boolean {
  return (
    (!dotted.test(cell) && /^[+-]?[.,]?\d[\d.,]*(e[+-]?\d+)?$/i.test(undress(cell).text)) ||
    isNumberWord(cell)
  );
}

/** Whether a point or a comma in a cell is certainly a decimal separator. */
export function hasFraction(cell: string): boolean {
  const { text } = undress(cell);
  return decimalComma.test(text) || decimalPoint.test(text);
}

/** NaN, infinity, null and similar words. */
export function isNumberWord(cell: string): boolean {
  return /^[+-]?(inf|infinity)$/i.test(cell) || (cell !== '' && isMissing(cell));
}

/**
 * Whether a cell says that there is no value: empty, a dash, null, NaN, N/A; pandas' <NA>, the colon of
 * Eurostat, the two points of the World Bank, the question mark of UCI's files, an error of Excel.
 */
export function isMissing(cell: string): boolean {
  return /^([-–—]{0,3}|\.{1,2}|:|\?|null|none|[+-]?nan|na|<na>|n\/a|n\.a\.|#n\/a( n\/a)?|#(div\/0!|value!|ref!|num!|name\?|null!)|\\n)$/i.test(
    cell,
  );
}

/**
 * Two cells of a column that contradict each other if no other cell shows the decimal separator: `1.135` and
 * `900`. Decimals with three digits would have a point too, and thousands would be separated by commas.
 * Undefined for a column with another kind of number, or without both.
 */
export function contraryPoints(
  rows: readonly CsvRecord[],
  column: number,
): { readonly point: CsvRecord; readonly whole: CsvRecord } | undefined {
  let [point, whole]: (CsvRecord | undefined)[] = [];
  for (const row of rows) {
    const cell = row.cells[column]!;
    if (isMissing(cell)) continue;
    const { text, exponent } = undress(cell);
    if (exponent !== 0 || !/^[+-]?(0|[1-9]\d{0,2}(\.\d{3})?)$/.test(text)) return undefined;
    if (text.includes('.')) point ??= row;
    else if (Number(text) !== 0) whole ??= row;
  }
  return point && whole && { point, whole };
}

/**
 * Whether a column is numeric: any cell is a number, or a word such as NaN. A letter after digits, as in 3M,
 * means a million only if every other cell is a number, too.
 */
export function isNumericColumn(rows: readonly CsvRecord[], column: number): boolean {
  let [isEmpty, areAll] = [true, true];
  for (const { cells } of rows) {
    const cell = cells[column]!;
    if (isMissing(cell) && !/nan/i.test(cell)) continue;
    isEmpty = false;
    if (!looksNumeric(cell)) areAll = false;
    else if (undress(cell).exponent === 0) return true;
  }
  return !isEmpty && areAll;
}

/**
 * The decimal separator, from all cells of the given columns: a point if a point cannot separate thousands,
 * or commas must; a comma in the opposite case. If neither holds, cells such as `1,247` are thousands if the
 * other cells of their column are whole numbers below a thousand, because decimals with three digits would
 * have a comma too; or if such cells are only in columns of volumes.
 *
 * @param volumes the columns of volumes
 */
export function guessDecimalSeparator(
  rows: readonly CsvRecord[],
  columns: readonly number[],
  volumes: readonly number[] = [],
): DecimalSeparator | undefined {
  let [comma, commas] = [false, false];
  const open = new Set<number>();
  for (const { cells } of rows) {
    for (const column of columns) {
      const { text } = undress(cells[column]!);
      if (decimalPoint.test(text) && !spaced.test(cells[column]!)) return '.';
      comma ||= decimalComma.test(text);
      if (!text.includes(',')) continue;
      commas ||= severalCommas.test(text);
      if (ambiguous.test(text)) open.add(column);
    }
  }
  if (comma !== commas) return comma ? ',' : '.';
  if (comma || open.size === 0) return undefined;
  const hasUnits = (column: number) =>
    rows.some(({ cells }) => /^[+-]?\d{1,3}$/.test(withoutUnit(cells[column]!)));
  return [...open].some(hasUnits) || [...open].every((column) => volumes.includes(column)) ? '.' : undefined;
}
