import { type ConformalizedQuantilesJson, conformalizedQuantilesFromJSON } from '@unrolled/forecasting';
import { type SteadyRule, steadyForecast } from '../collection/steady';
import type { CheckedGlobal } from './global-series';
import { isOfCounts, quantilesOf, type ResolvedGlobal } from './global-settings';
import type { Level } from './level';
import type { ScaledForecast } from './sample-global';

/** The forecast of one series. */
export interface GlobalForecast {
  readonly name: string;
  /**
   * The source of the forecast: the network, the last value of a constant series, or the rule that replaces
   * the network (`steady.ts`).
   */
  readonly by: 'network' | 'constant' | SteadyRule;
  /** [horizon], the medians. */
  readonly values: Float64Array;
  /** [horizon], the means of the draws; undefined with quantiles. */
  readonly mean: Float64Array | undefined;
  /** The interval for each of `levels`. */
  readonly intervals: readonly { level: number; lower: Float64Array; upper: Float64Array }[];
  /** The requested number of sample paths [horizon]. */
  readonly paths: readonly Float64Array[];
}

/** A rule is searched for in this number of the newest values, or in ten horizons if that is more. */
const NEWEST = 200;

/**
 * A series' forecast in the series' units, with calibrated intervals. If the series follows a rule, the
 * forecast is moved to that of the rule.
 */
export function forecastOf(
  { name, values }: CheckedGlobal,
  own: { level: Level; scaled: ScaledForecast } | undefined,
  settings: ResolvedGlobal,
  margins: readonly ConformalizedQuantilesJson[],
  paths: number,
): GlobalForecast {
  const { distribution, horizon, levels } = settings;
  const isLogarithm = distribution === 'logNormal';
  const ofCounts = isOfCounts(distribution);
  const last = values.findLast((value) => !Number.isNaN(value))!;
  const { location, scale } = own?.level ?? { location: last, scale: 1 };
  const flat = () => new Float64Array(horizon);
  const quantiles = quantilesOf(levels);
  const scaled = own?.scaled ?? { quantiles: quantiles.map(flat), draws: [] };
  const steady = own && !ofCounts ? steadyOf(values, horizon, isLogarithm) : undefined;
  const median = scaled.quantiles[quantiles.indexOf(0.5)]!;
  const moved = flat().map((_, h) => (steady ? (steady.values[h]! - location) / scale - median[h]! : 0));
  const inUnits = (numbers: Float64Array): Float64Array =>
    numbers.map((number, h) => {
      const value = location + scale * (number + moved[h]!);
      return isLogarithm ? Math.exp(value) : ofCounts ? Math.max(0, value) : value;
    });
  const intervals = levels.map((level, k) => {
    const ends = [(1 - level) / 2, (1 + level) / 2].map((end) => scaled.quantiles[quantiles.indexOf(end)]!);
    const [lower, upper] = ends as [Float64Array, Float64Array];
    const margin = own && margins[k];
    const corrected = margin
      ? conformalizedQuantilesFromJSON(margin).interval(lower, upper)
      : { lower, upper };
    return {
      level,
      // If the margins narrow an interval, its ends do not pass the median.
      lower: inUnits(corrected.lower.map((value, h) => Math.min(value, median[h]!))),
      upper: inUnits(corrected.upper.map((value, h) => Math.max(value, median[h]!))),
    };
  });
  return {
    ...{ name, by: own ? (steady?.rule ?? 'network') : 'constant', values: inUnits(median), intervals },
    mean:
      distribution === 'quantiles' ? undefined : own ? meanOf(scaled.draws.map(inUnits)) : inUnits(flat()),
    paths: own
      ? spread(scaled.draws, paths).map(inUnits)
      : Array.from({ length: paths }, () => inUnits(flat())),
  };
}

/** The total number of draws of all members. */
function spread(draws: readonly Float64Array[], count: number): Float64Array[] {
  return Array.from({ length: count }, (_, at) => draws[Math.floor((at * draws.length) / count)]!);
}

function meanOf(draws: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(draws[0]!.length);
  for (const draw of draws) for (let h = 0; h < sum.length; h++) sum[h]! += draw[h]!;
  return sum.map((value) => value / draws.length);
}

/** The rule of the newest values and its forecast, in logarithms if the values are logarithms. */
function steadyOf(
  values: Float64Array,
  horizon: number,
  isLogarithm: boolean,
): { rule: SteadyRule; values: Float64Array } | undefined {
  const newest = values.subarray(-Math.max(NEWEST, 10 * horizon));
  const known = newest.subarray(newest.findIndex((value) => !Number.isNaN(value)));
  const found = steadyForecast(isLogarithm ? known.map(Math.exp) : known, horizon);
  if (!found || (isLogarithm && !found.forecast.every((value) => value > 0))) return undefined;
  return { rule: found.rule, values: isLogarithm ? found.forecast.map(Math.log) : found.forecast };
}
