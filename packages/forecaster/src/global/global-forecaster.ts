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
  /**
   * Number of sample paths to return, at most `draws`; default 0. Only 'recursive' forecasters have sample
   * paths.
   */
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
   * Forecasts the next values of each series. Without `identity`, the series need not have been in the
   * training. A series' draws depend only on its name and the seed.
   *
   * @throws UnrolledError if a series is invalid for `fitGlobalForecaster`, its known columns end before the
   *   horizon, or a category was not in the training
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
 * Fits one recurrent network to many series of one frequency. The network forecasts a distribution for each
 * step (DeepAR; Salinas et al., 2020) or its quantiles (Wen et al., 2017). It reads windows, each scaled by
 * its own level, with lagged values, past and known columns, static numbers, and embeddings of categories. It
 * combines simple forecasts: the last value, the value a season before, each with the window's trend. Missing
 * values are left out of the loss, and an input marks them.
 *
 * If a line or constant growth fits a series ten times more closely than repeating its last value, that rule
 * makes the forecast, and `by` names it.
 *
 * Each update runs `batchSize` windows through the fused kernels of the backend, layer by layer. The loss
 * consists of tfjs ops, so a step is not planned as one call. The same seed gives the same bits.
 *
 * @param series all of one frequency; values oldest first, NaN for a missing value
 * @throws UnrolledError if a setting or a series is invalid, all series are constant, or there are too few
 *   values for `conformal`
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

/** A forecaster from its data. */
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
