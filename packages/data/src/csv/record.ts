/** One record of a file: its cells, trimmed, and the line of the file, from 1, on which it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}
