import {
  type CsvFile,
  chronologicalSplit,
  fitMinMaxScaler,
  fitStandardScaler,
  forecastWindows,
  type Scaler,
} from '@unrolled/data';
import type { Settings } from './settings';

/** What is used of a CSV file: its numeric columns, oldest row first. */
export type PriceTable = Pick<CsvFile, 'columns' | 'column' | 'matrix'>;

/** Windows of scaled rows, and the scaled target of the row after each. */
export interface Windows {
  readonly count: number;
  /** [count, window, features] */
  readonly shape: [number, number, number];
  /** Row-major, in that shape. */
  readonly inputs: Float32Array;
  /** [count] */
  readonly targets: Float32Array;
}

/** Prices made ready to train on, test on and forecast from. */
export interface Study {
  readonly targetName: string;
  /** The names of the columns that the network sees. */
  readonly features: readonly string[];
  readonly window: number;
  /** The target column in its own unit, oldest first. */
  readonly target: Float64Array;
  readonly train: Windows;
  readonly test: Windows;
  /** The last rows, which the next forecast is made from: one window, without a target. */
  readonly latest: Pick<Windows, 'shape' | 'inputs'>;
  /** The first row that a test window forecasts; no training window touches it or a later one. */
  readonly firstTestRow: number;
  /** How many rows, oldest first, the scalers were fitted to. */
  readonly scalerRows: number;
  readonly featureScaler: Scaler;
  readonly targetScaler: Scaler;
}

export type StudySettings = Pick<
  Settings,
  'target' | 'features' | 'window' | 'trainShare' | 'scaler' | 'lab'
>;

/** In the lab's denominator: max − min + 1e-7. */
const LAB_EPSILON = 1e-7;

/**
 * Cuts prices into training and test windows, scaled by what the training part alone knows; with `lab`, by all rows.
 *
 * @throws UnrolledError when a column is missing or there are fewer than `rowsNeeded`
 */
export function makeStudy(table: PriceTable, settings: StudySettings): Study {
  const { target: targetName, window, trainShare, scaler, lab } = settings;
  const features = settings.features ?? table.columns;
  const target = table.column(targetName);
  const rows = table.matrix(features); // [rows, features]

  const width = features.length;
  const split = chronologicalSplit(target.length - window, { train: trainShare });
  const firstTestRow = split.test.start + window;
  const scalerRows = lab ? target.length : firstTestRow;
  const fitScaler = (values: Float64Array, count: number) => {
    const seen = values.subarray(0, scalerRows * count);
    return scaler === 'standard'
      ? fitStandardScaler(seen, { columns: count })
      : fitMinMaxScaler(seen, { columns: count, epsilon: lab ? LAB_EPSILON : 0 });
  };
  const featureScaler = fitScaler(rows, width);
  const targetScaler = fitScaler(target, 1);

  const scaled = featureScaler.transform(rows);
  const scaledTarget = targetScaler.transform(target);
  const all = forecastWindows(scaled, { features: width, window, targetColumn: 0 });
  const windows = ({ start, end }: { start: number; end: number }): Windows => ({
    count: end - start,
    shape: [end - start, window, width],
    inputs: all.inputs.subarray(start * window * width, end * window * width),
    targets: Float32Array.from(all.targetRows.subarray(start, end), (row) => scaledTarget[row]!),
  });
  return {
    targetName,
    features,
    window,
    target,
    train: windows(split.train),
    test: windows(split.test),
    latest: { shape: [1, window, width], inputs: Float32Array.from(scaled.subarray(-window * width)) },
    firstTestRow,
    scalerRows,
    featureScaler,
    targetScaler,
  };
}

/** The fewest rows that give one window to train on and one to test on. */
export function rowsNeeded({ window, trainShare }: Pick<Settings, 'window' | 'trainShare'>): number {
  return window + Math.max(2, Math.ceil(1 / trainShare));
}
