import {
  calibrateHybrid,
  encodeHybridForecaster,
  fitHybridForecaster,
  type HybridCalibration,
  type HybridForecaster,
  type HybridSeries,
} from '@unrolled/forecaster';
import { changes } from './lengths';
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

/** Minimum number of values from which the hybrid can forecast a series. */
const FEWEST = 3;

/**
 * The hybrid of exponential smoothing and a recurrent network. It forecasts many series and reads only their
 * values.
 */
export function hybridMethod(settings: MethodSettings): Method {
  const fit = keepingNewest(settings);
  return {
    name: 'hybrid',
    words: 'the hybrid',
    fewest: FEWEST,
    async fit(series) {
      const calibration = await calibrate(series, settings, fit);
      const forecaster = (await fit(series))?.withIntervals(calibration);
      return hybridOf(forecaster, { ...settings, areCounts: areCounts(series) });
    },
  };
}

type Fit = (series: readonly ModelSeries[]) => Promise<HybridForecaster | undefined>;

/**
 * Keeps the newest fit. If the calibration of a fold holds back one horizon, it needs a fit to the values
 * that the fold before was fitted to. It then takes that fit instead of computing it again.
 */
function keepingNewest(settings: MethodSettings): Fit {
  let fit: { own: readonly ModelSeries[]; forecaster: HybridForecaster | undefined } | undefined;
  return async (series) => {
    const own = series.map((one) => newest(one, settings.history)).filter(({ values }) => changes(values));
    if (!fit || !areSame(fit.own, own)) fit = { own, forecaster: await fitted(own, settings) };
    return fit.forecaster;
  };
}

/** Whether both are the same parts of the same series, by their place in memory. */
function areSame(some: readonly ModelSeries[], others: readonly ModelSeries[]): boolean {
  const isSame = ({ values }: ModelSeries, { values: other }: ModelSeries) =>
    values.buffer === other.buffer &&
    values.byteOffset === other.byteOffset &&
    values.length === other.length;
  return some.length === others.length && some.every((one, at) => isSame(one, others[at]!));
}

/** A fitted hybrid. Without a forecaster, all series were constant. */
export function hybridOf(
  forecaster: HybridForecaster | undefined,
  settings: Pick<MethodSettings, 'history' | 'areCounts' | 'horizon'>,
): FittedMethod {
  return {
    forecast(series) {
      const own = series.map((one) => newest(one, settings.history));
      const forecasts = forecaster ? forecaster.forecast(own.map(plain)) : constants(own, settings);
      return settings.areCounts ? forecasts.map(asCounts) : forecasts;
    },
    encode: () => (forecaster ? encodeHybridForecaster(forecaster) : new Uint8Array()),
  };
}

/** A series in the hybrid's form. */
const plain = ({ name, values }: ModelSeries): HybridSeries => ({ name, values });

/** Fits the series that change. Returns undefined if there are none. */
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

function constants(
  series: readonly ModelSeries[],
  { horizon }: Pick<MethodSettings, 'horizon'>,
): MethodForecast[] {
  return series.map(({ name, values }) => {
    const last = values.findLast((value) => !Number.isNaN(value))!;
    const forecast = new Float64Array(horizon).fill(last);
    return { name, by: 'constant', values: forecast, withoutNetwork: forecast, intervals: [] };
  });
}

/** The intervals' calibration. */
async function calibrate(
  series: readonly ModelSeries[],
  { levels, horizon, season, history, signal }: MethodSettings,
  fit: Fit,
): Promise<HybridCalibration | undefined> {
  const own = series.map((one) => newest(one, history + horizon)).filter(({ values }) => changes(values));
  if (own.length === 0) return undefined;
  return calibrateHybrid(own.map(plain), { horizon, season, levels, ...(signal && { signal }) }, (held) => {
    const older = series.filter(({ values }) => values.length >= held + FEWEST);
    return fit(older.map((one) => upTo(one, one.values.length - held, horizon)));
  });
}
