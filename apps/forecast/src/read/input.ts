import type { Frequency } from '@unrolled/forecasting';

/** One series from the files, on steps without gaps. */
export interface InputSeries {
  readonly name: string;
  readonly file: string;
  /** [n] from the first known value to the last one; NaN where there is none. */
  readonly values: Float64Array;
  /** [n] ISO texts; undefined for files without dates. */
  readonly dates: readonly string[] | undefined;
  /** [n], of each row the line in its file; 0 where it has none. */
  readonly lines: Int32Array;
  /** The date of the step `ahead` (from 1) after the last value; undefined without dates. */
  readonly dateAhead: ((ahead: number) => string) | undefined;
  /** By column, [n + rows that are known ahead]; NaN where a cell is empty. */
  readonly known: Readonly<Record<string, Float64Array>>;
  /** By column, [n]. */
  readonly past: Readonly<Record<string, Float64Array>>;
  readonly staticNumbers: Readonly<Record<string, number>>;
  readonly staticCategories: Readonly<Record<string, string>>;
}

/** The contents of the files. */
export interface Input {
  readonly files: readonly string[];
  /** The column that is forecast; undefined of wide files. */
  readonly target: string | undefined;
  readonly series: readonly InputSeries[];
  /** The frequency of all series; undefined for files without dates. */
  readonly frequency: Frequency | undefined;
  /** Notable properties of the files, as sentences. */
  readonly notes: readonly string[];
}

/** How a series is called in a message: with its file, unless that is its name. */
export function placeOf({ name, file }: Pick<InputSeries, 'name' | 'file'>): string {
  return `series '${name}' of ${file}`;
}
