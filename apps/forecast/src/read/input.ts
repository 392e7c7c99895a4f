import type { Frequency } from '@unrolled/forecasting';

/** One series of the files. It has a value or NaN for each step. */
export interface InputSeries {
  readonly name: string;
  readonly file: string;
  /** [n], from the first known value to the last one. A missing value is NaN. */
  readonly values: Float64Array;
  /** [n] ISO texts; undefined for files without dates. */
  readonly dates: readonly string[] | undefined;
  /** [n], the line of each step in its file; 0 if the step has no row. */
  readonly lines: Int32Array;
  /** The date of the step `ahead` (from 1) after the last value; undefined without dates. */
  readonly dateAhead: ((ahead: number) => string) | undefined;
  /** By column, [n + number of steps that are known ahead]. An empty cell is NaN. */
  readonly known: Readonly<Record<string, Float64Array>>;
  /** By column, [n]. */
  readonly past: Readonly<Record<string, Float64Array>>;
  readonly staticNumbers: Readonly<Record<string, number>>;
  readonly staticCategories: Readonly<Record<string, string>>;
}

/** The contents of the files. */
export interface Input {
  readonly files: readonly string[];
  /** The column to forecast; undefined for wide files. */
  readonly target: string | undefined;
  readonly series: readonly InputSeries[];
  /** The frequency of all series; undefined for files without dates. */
  readonly frequency: Frequency | undefined;
  /** Notable properties of the files, as sentences. */
  readonly notes: readonly string[];
}

/** The name of a series and its file, for messages. */
export function placeOf({ name, file }: Pick<InputSeries, 'name' | 'file'>): string {
  return `series '${name}' of ${file}`;
}
