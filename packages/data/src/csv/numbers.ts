import type { CsvRecord } from './records';

/** What stands before a number's fraction. */
export type DecimalSeparator = '.' | ',';

/** How a cell is read as a number in one file. */
export interface NumberStyle {
  /** Undefined: a point, for all that is known. */
  readonly decimalSeparator: DecimalSeparator | undefined;
  readonly delimiter: string;
}

const plain = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const grouped = /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/;
/** Thousands set apart by spaces, also those that do not break a line, or by apostrophes: the comma is decimal. */
const spaced = /^[+-]?\d{1,3}([\s'’]\d{3})+([.,]\d*)?$/;
/** One comma and three digits: a thousand and more, or a little more than a unit, as the country has it. */
const ambiguous = /^[+-]?\d{1,3},\d{3}$/;
/** A comma that cannot separate thousands: 1,5 or 12,3456 or 1.247,00. */
const decimalComma = /^[+-]?(\d{1,3}(\.\d{3})+|\d+),(\d{1,2}|\d{4,})$/;
/** A point that cannot separate thousands: 1.5 or 12.3456 or 1,247.00. */
const decimalPoint = /^[+-]?(\d{1,3}(,\d{3})+|\d+)\.(\d{1,2}|\d{4,})$/;

const currency = '[$€£¥₹₩₽₿]';
const currencyBefore = new RegExp(String.raw`^([+-]?)\s*${currency}\s*`);
const currencyOrPercentAfter = new RegExp(String.raw`\s*(${currency}|%)$`);
const magnitudes: Readonly<Record<string, number>> = { k: 3, m: 6, b: 9, t: 12 };

/** A number without its dress, and the power of ten that a letter behind it meant. */
function undress(cell: string): { text: string; exponent: number } {
  // Most cells are bare, and a file has many.
  if (plain.test(cell)) return { text: cell, exponent: 0 };
  let text = cell.replace('\u2212', '-').replace(/^\((.*)\)$/, '-$1');
  text = text.replace(currencyBefore, '$1').replace(currencyOrPercentAfter, '');
  const letter = /\d\.?\s*([kmbt])$/i.exec(text)?.[1];
  if (letter !== undefined) text = text.slice(0, -1).trimEnd();
  if (spaced.test(text)) text = text.replace(/[\s'’]/g, '').replace(',', '.');
  return { text, exponent: letter === undefined ? 0 : magnitudes[letter.toLowerCase()]! };
}

/**
 * A cell's number, or undefined when it is none. Thousands separators are taken out: `"1,247,700.5"`, `1 247 700,5`, or
 * `1.247.700,5` with a decimal comma. So are a currency's sign and a percent sign; `35.6K`, `1.2M`, `3B` and `1T` are
 * thousands to 10¹², and `(1.5)` is −1.5. Where commas do not separate the cells, `1,247` could be either: no number.
 */
export function parseNumber(cell: string, { decimalSeparator, delimiter }: NumberStyle): number | undefined {
  const { text: undressed, exponent } = undress(cell);
  let text = undressed;
  if (decimalSeparator === ',' && !spaced.test(cell)) {
    text = text.replace(/[.,]/g, (mark) => (mark === ',' ? '.' : ','));
  }
  if (grouped.test(text)) {
    if (decimalSeparator === undefined && delimiter !== ',' && ambiguous.test(text)) return undefined;
    text = text.replaceAll(',', '');
  }
  if (!plain.test(text)) return undefined;
  // By its decimal notation: 1.2 · 10⁶ would round twice.
  return Number(exponent === 0 ? text : `${text}e${exponent}`);
}

/** Whether a cell stands where a number would, one that can be read or not: digits, points and commas, or NaN and its like. */
export function looksNumeric(cell: string): boolean {
  return /^[+-]?[.,]?\d[\d.,]*(e[+-]?\d+)?$/i.test(undress(cell).text) || isNumberWord(cell);
}

/** NaN, infinity, null and their like. */
export function isNumberWord(cell: string): boolean {
  return /^[+-]?(inf|infinity)$/i.test(cell) || (cell !== '' && isMissing(cell));
}

/** Whether a cell says that there is no value: empty, a dash, null, NaN, N/A. */
export function isMissing(cell: string): boolean {
  return /^([-–—]{0,3}|\.|null|none|nan|na|n\/a|n\.a\.|#n\/a)$/i.test(cell);
}

/**
 * Whether a column is one of numbers: any cell is one, or is a computer's word for a number that is none. Letters behind
 * digits, 3M, are a million only where every other cell is a number too.
 */
export function isNumericColumn(cells: readonly string[]): boolean {
  const present = cells.filter((cell) => !isMissing(cell) || /nan/i.test(cell));
  const lettered = (cell: string) => undress(cell).exponent > 0;
  return (
    present.some((cell) => looksNumeric(cell) && !lettered(cell)) ||
    (present.length > 0 && present.every(looksNumeric))
  );
}

/** A comma, when a cell has one that cannot separate thousands and none has such a point. */
export function guessDecimalSeparator(rows: readonly CsvRecord[]): DecimalSeparator | undefined {
  let comma = false;
  for (const { cells } of rows) {
    for (const cell of cells) {
      const { text } = undress(cell);
      if (decimalPoint.test(text) && !spaced.test(cell)) return undefined;
      comma ||= decimalComma.test(text);
    }
  }
  return comma ? ',' : undefined;
}
