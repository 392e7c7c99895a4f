/** A cell of a CSV file; `undefined`, `null` and NaN give an empty cell. */
export type CsvCell = string | number | boolean | null | undefined;

/** A spreadsheet evaluates a cell that begins like this as a formula, except a number with a sign. */
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * A cell as in RFC 4180. A text that a spreadsheet would evaluate as a formula gets a leading apostrophe,
 * which spreadsheets hide. Numbers stay numbers.
 */
export function csvCell(cell: CsvCell): string {
  if (cell === null || cell === undefined || Number.isNaN(cell)) return '';
  const isFormula = typeof cell === 'string' && FORMULA.test(cell) && !NUMBER.test(cell);
  const text = isFormula ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
