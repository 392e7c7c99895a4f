import {
  type CsvFile,
  chronologicalSplit,
  fitMinMaxScaler,
  forecastWindows,
  type Scaler,
} from '@unrolled/data';
import type { CellKind } from '@unrolled/forecaster';
import { rootMeanSquaredError } from '@unrolled/forecasting';

/** The settings of the RNN lab's case 18; features default to every numeric column. */
export interface LabSettings {
  target: string;
  features?: readonly string[];
  /** Rows that one forecast sees. */
  window: number;
  cell: CellKind;
  /** H of the recurrent layer. */
  units: number;
  /** Updates, each over all training windows at once. */
  steps: number;
  /** Adam's. */
  learningRate: number;
  /** The share of the windows, oldest first, that the network learns from. */
  trainShare: number;
  seed: number;
}

export const LAB_DEFAULTS: LabSettings = {
  target: 'Close',
  window: 7,
  cell: 'lstm',
  units: 10,
  steps: 500,
  learningRate: 0.01,
  trainShare: 0.7,
  seed: 1,
};

/** Windows of scaled rows, [count, window, features] in row-major order, and the scaled target of the row after each. */
export interface Windows {
  readonly count: number;
  readonly shape: [number, number, number];
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
}

/** Prices made ready to train on, test on and forecast from. */
export interface Study {
  readonly features: readonly string[];
  /** The target column in its own unit, oldest first. */
  readonly target: Float64Array;
  readonly train: Windows;
  readonly test: Windows;
  /** The last rows, which the next forecast is made from: one window, without a target. */
  readonly latest: Pick<Windows, 'shape' | 'inputs'>;
  /** The first row that a test window forecasts; no training window touches it or a later one. */
  readonly firstTestRow: number;
  readonly targetScaler: Scaler;
}

/** In the lab's denominator: max − min + 1e-7. */
const EPSILON = 1e-7;

/**
 * Cuts prices into training and test windows, scaled by the smallest and largest value of all rows. This leaks: the scaler
 * has seen the test rows.
 *
 * @throws UnrolledError when a column is missing or there are fewer than `rowsNeeded`
 */
export function makeStudy(
  table: Pick<CsvFile, 'columns' | 'column' | 'matrix'>,
  { target: name, window, trainShare, features = table.columns }: LabSettings,
): Study {
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
  return {
    ...{ features, target, targetScaler },
    train: windows(split.train),
    test: windows(split.test),
    latest: { shape: [1, window, width], inputs: Float32Array.from(scaled.subarray(-window * width)) },
    firstTestRow: split.test.start + window,
  };
}

/** The fewest rows that give one window to train on and one to test on. */
export function rowsNeeded({ window, trainShare }: Pick<LabSettings, 'window' | 'trainShare'>): number {
  return window + Math.max(2, Math.ceil(1 / trainShare));
}

/** Errors on the test rows in both units, beside the naive forecast, which repeats the row before. */
export interface Evaluation {
  readonly rmseScaled: number;
  /** In the unit of the target column. */
  readonly rmsePrice: number;
  readonly naiveRmseScaled: number;
  readonly naiveRmsePrice: number;
  /** Of the test rows, oldest first, in the unit of the target column. */
  readonly truth: Float64Array;
  readonly predicted: Float64Array;
  readonly naive: Float64Array;
}

/** Compares scaled predictions of the test windows, and the naive forecast, with the truth. */
export function evaluate(
  { target, firstTestRow, targetScaler }: Study,
  predictions: ArrayLike<number>,
): Evaluation {
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
