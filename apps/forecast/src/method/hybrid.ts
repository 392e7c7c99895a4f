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
  type FittedMethod,
  type Method,
  type MethodForecast,
  type MethodSettings,
  type ModelSeries,
  newest,
  notBelowZero,
  upTo,
} from './method';

/** Origins that few series are calibrated from, at most. */
const MOST_ORIGINS = 60;
/** Values of a series that the hybrid can forecast from. */
const FEWEST = 3;

/** The hybrid of exponential smoothing and a recurrent network: of many series, by their history alone. */
export function hybridMethod(settings: MethodSettings): Method {
  return {
    name: 'hybrid',
    words: 'the hybrid',
    fewest: FEWEST,
    fit: (series) => fitHybrid(series, settings),
  };
}

async function fitHybrid(series: readonly ModelSeries[], settings: MethodSettings): Promise<FittedMethod> {
  const margins = await calibrate(series, settings);
  const forecaster = await fitted(series, settings);
  return hybridOf(forecaster, margins, settings);
}

/** A fitted hybrid with its margins; without a forecaster all series were constant. */
export function hybridOf(
  forecaster: HybridForecaster | undefined,
  margins: readonly SplitConformalJson[],
  settings: Pick<MethodSettings, 'season' | 'history' | 'areCounts' | 'horizon'>,
): FittedMethod {
  return {
    margins,
    forecast(series) {
      const own = series.map((one) => newest(one, settings.history));
      return pointForecasts(forecaster, own, settings).map((forecast, at) => {
        const whole = withMargins(forecast, own[at]!, margins, settings.season);
        return settings.areCounts ? notBelowZero(whole) : whole;
      });
    },
    encode: () => (forecaster ? encodeHybridForecaster(forecaster) : new Uint8Array()),
  };
}

/** A series in the hybrid's form. */
const plain = ({ name, values }: ModelSeries): HybridSeries => ({ name, values });

/** Undefined if no series changes, because there is nothing to learn. */
async function fitted(
  series: readonly ModelSeries[],
  settings: MethodSettings,
): Promise<HybridForecaster | undefined> {
  const { horizon, season, seed, units, ensemble, epochs, signal, history } = settings;
  const own = series.map((one) => newest(one, history)).filter(({ values }) => changes(values));
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
): Promise<SplitConformalJson[]> {
  const { levels, horizon, season } = settings;
  if (levels.length === 0) return [];
  const fewest = Math.max(8, season > 1 ? 2 * season + 3 : 6);
  const origins = originsFor(series, settings, fewest);
  if (origins === 0) return [];
  const held = horizon + origins - 1;
  const long = series.filter((one) => one.values.length >= held + fewest && changes(one.values));
  const forecaster = await fitted(
    long.map((one) => upTo(one, one.values.length - held, horizon)),
    settings,
  );
  const past: PastForecast[] = [];
  for (let origin = 0; origin < origins; origin++) {
    const known = long.map((one) => {
      const cut = upTo(one, one.values.length - held + origin, horizon);
      return newest(cut, settings.history);
    });
    for (const [at, { values }] of pointForecasts(forecaster, known, settings).entries()) {
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
