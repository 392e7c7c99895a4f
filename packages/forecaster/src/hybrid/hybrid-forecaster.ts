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
  /** For each of `levels` its interval. */
  readonly intervals: readonly { level: number; lower: Float64Array; upper: Float64Array }[];
}

export interface HybridForecaster extends HybridData {
  /**
   * Forecasts what follows each series, those of the training or others.
   *
   * @throws UnrolledError when a series is not as `fitHybridForecaster` takes them, or its category is none
   *   of the training's
   */
  forecast(series: readonly HybridSeries[]): HybridForecast[];
  /**
   * The same forecaster with intervals of that calibration (`calibrateHybrid`), or without any.
   *
   * @throws UnrolledError when it is none, or of another horizon
   */
  withIntervals(calibration: HybridCalibration | undefined): HybridForecaster;
}

/**
 * Fits one forecaster to many series of one frequency: exponential smoothing and a recurrent network, as the
 * hybrids that won the M4 competition have them (Smyl, 2020; Montero-Manso et al., 2020). Theta and smoothed
 * trends forecast each series less its season, several ways (`candidates.ts`); a gated recurrent layer reads
 * the series, where the candidates go and how they fared, and gives their weights and what to add at each
 * step of the horizon. Before training all weigh the same. The loss is the mean absolute error in units of
 * each series' usual change, that of MASE; what is missing counts in none. A series that follows a line or
 * steady growth ten times as closely as it stays at its last value is forecast by that, and says so (`by`).
 *
 * With `levels` it is first trained without the newest `horizon` values, or more where there are few series,
 * whose errors give the margins ({@link calibrateHybrid}), then on all.
 *
 * @param series values oldest first, NaN where one is missing; of about the same frequency
 * @throws UnrolledError when a setting or a series is wrong, no series is long enough to learn from, or there
 *   are too few of them for `levels`
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

/** Refuses levels that there are too few errors for. */
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

/** A forecaster of its data. */
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

/** The size of a rule's errors: those that it had, in units of the usual error at each step. */
function steadySize({ errors, counts }: SteadyForecast, { usual }: ErrorSizes): number {
  const sum = errors.reduce((all, error) => all + error, 0);
  return sum / counts.reduce((all, count, ahead) => all + count * usual[ahead]!, 0);
}

/** The newest times of a series that examples start from, those that see no value come left out. */
function originsOf(length: number, { origins, season }: ResolvedHybrid): number[] {
  const first = Math.max(fewestKnown(season), length - origins);
  return Array.from({ length: Math.max(0, length - first) }, (_, at) => first + at);
}

/** The example at the end of a series; the origins before it tell how the candidates fared. */
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
