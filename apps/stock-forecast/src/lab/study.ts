import { type CsvFile, chronologicalSplit, fitMinMaxScaler, forecastWindows } from '@unrolled/data';
import type { CellKind } from '@unrolled/forecaster';
import { rootMeanSquaredError } from '@unrolled/forecasting';

/** The RNN lab's example 18. */
export const LAB_DEFAULTS = {
  target: 'Close',
  /** Number of input rows of one forecast. */
  window: 7,
  cell: 'lstm' as CellKind,
  /** H, the number of units of the recurrent layer. */
  units: 10,
  /** Number of updates. Each uses all training windows as one batch. */
  steps: 500,
  /** Adam's learning rate. */
  learningRate: 0.01,
  /** The share of the windows, oldest first, that are used for training. */
  trainShare: 0.7,
  seed: 1,
};

/** Features default to every numeric column. */
export type LabSettings = typeof LAB_DEFAULTS & { features?: readonly string[] };

/**
 * Windows of scaled rows, [count, window, features], row-major, and the scaled target of the row after each
 * window.
 */
export interface Windows {
  readonly count: number;
  readonly shape: [number, number, number];
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
}

/** Prices prepared for training, testing and forecasting. */
export type Study = ReturnType<typeof makeStudy>;

/** The denominator of the lab's scaler: max − min + 1e-7. */
const EPSILON = 1e-7;

/**
 * Cuts prices into training and test windows, scaled by the minimum and maximum of all rows. This is a leak:
 * the scaler uses the test rows.
 *
 * @throws UnrolledError if a column is missing, or there are fewer rows than `rowsNeeded`
 */
export function makeStudy(
  table: Pick<CsvFile, 'columns' | 'column' | 'matrix'>,
  { target: name, window, trainShare, features = table.columns }: LabSettings,
) {
  const target = table.column(name);
  const width = features.length;
  const split = chronologicalSplit(target.length - window, { train: trainShare });
  const rows = table.matrix(features); // [rows, features]
  const scaled = fitMinMaxScaler(rows, { columns: width, epsilon: EPSILON }).transform(rows);
  const targetScaler = fitMinMaxScaler(target, { columns: 1, epsilon: EPSILON });
  const scaledTarget = targetScaler.transform(target);
  const all = forecastWindows(scaled, { features: width, window, targetColumn: 0 });
  const windows = ({ start, end }: { start: number; end: number }): Windows => ({
    count: end - start,
    shape: [end - start, window, width],
    inputs: all.inputs.subarray(start * window * width, end * window * width),
    targets: Float32Array.from(all.targetRows.subarray(start, end), (row) => scaledTarget[row]!),
  });
  const latest = Float32Array.from(scaled.subarray(-window * width));
  return {
    features,
    /** The target column in its original unit, oldest first. */
    ...{ target, targetScaler },
    train: windows(split.train),
    test: windows(split.test),
    /** The last rows, from which the next row is forecast: one window without a target. */
    latest: { shape: [1, window, width] as Windows['shape'], inputs: latest },
    /** The first row that a test window forecasts. No training window includes this row or a later one. */
    firstTestRow: split.test.start + window,
  };
}

/** The minimum number of rows, which give one training window and one test window. */
export function rowsNeeded({ window, trainShare }: Pick<LabSettings, 'window' | 'trainShare'>): number {
  return window + Math.max(2, Math.ceil(1 / trainShare));
}

/**
 * Errors on the test rows, scaled and in the unit of the target column, and the rows themselves, oldest
 * first.
 */
export type Evaluation = ReturnType<typeof evaluate>;

/**
 * Compares scaled predictions of the test windows with the true values, and with the naive forecast, which
 * repeats the previous row.
 */
export function evaluate({ target, firstTestRow, targetScaler }: Study, predictions: ArrayLike<number>) {
  const truth = target.slice(firstTestRow);
  const naive = target.slice(firstTestRow - 1, -1);
  const predicted = targetScaler.inverse(predictions);
  const scaledTruth = targetScaler.transform(truth);
  return {
    rmseScaled: rootMeanSquaredError(scaledTruth, predictions),
    rmsePrice: rootMeanSquaredError(truth, predicted),
    naiveRmseScaled: rootMeanSquaredError(scaledTruth, targetScaler.transform(naive)),
    naiveRmsePrice: rootMeanSquaredError(truth, naive),
    ...{ truth, predicted, naive },
  };
}
