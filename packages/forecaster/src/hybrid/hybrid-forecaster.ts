import { deriveSeed } from '@unrolled/cells';
import { inWords } from '@unrolled/errors';
import type { TensorRecord } from '@unrolled/training';
import { type SteadyForecast, type SteadyRule, steadyForecast } from '../collection/steady';
import { refuse } from '../refuse';
import { calibrated, leastErrors } from './calibrate-hybrid';
import { type ErrorSizes, errorSizeOf } from './error-sizes';
import { type Example, type ExampleShape, errorInputsOf, examplesOf, fewestKnown } from './examples';
import { type HybridCalibration, type HybridData, isCalibration } from './hybrid-data';
import { hybridNetwork } from './hybrid-network';
import { type CheckedSeries, checkHybridSeries, type HybridSeries } from './hybrid-series';
import { type HybridSettings, type ResolvedHybrid, resolveHybrid } from './hybrid-settings';
import { forecastHybrid, trainHybrid } from './train-hybrid';

/** The forecast of one series. */
export interface HybridForecast {
  readonly name: string;
  /** The source of the forecast: the network, or the rule that replaces it (`steady.ts`). */
  readonly by: 'network' | 'constant' | SteadyRule;
  /** [horizon] */
  readonly values: Float64Array;
  /** `[horizon]`: the mean of the candidates, which is the forecast without the network. */
  readonly withoutNetwork: Float64Array;
  /** The interval for each of `levels`. */
  readonly intervals: readonly { level: number; lower: Float64Array; upper: Float64Array }[];
}

export interface HybridForecaster extends HybridData {
  /**
   * Forecasts the next values of each series; the series need not have been in the training.
   *
   * @throws UnrolledError if a series is invalid for `fitHybridForecaster`, or its category was not in the
   *   training
   */
  forecast(series: readonly HybridSeries[]): HybridForecast[];
  /**
   * The same forecaster with intervals from a calibration (`calibrateHybrid`), or without intervals.
   *
   * @throws UnrolledError if the value is not a calibration, or has another horizon
   */
  withIntervals(calibration: HybridCalibration | undefined): HybridForecaster;
}

/**
 * Fits one forecaster to many series of one frequency. It combines exponential smoothing with a recurrent
 * network, like the hybrids that won the M4 competition (Smyl, 2020; Montero-Manso et al., 2020). Theta and
 * smoothed trends give candidate forecasts of the series, seasonally adjusted in several ways
 * (`candidates.ts`). A gated recurrent layer reads the series, the candidates and their past errors; it
 * outputs the candidates' weights and a correction for each step of the horizon. Before training all weights
 * are equal. The loss is the mean absolute error in units of each series' usual change, as in MASE; missing
 * values are left out. If a line or constant growth fits a series ten times more closely than repeating its
 * last value, that rule makes the forecast, and `by` names it.
 *
 * With `levels`, a first training leaves out the newest `horizon` values (more if there are few series),
 * whose errors give the margins ({@link calibrateHybrid}). A second training uses all values.
 *
 * @param series all of the same frequency; values oldest first, NaN for a missing value
 * @throws UnrolledError if a setting or a series is invalid, no series is long enough for training, or there
 *   are too few values for `levels`
 */
export async function fitHybridForecaster(
  series: readonly HybridSeries[],
  settings: HybridSettings,
): Promise<HybridForecaster> {
  const scope = 'fitHybridForecaster';
  const resolved = resolveHybrid(scope, settings);
  const checked = checkHybridSeries(scope, series);
  const categories = [...new Set(checked.flatMap(({ category }) => category ?? []))].sort();
  const shape: ExampleShape = { ...resolved, categories };
  const train = (some: readonly CheckedSeries[]) =>
    trainMembers(scope, some, resolved, shape, settings.signal);
  const calibration = await calibrated(checked, resolved, async (held) => {
    const older = checked.map((one) => ({ ...one, values: one.values.subarray(0, -held) }));
    return { settings: resolved, categories, members: await train(older) };
  });
  checkLevels(scope, resolved, calibration);
  const members = await train(checked);
  return hybridForecasterOf({ settings: resolved, categories, members, calibration });
}

/** Refuses levels for which there are too few errors. */
function checkLevels(
  scope: string,
  { levels, horizon, season }: ResolvedHybrid,
  calibration: HybridCalibration | undefined,
): void {
  const found = calibration?.margins.length ?? 0;
  if (found === levels.length) return;
  const level = Math.max(...levels);
  refuse(scope, {
    expected: `at least ${leastErrors(level)} known values at the ends of the series for \`levels\`, each more than ${horizon + fewestKnown(season)} values after its series' first`,
    got: found === 0 ? 'too few for any level' : `enough for ${found} of ${levels.length}`,
    remedy: 'lower `levels`, leave them out, or pass more series or longer ones',
  });
}

