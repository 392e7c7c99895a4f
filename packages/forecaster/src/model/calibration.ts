import {
  type ConformalizedQuantilesJson,
  conformalizedQuantilesFromJSON,
  type Intervals,
  type SplitConformalJson,
  splitConformalFromJSON,
} from '@unrolled/forecasting';

/** Forecasts of [n, horizon] changes: points, and for the quantile loss the outermost quantiles. */
export interface Forecasts {
  readonly point: Float64Array;
  readonly ends: Intervals | undefined;
}

export type IntervalMethod = 'split-conformal' | 'conformalized-quantile';

/** Plain JSON. */
export interface CalibrationJson {
  readonly method: IntervalMethod;
  /** Number of forecasts whose errors were used for the calibration. */
  readonly errors: number;
  readonly margins: SplitConformalJson | ConformalizedQuantilesJson;
}

/** Margins around forecasts. They come from errors on rows that were not used in training. */
export interface Calibration extends CalibrationJson {
  /** Lower and upper changes, [n, horizon]. */
  interval(forecasts: Forecasts): Intervals;
}

/**
 * [n, horizon], the distance of each true value from its forecast, or from its quantiles (below 0 inside).
 */
export function scoresOf(truth: Float64Array, { point, ends }: Forecasts): Float64Array {
  return truth.map((value, i) =>
    ends ? Math.max(ends.lower[i]! - value, value - ends.upper[i]!) : Math.abs(value - point[i]!),
  );
}

/**
 * A calibration from margins: split-conformal around points, or conformalized quantiles.
 *
 * @param margins `[horizon]`, in the unit of the forecasts
 */
export function calibrationOf(
  { ends }: Forecasts,
  { level, errors, margins }: { level: number; errors: number; margins: readonly number[] },
): Calibration {
  return calibrationFromJSON(
    ends
      ? { method: 'conformalized-quantile', errors, margins: { level, margins } }
      : {
          method: 'split-conformal',
          errors,
          margins: { kind: 'absolute', level, below: margins, above: margins },
        },
  );
}

/**
 * Reads a saved calibration.
 *
 * @throws UnrolledError if the margins are invalid
 */
export function calibrationFromJSON({ method, errors, margins }: CalibrationJson): Calibration {
  if (method === 'conformalized-quantile') {
    const { interval } = conformalizedQuantilesFromJSON(margins);
    return { method, errors, margins, interval: ({ ends }) => interval(ends!.lower, ends!.upper) };
  }
  const { interval } = splitConformalFromJSON(margins);
  return { method, errors, margins, interval: ({ point }) => interval(point) };
}
