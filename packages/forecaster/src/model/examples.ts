import {
  chronologicalSplit,
  fitMinMaxScaler,
  fitRobustScaler,
  fitStandardScaler,
  forecastWindows,
  type ScalerJson,
  scalerFromJSON,
} from '@unrolled/data';
import type { RowRange } from '@unrolled/forecasting';
import type { Examples } from '../network/batches';
import { concatenate } from '../series/concatenate';
import { type Panel, type PanelSeries, rowsBefore } from '../series/panel';
import { changeOf, firstInputRow, inputRows } from '../series/transform';
import type { ModelSettings, ScalerKind, TargetTransform } from '../settings/settings';

/** The scalers of one series, fitted to its training rows; plain JSON. */
export interface Scaling {
  readonly features: ScalerJson;
  /** The change from row to row that every forecast starts from, in the unit of the transform. */
  readonly drift: number;
  /** For each step ahead, the divisor of the change, after the drift of all its rows is subtracted. */
  readonly changes: readonly number[];
}

/** The settings that define an example. */
export type ExampleSettings = Pick<ModelSettings, 'window' | 'scaler' | 'validation'> & {
  readonly transform: TargetTransform;
  /** Number of steps ahead that the network outputs. */
  readonly steps: number;
};

export interface TrainingExamples {
  readonly train: Examples;
  /**
   * The newest examples of each series. No training example has their targets. Empty without validation.
   */
  readonly validation: Examples;
  /** By the series' names. A series with too few rows in the range has none. */
  readonly scaling: Readonly<Record<string, Scaling>>;
}

/**
 * Makes examples of the rows in a range of the time axis. The scalers are fitted to these rows. Of the other
 * rows, only the price before the range is read, because the first change needs it.
 */
export function trainingExamples(panel: Panel, range: RowRange, settings: ExampleSettings): TrainingExamples {
  const scaling: Record<string, Scaling> = {};
  const parts: { train: Examples; validation: Examples }[] = [];
  for (const series of panel.series) {
    const examples = examplesOf(panel, series, range, settings);
    if (!examples) continue;
    scaling[series.name] = examples.scaling;
    parts.push(examples);
  }
  const all = (part: 'train' | 'validation') => joined(parts.map((examples) => examples[part]));
  return { train: all('train'), validation: all('validation'), scaling };
}

function examplesOf(panel: Panel, series: PanelSeries, range: RowRange, settings: ExampleSettings) {
  const { window, steps, transform, validation } = settings;
  const width = panel.features.length;
  const first = Math.max(rowsBefore(series, range.start), firstInputRow(transform));
  const end = rowsBefore(series, range.end);
  const count = end - first - window - steps + 1;
  if (count < leastExamples(validation, steps)) return undefined;

  const rows = inputRows(panel, series, transform).subarray(first * width, end * width);
  const features = fitScaler(settings.scaler, rows, width);
  const windows = forecastWindows(features.transform(rows), {
    ...{ features: width, window, horizon: steps, targetColumn: 0 },
  });
  const prices = series.columns[panel.target]!;
  const drift = driftOf(transform, prices.subarray(rowsBefore(series, range.start), end));
  const changes = Float64Array.from({ length: count * steps }, (_, i) => {
    const row = first + windows.targetRows[Math.floor(i / steps)]!;
    const step = i % steps;
    return changeOf(transform, prices[row - 1]!, prices[row + step]!) - (step + 1) * drift;
  });
  const scales = fitScaler(settings.scaler, changes, steps).columns.map(({ scale }) => scale);
  const targets = Float32Array.from(changes, (change, i) => change / scales[i % steps]!);
  const cut = (from: number, to: number): Examples => ({
    count: to - from,
    inputs: windows.inputs.subarray(from * window * width, to * window * width),
    targets: targets.subarray(from * steps, to * steps),
  });
  const { train, test } = chronologicalSplit(count, { train: 1 - validation, gap: steps - 1 });
  return {
    train: cut(train.start, train.end),
    validation: cut(test.start, test.end),
    scaling: { features: features.toJSON(), drift, changes: scales },
  };
}

/**
 * The mean change m from row to row, shrunk towards 0 by the positive-part estimator of James and Stein:
 * m · max(0, 1 − variance of m / m²). A mean that is not larger than its standard error becomes 0, the naive
 * forecast.
 */
export function driftOf(transform: TargetTransform, prices: Float64Array): number {
  const changes = Array.from({ length: prices.length - 1 }, (_, at) =>
    changeOf(transform, prices[at]!, prices[at + 1]!),
  );
  const n = changes.length;
  if (n < 2) return 0;
  if (changes.every((change) => change === changes[0])) return changes[0]!;
  const mean = changes.reduce((sum, change) => sum + change, 0) / n;
  const squares = changes.reduce((sum, change) => sum + (change - mean) ** 2, 0);
  return mean === 0 ? 0 : mean * Math.max(0, 1 - squares / (n * (n - 1)) / mean ** 2);
}

/** Minimum number of examples of a series. It leaves one for training and, with validation, one for that. */
export function leastExamples(validation: number, steps: number): number {
  return validation === 0 ? 1 : Math.ceil(steps / (1 - validation));
}

/** [n, window, features], the windows before n rows, scaled as in training. */
export function windowsBefore(
  panel: Panel,
  series: PanelSeries,
  rows: ArrayLike<number>,
  { transform, window, scaling }: { transform: TargetTransform; window: number; scaling: Scaling },
): Float32Array {
  const width = panel.features.length;
  const scaled = scalerFromJSON(scaling.features).transform(inputRows(panel, series, transform));
  const inputs = new Float32Array(rows.length * window * width);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!;
    inputs.set(scaled.subarray((row - window) * width, row * width), at * window * width);
  }
  return inputs;
}

function fitScaler(kind: ScalerKind, values: Float64Array, columns: number) {
  const fit = { standard: fitStandardScaler, robust: fitRobustScaler, 'min-max': fitMinMaxScaler }[kind];
  return fit(values, { columns });
}

/** Concatenates examples. */
export function joined(parts: readonly Examples[]): Examples {
  const join = (name: 'inputs' | 'targets') =>
    concatenate<Float32Array>(
      Float32Array,
      parts.map((part) => part[name]),
    );
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  return { count, inputs: join('inputs'), targets: join('targets') };
}
