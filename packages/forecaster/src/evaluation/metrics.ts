import {
  coverage,
  directionalAccuracy,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanAbsoluteScaledError,
  meanIntervalWidth,
  rootMeanSquaredError,
  symmetricMeanAbsolutePercentageError,
} from '@unrolled/forecasting';
import type { SeriesIntervals } from '../model/intervals';
import { FORECAST_NAMES, type ForecastName } from '../settings/forecast-names';
import { type CoveragePeriod, coverageOverTime, heldTruths } from './coverage-over-time';
import type { SeriesOutcome } from './outcome';

/** The errors of forecasts. */
export interface Metrics {
  /** In price units, as is the mean absolute error. */
  readonly rmse: number;
  readonly mae: number;
  /** In percent of the true values; null if a true value is 0. */
  readonly mape: number | null;
  readonly smape: number;
  /**
   * In units of the mean absolute change from row to row before the first cut; null if these rows never
   * change.
   */
  readonly mase: number | null;
  /** The share of forecasts with the right sign of change. */
  readonly directionalAccuracy: number;
}

export type MetricsTable = Readonly<Record<ForecastName, Metrics>>;

/** Coverage and width of intervals. */
export interface IntervalMetrics {
  readonly method: 'split-conformal' | 'conformalized-quantile' | 'quantile';
  /** The promised coverage. */
  readonly level: number;
  /** The measured coverage. */
  readonly coverage: number;
  /** In price units. */
  readonly meanWidth: number;
  /** Number of intervals. */
  readonly count: number;
  /** Number of errors on which each interval was calibrated. */
  readonly calibration: number;
  /** The coverage in consecutive periods. */
  readonly overTime: readonly CoveragePeriod[];
}

/**
 * The metrics of the model and of each baseline over the forecasts of all series.
 *
 * @param step only this step ahead, from 0; default all
 */
export function metricsTable(outcomes: readonly SeriesOutcome[], step?: number): MetricsTable {
  const entries = FORECAST_NAMES.map((name) => [name, metricsOf(outcomes, name, step)]);
  return Object.fromEntries(entries) as Record<ForecastName, Metrics>;
}

function metricsOf(
  outcomes: readonly SeriesOutcome[],
  name: ForecastName,
  step: number | undefined,
): Metrics {
  const pooled = (values: (outcome: SeriesOutcome) => Float64Array) =>
    outcomes.flatMap((outcome) => [...atStep(values(outcome), outcome.horizon, step)]);
  const truth = pooled((outcome) => outcome.truth);
  const forecast = pooled((outcome) => outcome.forecasts[name]);
  const previous = pooled(({ last, horizon }) =>
    Float64Array.from({ length: last.length * horizon }, (_, i) => last[Math.floor(i / horizon)]!),
  );
  return {
    rmse: rootMeanSquaredError(truth, forecast),
    mae: meanAbsoluteError(truth, forecast),
    mape: truth.includes(0) ? null : meanAbsolutePercentageError(truth, forecast),
    smape: symmetricMeanAbsolutePercentageError(truth, forecast),
    mase: scaledError(outcomes, name, step),
    directionalAccuracy: directionalAccuracy(truth, forecast, previous),
  };
}

/** The mean over all forecasts of the absolute error, in units of the series' own training changes. */
function scaledError(outcomes: readonly SeriesOutcome[], name: ForecastName, step: number | undefined) {
  let sum = 0;
  let count = 0;
  for (const outcome of outcomes) {
    const { training } = outcome;
    if (changeScale(outcome) === 0) return null;
    const truth = atStep(outcome.truth, outcome.horizon, step);
    const forecast = atStep(outcome.forecasts[name], outcome.horizon, step);
    sum += meanAbsoluteScaledError(truth, forecast, { training }) * truth.length;
    count += truth.length;
  }
  return sum / count;
}

/**
 * The mean absolute change from row to row before the first cut, which is the naive forecast's error there.
 */
export function changeScale({ training }: Pick<SeriesOutcome, 'training'>): number {
  return meanAbsoluteError(training.subarray(1), training.subarray(0, -1));
}

/**
 * Coverage and width of the intervals of all series.
 *
 * @returns undefined if no series has intervals
 */
export function intervalMetrics(
  outcomes: readonly SeriesOutcome[],
  of: (outcome: SeriesOutcome) => SeriesIntervals | undefined,
  { method, level }: Pick<IntervalMetrics, 'method' | 'level'>,
  step?: number,
): IntervalMetrics | undefined {
  const withIntervals = outcomes.filter((outcome) => of(outcome) !== undefined);
  if (withIntervals.length === 0) return undefined;
  const pooled = (values: (outcome: SeriesOutcome, intervals: SeriesIntervals) => Float64Array) =>
    withIntervals.flatMap((outcome) => [...atStep(values(outcome, of(outcome)!), outcome.horizon, step)]);
  const truth = pooled((outcome, { from }) => outcome.truth.subarray(from * outcome.horizon));
  const lower = pooled((_, intervals) => intervals.lower);
  const upper = pooled((_, intervals) => intervals.upper);
  return {
    ...{ method, level },
    coverage: coverage(truth, lower, upper),
    meanWidth: meanIntervalWidth(lower, upper),
    count: truth.length,
    overTime: coverageOverTime(withIntervals.flatMap((outcome) => heldTruths(outcome, of(outcome), step))),
    calibration: Math.min(...withIntervals.map((outcome) => of(outcome)!.calibration)),
  };
}

/** One column of [n, horizon], or all columns. */
export function atStep(values: Float64Array, horizon: number, step: number | undefined): Float64Array {
  return step === undefined || horizon === 1 ? values : values.filter((_, i) => i % horizon === step);
}
