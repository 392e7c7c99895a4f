/** Fits the networks of an ensemble, and forecasts the ends of series with them. */
import { deriveSeed } from '@unrolled/cells';
import type { ConformalizedQuantilesJson } from '@unrolled/forecasting';
import type { TensorRecord } from '@unrolled/training';
import { type Columns, columnsOf } from './columns';
import { globalNetwork } from './global-network';
import type { CheckedGlobal } from './global-series';
import type { ResolvedGlobal } from './global-settings';
import { type Level, levelOf } from './level';
import { type ScaledForecast, sampleGlobal } from './sample-global';
import { trainGlobal } from './train-global';
import { type WindowPlace, type WindowShape, windowShape } from './window';

/** A global forecaster as plain data. */
export interface GlobalData {
  readonly settings: ResolvedGlobal;
  readonly columns: Columns;
  /** The networks' weights by path. */
  readonly members: readonly TensorRecord[];
  /**
   * For each of `levels` the margin by which the interval is widened at each step, in units of a window's
   * scale; empty if intervals are not calibrated.
   */
  readonly margins: readonly ConformalizedQuantilesJson[];
}

/** The newest window of each series that is not constant, and its forecast. */
export function forecastScaled(
  series: readonly CheckedGlobal[],
  { settings, columns, members }: Pick<GlobalData, 'settings' | 'columns' | 'members'>,
  seed: number,
): { places: (WindowPlace | undefined)[]; scaled: (ScaledForecast | undefined)[] } {
  const shape = windowShape(settings, columns);
  const network = globalNetwork(shape, settings);
  const places = series.map((one) => {
    const level = levelOf(one.values, one.values.length, shape);
    return level && { series: one, origin: one.values.length, level };
  });
  const there = places.filter((place) => place !== undefined);
  const found = sampleGlobal(there, { network, members, shape, settings, seed });
  const byPlace = new Map(there.map((place, at) => [place, found[at]!]));
  return { places, scaled: places.map((place) => place && byPlace.get(place)) };
}

/** The result of one fit. */
export interface Fit {
  readonly scope: string;
  readonly names: Columns['names'];
  readonly settings: ResolvedGlobal;
  readonly signal: AbortSignal | undefined;
}

/** Trains the networks of an ensemble, and finds the usual sizes of the columns. */
export async function fitMembers(
  series: readonly CheckedGlobal[],
  { scope, names, settings, signal }: Fit,
): Promise<Pick<GlobalData, 'columns' | 'members'>> {
  const none = columnsOf(names, [], [], false);
  const levels = series.map(({ values }): Level | undefined =>
    levelOf(values, values.length, windowShape(settings, none)),
  );
  const columns = columnsOf(names, series, levels, settings.identity);
  const shape: WindowShape = windowShape(settings, columns);
  const members: TensorRecord[] = [];
  for (let member = 0; member < settings.ensemble; member++) {
    const network = globalNetwork(shape, settings);
    const seed = deriveSeed(settings.seed, member);
    members.push(await trainGlobal({ scope, network, series, shape, settings, seed, signal }));
  }
  return { columns, members };
}
