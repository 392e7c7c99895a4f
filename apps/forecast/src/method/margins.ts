import { type SplitConformalJson, splitConformal } from '@unrolled/forecasting';
import type { MethodForecast, ModelSeries } from './method';

/** The forecast made at one origin, and the values that followed. */
export interface PastForecast {
  readonly truth: Float64Array;
  readonly forecast: Float64Array;
  /** The series' usual change at its origin. */
  readonly scale: number;
}

/** Errors at each step that intervals of a level take. */
export const leastErrors = (level: number) => Math.ceil(level / (1 - level) - 1e-9);

/**
 * The mean absolute change over a season, or over a step where that is 0 or there is no season; 0 of a
 * constant.
 */
export function usualChange(values: Float64Array, season: number): number {
  const over = (lag: number) => {
    let [sum, count] = [0, 0];
    for (let t = lag; t < values.length; t++) {
      const change = Math.abs(values[t]! - values[t - lag]!);
      if (Number.isNaN(change)) continue;
      sum += change;
      count++;
    }
    return count > 0 ? sum / count : 0;
  };
  return over(season) || over(1);
}

/**
 * Margins in units of a series' usual change, for the levels that there are enough errors for at each step;
 * missing values leave out their own.
 */
export function marginsOf(
  past: readonly PastForecast[],
  levels: readonly number[],
  horizon: number,
): SplitConformalJson[] {
  const errorsAt = Array.from({ length: horizon }, (_, ahead) =>
    past
      .map(({ truth, forecast, scale }) => (truth[ahead]! - forecast[ahead]!) / scale)
      .filter(Number.isFinite),
  );
  return levels
    .filter((level) => errorsAt.every((errors) => errors.length >= leastErrors(level)))
    .map((level) => {
      const steps = errorsAt.map((truth) => splitConformal({ truth, forecast: truth.map(() => 0), level }));
      return {
        ...steps[0]!.toJSON(),
        below: steps.map(({ below }) => below[0]!),
        above: steps.map(({ above }) => above[0]!),
      };
    });
}

/** A forecast with intervals of these margins about it. */
export function withMargins(
  forecast: MethodForecast,
  { values }: ModelSeries,
  margins: readonly SplitConformalJson[],
  season: number,
): MethodForecast {
  const scale = usualChange(values, season);
  const intervals = margins.map(({ level, below, above }) => ({
    level,
    lower: forecast.values.map((value, ahead) => value - scale * below[ahead]!),
    upper: forecast.values.map((value, ahead) => value + scale * above[ahead]!),
  }));
  return { ...forecast, intervals };
}
