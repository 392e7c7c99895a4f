import type { CsvFileOptions } from '@unrolled/data/node';
import type { Frequency } from '@unrolled/forecasting';

/** The values of each category in a model's training. The other static columns of the model are numbers. */
export type TrainedCategories = Readonly<Record<string, readonly string[]>>;

/** The command line's options for the columns and the format of the files. */
export interface ReadOptions
  extends Pick<
    CsvFileOptions,
    ('order' | 'dateOrder' | 'duplicates' | 'delimiter' | 'decimalSeparator') | ('encoding' | 'columns')
  > {
  /** The column that names the series of a row. */
  readonly series?: string;
  readonly date?: string;
  readonly target?: string;
  /** Whether each column of numbers is a series. */
  readonly wide?: boolean;
  /** Names of the series to use; others are left out. */
  readonly only?: readonly string[];
  readonly known?: readonly string[];
  readonly past?: readonly string[];
  readonly static?: readonly string[];
  /** Files with future rows of the known columns. */
  readonly future?: readonly string[];
  /** A frequency as `frequencyOf` reads it. */
  readonly frequency?: string;
  /** The frequency of the training data, if the files are read for a saved model. */
  readonly trainedFrequency?: Frequency | undefined;
  /** The categories of the static columns, if the files are read for a saved model. */
  readonly trained?: TrainedCategories;
  /** Handling of a series that is too short. */
  readonly short?: 'refuse' | 'leave-out';
}

/** The columns that a model reads. */
export type ModelColumns = Pick<
  ReadOptions,
  ('series' | 'date' | 'target' | 'wide') | ('known' | 'past' | 'static')
>;

const FORMAT = [
  ...(['order', 'dateOrder', 'duplicates', 'delimiter', 'decimalSeparator'] as const),
  ...(['encoding', 'columns'] as const),
];

/** The options of `readCsvFileSeries` for the format of a file. */
export function formatOf(options: ReadOptions): CsvFileOptions {
  const given = FORMAT.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]));
  return {
    ...Object.fromEntries(given),
    ...(options.date !== undefined && { dateColumn: options.date }),
    ...(options.wide
      ? { seriesColumn: '' }
      : options.series !== undefined && { seriesColumn: options.series }),
  };
}
