/** A cell of a CSV file; `undefined`, `null` and NaN are nothing. */
export type CsvCell = string | number | boolean | null | undefined;

/** Spreadsheets run a cell that begins so as a formula; a number with a sign is none. */
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * A cell as RFC 4180 writes it. A text that a spreadsheet would run as a formula has an apostrophe in front,
 * which it hides; numbers stay numbers.
 */
export function csvCell(cell: CsvCell): string {
  if (cell === null || cell === undefined || Number.isNaN(cell)) return '';
  const isFormula = typeof cell === 'string' && FORMULA.test(cell) && !NUMBER.test(cell);
  const text = isFormula ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
