import { deriveSeed } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { type ConformalizedQuantilesJson, conformalizeQuantiles } from '@unrolled/forecasting';
import type { TensorRecord } from '@unrolled/training';
import { checkOptions, refuse } from '../refuse';
import { checkGlobalSeries, type SeriesRules } from './check-series';
import { type Columns, columnsOf, namesOf } from './columns';
import { forecastOf, type GlobalForecast } from './forecast-of';
import { globalNetwork } from './global-network';
import type { CheckedGlobal, GlobalSeries } from './global-series';
import { type GlobalSettings, quantilesOf, type ResolvedGlobal, resolveGlobal } from './global-settings';
import { type Level, levelOf } from './level';
import { type ScaledForecast, sampleGlobal } from './sample-global';
import { trainGlobal } from './train-global';
import { type WindowPlace, type WindowShape, windowShape } from './window';

export interface GlobalForecastOptions {
  /** Sample paths to give, at most `draws`; default none. Only 'recursive' forecasters have them. */
  readonly paths?: number;
  /** Seed of the draws; default the forecaster's. */
  readonly seed?: number;
}

const OPTION_KINDS: OptionKinds<GlobalForecastOptions> = {
  paths: 'integer of at least 0?',
  seed: 'integer of at least 0?',
};

/** A global forecaster as plain data. */
export interface GlobalData {
  readonly settings: ResolvedGlobal;
  readonly columns: Columns;
  /** The networks' weights by path. */
  readonly members: readonly TensorRecord[];
  /**
   * For each of `levels` how far its ends are moved out at each step, in units of a window's scale; none
   * where intervals are not corrected.
   */
  readonly margins: readonly ConformalizedQuantilesJson[];
}

export interface GlobalForecaster extends GlobalData {
  /**
   * Forecasts what follows each series, those of the training or, without `identity`, others. A series' draws
   * depend on its name and the seed alone.
   *
   * @throws UnrolledError when a series is not as `fitGlobalForecaster` takes them, its known columns end
   *   before the horizon, or a category was not in the training
   */
  forecast(series: readonly GlobalSeries[], options?: GlobalForecastOptions): GlobalForecast[];
}

const FEWEST_KNOWN = 2;

/** The requirements on the series of a training. */
export const trainingRules = ({ distribution, horizon, identity }: ResolvedGlobal): SeriesRules => ({
  ...{ distribution, identity, ahead: 0, columns: undefined },
  fewest: horizon + FEWEST_KNOWN,
});

/**
 * Fits one recurrent network to many series of one frequency, which forecasts a distribution for each step
 * (DeepAR; Salinas et al., 2020) or its quantiles (Wen et al., 2017). It reads windows, each in units of its
 * own level, with lagged values, past and known columns, static numbers, and embeddings of categories, and
 * combines simple forecasts: the last value, the season before, each with the window's trend. Missing values
 * are left out of the loss, and the network is told which values are missing.
 *
 * A series that follows a line or steady growth ten times as closely as it stays at its last value is
 * forecast by that, and says so (`by`).
 *
 * Each update reads `batchSize` windows by the fused kernels of the backend, layer by layer; its loss is of
 * tfjs ops, so there is no step in one call. The same seed gives the same bits.
 *
 * @param series values oldest first, NaN where one is missing; of one frequency
 * @throws UnrolledError when a setting or a series is wrong, no series changes, or there are too few of them
 *   for `conformal`
 */
export async function fitGlobalForecaster(
  series: readonly GlobalSeries[],
  settings: GlobalSettings,
): Promise<GlobalForecaster> {
  const scope = 'fitGlobalForecaster';
  const resolved = resolveGlobal(scope, settings);
  const checked = checkGlobalSeries(scope, series, trainingRules(resolved));
  const names = namesOf(series[0]!);
  const fit = { scope, names, settings: resolved, signal: settings.signal };
  const margins = await calibrate(checked, fit);
  return globalForecasterOf({ settings: resolved, margins, ...(await fitMembers(checked, fit)) });
}

