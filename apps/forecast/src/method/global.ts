import {
  encodeGlobalForecaster,
  fitGlobalForecaster,
  type GlobalForecaster,
  type GlobalSettings,
} from '@unrolled/forecaster';
import {
  areCounts,
  asCounts,
  type FittedMethod,
  type Method,
  type MethodSettings,
  type ModelSeries,
  newest,
} from './method';

/** Number of values that a series needs in addition to the horizon. */
const FEWEST_KNOWN = 2;

/**
 * One recurrent network that forecasts a distribution, from the series' values and its other columns.
 */
export function globalMethod(settings: MethodSettings): Method {
  return {
    name: 'global',
    words: 'the global model',
    fewest: settings.horizon + FEWEST_KNOWN,
    async fit(series) {
      const { horizon, season, seed, units, ensemble, steps, signal, history, levels } = settings;
      const { distribution, zeroInflated } = settings;
      const given = Object.entries({ units, ensemble, steps, signal, distribution, zeroInflated });
      const forecaster = await fitGlobalForecaster(
        series.map((one) => newest(one, history)),
        {
          ...{ horizon, season, seed, levels },
          ...(Object.fromEntries(
            given.filter(([, value]) => value !== undefined),
          ) as Partial<GlobalSettings>),
        },
      );
      return globalOf(forecaster, { ...settings, areCounts: areCounts(series) });
    },
  };
}

/** A fitted global model. */
export function globalOf(
  forecaster: GlobalForecaster,
  { history, areCounts }: Pick<MethodSettings, 'history' | 'areCounts'>,
): FittedMethod {
  const { names, categories } = forecaster.columns;
  return {
    categories: Object.fromEntries(names.staticCategories.map((name, at) => [name, categories[at]!])),
    forecast: (series: readonly ModelSeries[]) =>
      forecaster
        .forecast(series.map((one) => newest(one, history)))
        .map((one) => (areCounts ? asCounts(one) : one)),
    encode: () => encodeGlobalForecaster(forecaster),
  };
}
