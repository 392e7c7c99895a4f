import type { OptionKinds } from '@unrolled/errors';
import { checkOptions, refuse } from '../refuse';
import { calibrate } from './calibrate-global';
import { checkGlobalSeries, type SeriesRules } from './check-series';
import { namesOf } from './columns';
import { fitMembers, forecastScaled, type GlobalData } from './fit-members';
import { forecastOf, type GlobalForecast } from './forecast-of';
import type { GlobalSeries } from './global-series';
import { type GlobalSettings, type ResolvedGlobal, resolveGlobal } from './global-settings';

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