/** A forecaster of its data. */
export function globalForecasterOf(data: GlobalData): GlobalForecaster {
  const { settings, columns, margins } = data;
  return {
    ...data,
    forecast(series, options = {}) {
      const scope = 'forecast';
      checkOptions(scope, options, OPTION_KINDS);
      const { paths = 0, seed = settings.seed } = options;
      if (paths > 0 && settings.strategy === 'direct') {
        const remedy = "leave them out, or fit with the `strategy` 'recursive'";
        refuse(scope, { expected: "paths of the `strategy` 'recursive'", got: "'direct'", remedy });
      }
      if (paths > settings.draws) {
        const remedy = 'ask for fewer, or fit with more `draws`';
        refuse(scope, { expected: `at most ${settings.draws} paths`, got: String(paths), remedy });
      }
      const { distribution, identity, horizon } = settings;
      const rules = { distribution, identity, ahead: horizon, fewest: FEWEST_KNOWN, columns };
      const checked = checkGlobalSeries(scope, series, rules);
      const { places, scaled } = forecastScaled(checked, data, seed);
      return checked.map((one, at) => {
        const own = places[at] && { level: places[at].level, scaled: scaled[at]! };
        return forecastOf(one, own, settings, margins, paths);
      });
    },
  };
}

/** The newest window of each series that changes, and its forecast. */
function forecastScaled(
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

interface Fit {
  readonly scope: string;
  readonly names: Columns['names'];
  readonly settings: ResolvedGlobal;
  readonly signal: AbortSignal | undefined;
}

async function fitMembers(
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

/**
 * Margins from the newest values of each series, which a first training did not see (conformalized
 * quantiles).
 */
async function calibrate(series: readonly CheckedGlobal[], fit: Fit): Promise<ConformalizedQuantilesJson[]> {
  const { scope, settings } = fit;
  const { horizon, levels, conformal } = settings;
  if (levels.length === 0 || conformal === false) return [];
  const isWhole = ({ values }: CheckedGlobal) =>
    values.length >= 2 * horizon + FEWEST_KNOWN && !values.subarray(-horizon).some(Number.isNaN);
  const level = Math.max(...levels);
  const least = Math.ceil(level / (1 - level) - 1e-9);
  const whole = series.filter(isWhole);
  if (whole.length < least) {
    if (conformal === undefined) return [];
    refuse(scope, {
      expected: `at least ${least} series of ${2 * horizon + FEWEST_KNOWN} rows for \`conformal\` and \`levels\`, their newest \`horizon\` values known`,
      got: String(whole.length),
      remedy: 'lower `levels`, or leave `conformal` out',
    });
  }
  const older = whole.map((one) => ({
    ...one,
    values: one.values.subarray(0, -horizon),
    past: one.past.map((column) => column.subarray(0, -horizon)),
  }));
  const fitted = await fitMembers(older, fit);
  const { places, scaled } = forecastScaled(older, { settings, ...fitted }, settings.seed);
  const quantiles = quantilesOf(levels);
  const [truth, ends] = [
    [] as number[],
    levels.map(() => ({ lower: [] as number[], upper: [] as number[] })),
  ];
  for (const [at, place] of places.entries()) {
    if (!place) continue;
    const { location, scale } = place.level;
    for (const value of whole[at]!.values.subarray(-horizon)) truth.push((value - location) / scale);
    for (const [k, share] of levels.entries()) {
      ends[k]!.lower.push(...scaled[at]!.quantiles[quantiles.indexOf((1 - share) / 2)]!);
      ends[k]!.upper.push(...scaled[at]!.quantiles[quantiles.indexOf((1 + share) / 2)]!);
    }
  }
  if (truth.length < least * horizon && conformal === undefined) return [];
  return levels.map((share, k) =>
    conformalizeQuantiles({ truth, ...ends[k]!, level: share, horizon }).toJSON(),
  );
}
