import {
  encodeHybridForecaster,
  fitHybridForecaster,
  type HybridForecaster,
  type HybridSeries,
} from '@unrolled/forecaster';
import type { SplitConformalJson } from '@unrolled/forecasting';
import { changes } from './lengths';
import { leastErrors, marginsOf, type PastForecast, usualChange, withMargins } from './margins';
import {
  areCounts,
  asCounts,
  type FittedMethod,
  type Method,
  type MethodForecast,
  type MethodSettings,
  type ModelSeries,
  newest,
  upTo,
} from './method';

/** Origins that few series are calibrated from, at most. */
const MOST_ORIGINS = 60;
/** Values of a series that the hybrid can forecast from. */
const FEWEST = 3;

/** The hybrid of exponential smoothing and a recurrent network: of many series, by their history alone. */
export function hybridMethod(settings: MethodSettings): Method {
  const keeper = keepingNewest(settings);
  return {
    name: 'hybrid',
    words: 'the hybrid',
    fewest: FEWEST,
    async fit(series) {
      const margins = await calibrate(series, settings, keeper);
      const own = { ...settings, areCounts: areCounts(series) };
      return hybridOf(await keeper.fit(series), margins, own, keeper.forecast);
    },
  };
}

type Forecast = (
  forecaster: HybridForecaster | undefined,
  series: readonly ModelSeries[],
) => readonly MethodForecast[];

interface Keeper {
  fit(series: readonly ModelSeries[]): Promise<HybridForecaster | undefined>;
  readonly forecast: Forecast;
}

/**
 * Keeps the newest fit and the newest forecasts: where each series is calibrated from one origin, the
 * calibration of a fold takes what the fold before fitted and forecast, from the same values.
 */
function keepingNewest(settings: MethodSettings): Keeper {
  let fit: { own: readonly ModelSeries[]; forecaster: HybridForecaster | undefined } | undefined;
  let told: { own: readonly ModelSeries[]; of: unknown; forecasts: readonly MethodForecast[] } | undefined;
  return {
    async fit(series) {
      const own = series.map((one) => newest(one, settings.history)).filter(({ values }) => changes(values));
      if (!fit || !areSame(fit.own, own)) fit = { own, forecaster: await fitted(own, settings) };
      return fit.forecaster;
    },
    forecast(of, own) {
      if (!told || told.of !== of || !areSame(told.own, own))
        told = { own, of, forecasts: pointForecasts(of, own, settings) };
      return told.forecasts;
    },
  };
}

/** Whether they are the same parts of the same series, in memory. */
function areSame(some: readonly ModelSeries[], others: readonly ModelSeries[]): boolean {
  const isSame = ({ values }: ModelSeries, { values: other }: ModelSeries) =>
    values.buffer === other.buffer &&
    values.byteOffset === other.byteOffset &&
    values.length === other.length;
  return some.length === others.length && some.every((one, at) => isSame(one, others[at]!));
}

/** A fitted hybrid with its margins; without a forecaster all series were constant. */
export function hybridOf(
  forecaster: HybridForecaster | undefined,
  margins: readonly SplitConformalJson[],
  settings: Pick<MethodSettings, 'season' | 'history' | 'areCounts' | 'horizon'>,
  forecastOf: Forecast = (of, own) => pointForecasts(of, own, settings),
): FittedMethod {
  return {
    margins,
    forecast(series) {
      const own = series.map((one) => newest(one, settings.history));
      return forecastOf(forecaster, own).map((forecast, at) => {
        const whole = withMargins(forecast, own[at]!, margins, settings.season);
        return settings.areCounts ? asCounts(whole) : whole;
      });
    },
    encode: () => (forecaster ? encodeHybridForecaster(forecaster) : new Uint8Array()),
  };
}

/** A series in the hybrid's form. */
const plain = ({ name, values }: ModelSeries): HybridSeries => ({ name, values });

/** Undefined if no series changes, because there is nothing to learn. */
async function fitted(
  own: readonly ModelSeries[],
  settings: MethodSettings,
): Promise<HybridForecaster | undefined> {
  const { horizon, season, seed, units, ensemble, epochs, signal } = settings;
  if (own.length === 0) return undefined;
  const given = Object.entries({ units, ensemble, epochs, signal }).filter(
    ([, value]) => value !== undefined,
  );
  return fitHybridForecaster(own.map(plain), { horizon, season, seed, ...Object.fromEntries(given) });
}

function pointForecasts(
  forecaster: HybridForecaster | undefined,
  series: readonly ModelSeries[],
  { horizon }: Pick<MethodSettings, 'horizon'>,
): MethodForecast[] {
  if (forecaster) return forecaster.forecast(series.map(plain)).map((one) => ({ ...one, intervals: [] }));
  return series.map(({ name, values }) => {
    const last = values.findLast((value) => !Number.isNaN(value))!;
    const forecast = new Float64Array(horizon).fill(last);
    return { name, by: 'constant', values: forecast, withoutNetwork: forecast, intervals: [] };
  });
}

/**
 * Margins from errors on each series' newest values, by a hybrid that did not see them: one origin a series
 * where there are many, several where there are few.
 */
async function calibrate(
  series: readonly ModelSeries[],
  settings: MethodSettings,
  keeper: Keeper,
): Promise<SplitConformalJson[]> {
  const { levels, horizon, season } = settings;
  if (levels.length === 0) return [];
  const fewest = Math.max(8, season > 1 ? 2 * season + 3 : 6);
  const origins = originsFor(series, settings, fewest);
  if (origins === 0) return [];
  const held = horizon + origins - 1;
  const long = series.filter((one) => one.values.length >= held + fewest && changes(one.values));
  const forecaster = await keeper.fit(long.map((one) => upTo(one, one.values.length - held, horizon)));
  const past: PastForecast[] = [];
  for (let origin = 0; origin < origins; origin++) {
    const known = long.map((one) => {
      const cut = upTo(one, one.values.length - held + origin, horizon);
      return newest(cut, settings.history);
    });
    for (const [at, { values }] of keeper.forecast(forecaster, known).entries()) {
      const from = long[at]!.values.length - held + origin;
      const truth = long[at]!.values.subarray(from, from + horizon);
      past.push({ truth, forecast: values, scale: usualChange(known[at]!.values, season) });
    }
  }
  return marginsOf(past, levels, horizon);
}

/**
 * Origins of each series that give enough errors for the highest level, half as many again for missing
 * values; 0 where series are too short.
 */
function originsFor(
  series: readonly ModelSeries[],
  { levels, horizon }: MethodSettings,
  fewest: number,
): number {
  const wanted = Math.ceil(1.5 * leastErrors(Math.max(...levels)));
  const changing = series.filter(({ values }) => changes(values));
  const errorsWith = (origins: number) =>
    origins * changing.filter(({ values }) => values.length >= horizon + origins - 1 + fewest).length;
  let best = 0;
  for (let origins = 1; origins <= MOST_ORIGINS; origins++) {
    if (errorsWith(origins) >= wanted) return origins;
    if (errorsWith(origins) > errorsWith(best)) best = origins;
  }
  return best;
}
