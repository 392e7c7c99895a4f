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
/** One comma and three digits: a thousand and more, or a little more than a unit, as the country has it. */
const ambiguous = /^[+-]?\d{1,3},\d{3}$/;
/** A comma that cannot separate thousands: 1,5 or 12,3456 or 1.247,00. */
const decimalComma = /^[+-]?(\d{1,3}(\.\d{3})+|\d+),(\d{1,2}|\d{4,})$/;

/**
 * A cell's number, or undefined when it is none. Thousands separators are taken out: `"1,247,700.5"`, or
 * `1.247.700,5` with a decimal comma. Where commas do not separate the cells, `1,247` could be either: no number.
 */
export function parseNumber(cell: string, { decimalSeparator, delimiter }: NumberStyle): number | undefined {
  let text = cell;
  if (decimalSeparator === ',') text = text.replace(/[.,]/g, (mark) => (mark === ',' ? '.' : ','));
  if (plain.test(text)) return Number(text);
  if (!grouped.test(text)) return undefined;
  if (decimalSeparator === undefined && delimiter !== ',' && ambiguous.test(text)) return undefined;
  return Number(text.replaceAll(',', ''));
}

/** Whether a cell stands where a number would, one that can be read or not: digits, points and commas, or NaN and its like. */
export function looksNumeric(cell: string): boolean {
  return /^[+-]?[.,]?\d[\d.,]*(e[+-]?\d+)?$/i.test(cell) || isNumberWord(cell);
}

/** NaN, infinity, null and their like. */
export function isNumberWord(cell: string): boolean {
  return /^[+-]?(nan|inf|infinity|null|none|na|n\/a|-)$/i.test(cell);
}

/** A comma for a file whose cells no comma separates, when a cell has one that cannot separate thousands. */
export function guessDecimalSeparator(
  cells: Iterable<string>,
  delimiter: string,
): DecimalSeparator | undefined {
  if (delimiter === ',') return undefined;
  for (const cell of cells) if (decimalComma.test(cell)) return ',';
  return undefined;
}
