/** The record of each series in a back-test: its forecasts and the true values. */
import { naive2Forecast, type SmoothingName } from '@unrolled/forecasting';
import { baselineForecast, type CollectionBaseline } from './baselines';
import { filled, usualChange } from './history';

/** The part of a forecast that a back-test reads. */
export interface CollectionForecast {
  /** [horizon] */
  readonly values: Float64Array;
  readonly intervals: readonly { level: number; lower: Float64Array; upper: Float64Array }[];
}

/** The forecasts of one series over all folds. */
export interface SeriesRecord {
  readonly name: string;
  /** The step of each known value, counted from the first step of the oldest fold. */
  readonly steps: number[];
  readonly truth: number[];
  /** By name: 'model', the names that `beside` returns, and the baselines. */
  readonly forecasts: Record<string, number[]>;
  readonly intervals: { lower: number[]; upper: number[] }[];
  /** The values before the series' first fold, with gaps filled. */
  training: Float64Array;
  /**
   * The unit of the scaled errors: the mean absolute change of `training` over a season, or over one step if
   * that is 0. It is 0 for a series that was constant or is in no fold.
   */
  scale: number;
  /** The exponential smoothing model that was chosen at the series' first fold. */
  smoothing?: SmoothingName;
}

export const emptyRecord = (name: string, levels: number): SeriesRecord => ({
  ...{ name, steps: [], truth: [] },
  forecasts: {},
  intervals: Array.from({ length: levels }, () => ({ lower: [], upper: [] })),
  training: new Float64Array(0),
  scale: 0,
});

interface FoldOptions {
  readonly season: number;
  /** The step of the fold's first value, counted from the oldest fold. */
  readonly first: number;
  readonly history: number | undefined;
  readonly baselines: readonly CollectionBaseline[];
}

/**
 * Adds one fold's forecasts of a series and the true values to its record. Missing values are skipped.
 *
 * @param beside other forecasts to score, `[horizon]` by name
 */
export function addFold(
  record: SeriesRecord,
  truth: Float64Array,
  known: Float64Array,
  { values, intervals }: CollectionForecast,
  beside: Readonly<Record<string, Float64Array>>,
  { season, first, history: most, baselines }: FoldOptions,
): void {
  const whole = filled(known);
  if (record.training.length === 0) {
    record.training = whole;
    record.scale = usualChange(whole, season);
  }
  const history = whole.subarray(Math.max(0, whole.length - (most ?? whole.length)));
  const horizon = truth.length;
  const all: Record<string, Float64Array> = {
    ...{ model: values, ...beside, naive2: naive2Forecast(history, horizon, { season }) },
    ...Object.fromEntries(
      baselines.map((name) => [name, baselineForecast(name, history, horizon, season, record)]),
    ),
  };
  for (const name of Object.keys(all)) record.forecasts[name] ??= [];
  for (const [ahead, value] of truth.entries()) {
    if (Number.isNaN(value)) continue;
    record.truth.push(value);
    record.steps.push(first + ahead);
    for (const [name, forecast] of Object.entries(all)) record.forecasts[name]!.push(forecast[ahead]!);
    for (const [at, { lower, upper }] of intervals.entries()) {
      record.intervals[at]!.lower.push(lower[ahead]!);
      record.intervals[at]!.upper.push(upper[ahead]!);
    }
  }
}

/** The records that have a scale and known values in the folds. */
export const telling = (all: readonly SeriesRecord[]) =>
  all.filter(({ truth, scale }) => truth.length > 0 && scale > 0);
