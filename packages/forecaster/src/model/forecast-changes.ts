import { forecastWith } from '../network/train-network';
import type { Panel, PanelSeries } from '../series/panel';
import { type Scaling, windowsBefore } from './examples';
import type { FittedModel } from './fit-model';

/** Forecasts of n horizons, as changes from the price before each, in the unit of the transform. */
export interface ChangeForecasts {
  /** [n, horizon] */
  readonly point: Float64Array;
  /** [n, horizon, Q], ascending in each step; undefined for the squared loss. */
  readonly quantiles: Float64Array | undefined;
}

/**
 * Forecasts one horizon from each of n rows on. A forecast reads only the `window` rows before it. The
 * forecasts of an ensemble's networks are averaged.
 *
 * @param rows [n], the first row of each forecast
 */
export function forecastChanges(
  model: FittedModel,
  panel: Panel,
  series: PanelSeries,
  rows: ArrayLike<number>,
): ChangeForecasts {
  const { settings } = model;
  const scaling = model.scaling[series.name]!;
  const transform = settings.targetTransform;
  const inputs = windowsBefore(panel, series, rows, { transform, window: settings.window, scaling });
  if (settings.strategy === 'recursive') {
    const last = Float64Array.from(rows, (row) => series.columns[panel.target]![row - 1]!);
    return { point: recursiveChanges(model, scaling, inputs, last), quantiles: undefined };
  }
  const outputs = meanOutputs(model, inputs);
  const { horizon, loss, quantiles } = settings;
  const width = loss === 'quantile' ? quantiles.length : 1;
  const unscaled = Float64Array.from(outputs, (value, i) => {
    const step = Math.floor(i / width) % horizon;
    return value * scaling.changes[step]! + (step + 1) * scaling.drift;
  });
  if (width === 1 && loss === 'squared') return { point: unscaled, quantiles: undefined };
  for (let at = 0; at < unscaled.length; at += width) unscaled.subarray(at, at + width).sort();
  const median = quantiles.indexOf(0.5);
  return { point: unscaled.filter((_, i) => i % width === median), quantiles: unscaled };
}

/** [n, horizon], forecast one step at a time. Each forecast becomes the newest row of the window. */
function recursiveChanges(
  model: FittedModel,
  scaling: Scaling,
  inputs: Float32Array,
  last: Float64Array,
): Float64Array {
  const { horizon, window, targetTransform } = model.settings;
  const { offset, scale } = scaling.features.columns[0]!;
  const changes = new Float64Array(last.length * horizon);
  const windows = inputs.slice(); // [n, window, 1]
  for (let step = 0; step < horizon; step++) {
    const outputs = meanOutputs(model, windows);
    for (let at = 0; at < last.length; at++) {
      const change = outputs[at]! * scaling.changes[0]! + scaling.drift;
      const before = step > 0 ? changes[at * horizon + step - 1]! : 0;
      changes[at * horizon + step] = before + change;
      const row = targetTransform === 'price' ? last[at]! + before + change : change;
      windows.copyWithin(at * window, at * window + 1, (at + 1) * window);
      windows[(at + 1) * window - 1] = (row - offset) / scale;
    }
  }
  return changes;
}

function meanOutputs({ shape, members }: FittedModel, inputs: Float32Array): Float64Array {
  const outputs = forecastWith(shape, members, inputs);
  return Float64Array.from(outputs[0]!, (_, i) =>
    outputs.reduce((sum, output) => sum + output[i]! / outputs.length, 0),
  );
}
