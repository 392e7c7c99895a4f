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
  /** Forecasts whose errors it was calibrated on. */
  readonly errors: number;
  readonly margins: SplitConformalJson | ConformalizedQuantilesJson;
}

/** Margins around forecasts, learned from errors of forecasts that were not trained on. */
export interface Calibration extends CalibrationJson {
  /** Lower and upper changes, [n, horizon]. */
  interval(forecasts: Forecasts): Intervals;
}

/** The distance of each truth from its forecast, or outside its quantiles (below 0 inside). [n, horizon] */
export function scoresOf(truth: Float64Array, { point, ends }: Forecasts): Float64Array {
  return truth.map((value, i) =>
    ends ? Math.max(ends.lower[i]! - value, value - ends.upper[i]!) : Math.abs(value - point[i]!),
  );
}

/**
 * The calibration of margins: split-conformal around points, conformalized around quantiles.
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
 * The calibration that was saved.
 *
 * @throws UnrolledError when the margins are none
 */
export function calibrationFromJSON({ method, errors, margins }: CalibrationJson): Calibration {
  if (method === 'conformalized-quantile') {
    const { interval } = conformalizedQuantilesFromJSON(margins);
    return { method, errors, margins, interval: ({ ends }) => interval(ends!.lower, ends!.upper) };
  }
  const { interval } = splitConformalFromJSON(margins);
  return { method, errors, margins, interval: ({ point }) => interval(point) };
}
