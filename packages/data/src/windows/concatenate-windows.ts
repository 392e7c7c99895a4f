import type { OptionKinds } from '@unrolled/errors';
import { allocate, checkKind, checkOptions, refuse } from '../refuse';
import type { ForecastWindows } from './forecast-windows';

/** The windows of several series, one series after the other. */
export interface ConcatenatedWindows extends ForecastWindows {
  /** `[count]`: the series of each window, from 0. `targetRows` counts the rows of that series. */
  readonly series: Int32Array;
}

const KINDS: OptionKinds<ForecastWindows> = {
  count: 'integer of at least 0',
  window: 'positive integer',
  features: 'positive integer',
  horizon: 'positive integer',
  inputs: 'Float32Array',
  targets: 'Float32Array',
  targetRows: 'Int32Array',
};

/**
 * Joins the windows of several series for one model. Each series is cut into windows separately, so no window
 * spans two series.
 *
 * @param parts the results of `forecastWindows` for each series, with equal window, features and horizon
 * @throws UnrolledError if there are none, or their sizes differ
 */
export function concatenateWindows(parts: readonly ForecastWindows[]): ConcatenatedWindows {
  const scope = 'concatenateWindows';
  checkKind(scope, 'parts', parts, 'array');
  const [first] = parts;
  if (first === undefined)
    refuse(scope, {
      expected: 'the windows of at least one series',
      got: 'none',
      remedy: 'pass the windows of each series in an array',
    });
  for (const part of parts) checkOptions(scope, part, KINDS, true);
  const { window, features, horizon } = first;
  const different = parts.findIndex(
    (part) => part.window !== window || part.features !== features || part.horizon !== horizon,
  );
  if (different >= 0) {
    const part = parts[different]!;
    refuse(scope, {
      expected: `windows of ${window} rows, ${features} features and a horizon of ${horizon}, as in the first series`,
      got: `${part.window}, ${part.features} and ${part.horizon} in series ${different}`,
      remedy: 'create all windows with the same options',
    });
  }
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const joined = {
    inputs: allocate(scope, Float32Array, count * window * features),
    targets: allocate(scope, Float32Array, count * horizon),
    targetRows: new Int32Array(count),
    series: new Int32Array(count),
  };
  let start = 0;
  for (const [index, part] of parts.entries()) {
    joined.inputs.set(part.inputs, start * window * features);
    joined.targets.set(part.targets, start * horizon);
    joined.targetRows.set(part.targetRows, start);
    joined.series.fill(index, start, start + part.count);
    start += part.count;
  }
  return { count, window, features, horizon, ...joined };
}