/** A forecaster from its data. */
export function hybridForecasterOf(data: HybridData): HybridForecaster {
  const { settings, categories, members, calibration } = data;
  const shape: ExampleShape = { ...settings, categories };
  return {
    ...data,
    forecast(series) {
      const checked = checkHybridSeries('forecast', series, categories);
      const examples = checked.flatMap((one, at) => newestExample(one, shape, at));
      const scaled = forecastHybrid(hybridNetwork(shape, settings.units), members, examples);
      const byPlace = new Map(
        examples.map((example, at) => [example.series, { example, scaled: scaled[at]! }]),
      );
      return checked.map(({ name, values }, at) => {
        const found = byPlace.get(at);
        if (!found) return constant(name, values, settings);
        const steady = steadyForecast(values, settings.horizon);
        return inUnits(name, found.example, found.scaled, calibration, steady);
      });
    },
    withIntervals(other) {
      if (other !== undefined && !isCalibration(other, settings.horizon)) {
        refuse('withIntervals', {
          expected: `a calibration of ${settings.horizon} steps`,
          got: inWords(other),
          remedy: 'pass the result of calibrateHybrid for the same horizon',
        });
      }
      const levels = other?.margins.map(({ level }) => level) ?? [];
      return hybridForecasterOf({ ...data, settings: { ...settings, levels }, calibration: other });
    },
  };
}

/** A constant series stays constant; its errors are unknown. */
function constant(name: string, values: Float64Array, { horizon, levels }: ResolvedHybrid): HybridForecast {
  const forecast = new Float64Array(horizon).fill(values.findLast((value) => !Number.isNaN(value))!);
  const intervals = levels.map((level) => ({ level, lower: forecast.slice(), upper: forecast.slice() }));
  return { name, by: 'constant', values: forecast, withoutNetwork: forecast.slice(), intervals };
}

function inUnits(
  name: string,
  example: Example,
  scaled: Float64Array,
  calibration: HybridCalibration | undefined,
  steady: SteadyForecast | undefined,
): HybridForecast {
  const { scale, level: base, candidates } = example;
  const horizon = scaled.length;
  const count = candidates.length / horizon;
  const values = steady?.forecast ?? scaled.map((value) => base + scale * value);
  const withoutNetwork = values.map((_, ahead) => {
    const these = candidates.subarray(ahead * count, (ahead + 1) * count);
    return base + (scale * these.reduce((sum, value) => sum + value, 0)) / count;
  });
  const { sizes, margins } = calibration ?? { sizes: undefined, margins: [] };
  const size = !sizes
    ? 0
    : steady
      ? steadySize(steady, sizes)
      : scale * errorSizeOf(sizes, errorInputsOf(example));
  const intervals = margins.map(({ level, margin }) => ({
    level,
    lower: values.map((value, ahead) => value - size * margin[ahead]!),
    upper: values.map((value, ahead) => value + size * margin[ahead]!),
  }));
  return { name, by: steady?.rule ?? 'network', values, withoutNetwork, intervals };
}

/** The size of a rule's errors: its past errors, in units of the usual error at each step. */
function steadySize({ errors, counts }: SteadyForecast, { usual }: ErrorSizes): number {
  const sum = errors.reduce((all, error) => all + error, 0);
  return sum / counts.reduce((all, count, ahead) => all + count * usual[ahead]!, 0);
}

/** The newest origins of a series for training examples, except those without a later value. */
function originsOf(length: number, { origins, season }: ResolvedHybrid): number[] {
  const first = Math.max(fewestKnown(season), length - origins);
  return Array.from({ length: Math.max(0, length - first) }, (_, at) => first + at);
}

/** The example at the end of a series; earlier origins give the candidates' past errors. */
function newestExample({ values, category }: CheckedSeries, shape: ExampleShape, at: number): Example[] {
  const length = values.length;
  const first = Math.max(Math.min(fewestKnown(shape.season), length), length - shape.horizon);
  const origins = Array.from({ length: length - first + 1 }, (_, step) => first + step);
  return examplesOf(values, origins, shape, at, category).filter(({ known }) => known === length);
}

async function trainMembers(
  scope: string,
  series: readonly CheckedSeries[],
  settings: ResolvedHybrid,
  shape: ExampleShape,
  signal: AbortSignal | undefined,
): Promise<TensorRecord[]> {
  const examples = series
    .flatMap(({ values, category }, at) =>
      examplesOf(values, originsOf(values.length, settings), shape, at, category),
    )
    .filter(({ weights }) => weights.some((weight) => weight > 0));
  if (examples.length === 0) {
    const longest = series.reduce((a, b) => (b.values.length > a.values.length ? b : a));
    const isLong = longest.values.length > fewestKnown(settings.season);
    const got = `${longest.values.length} at most, of '${longest.name}'`;
    refuse(scope, {
      expected: `a series of more than ${fewestKnown(settings.season)} values that change, with \`season\` ${settings.season}`,
      got: isLong ? `none that changes and goes on; ${got}` : got,
      remedy: isLong
        ? 'add series that change, and have known values at their newer end'
        : 'pass longer series, or a shorter `season`',
    });
  }
  const members: TensorRecord[] = [];
  for (let member = 0; member < settings.ensemble; member++) {
    const network = hybridNetwork(shape, settings.units);
    const seed = deriveSeed(settings.seed, member);
    members.push(await trainHybrid({ ...settings, network, examples, seed, signal }));
  }
  return members;
}
