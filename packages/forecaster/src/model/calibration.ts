import {
  type ConformalizedQuantilesJson,
  conformalizedQuantilesFromJSON,
  conformalizeQuantiles,
  type Intervals,
  type SplitConformalJson,
  splitConformal,
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

/**
 * Calibrates intervals on past forecasts: split-conformal ones around points, conformalized ones around
 * quantiles.
 *
 * @param truth [n, horizon], the changes that came
 * @throws UnrolledError when n is too small for the level
 */
export function calibrate(
  truth: Float64Array,
  { point, ends }: Forecasts,
  { level, horizon }: { readonly level: number; readonly horizon: number },
): Calibration {
  const margins = ends
    ? conformalizeQuantiles({ truth, ...ends, level, horizon }).toJSON()
    : splitConformal({ truth, forecast: point, level, horizon }).toJSON();
  const method = ends ? 'conformalized-quantile' : 'split-conformal';
  return calibrationFromJSON({ method, errors: truth.length / horizon, margins });
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
