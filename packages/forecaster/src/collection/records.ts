/** What a back-test keeps of each series: what each forecast said, and what came. */
import { naive2Forecast, type SmoothingName } from '@unrolled/forecasting';
import { baselineForecast, type CollectionBaseline } from './baselines';
import { filled, usualChange } from './history';

/** What a back-test reads of a forecast. */
export interface CollectionForecast {
  /** [horizon] */
  readonly values: Float64Array;
  readonly intervals: readonly { level: number; lower: Float64Array; upper: Float64Array }[];
}

/** One series' forecasts over all folds. */
export interface SeriesRecord {
  readonly name: string;
  /** Steps from the first that the oldest fold forecasts, of each value that came. */
  readonly steps: number[];
  readonly truth: number[];
  /** By 'model', the names beside it, and the baselines. */
  readonly forecasts: Record<string, number[]>;
  readonly intervals: { lower: number[]; upper: number[] }[];
  /** The values before its first fold, holes filled. */
  training: Float64Array;
  /**
   * The mean absolute change of `training` over a season, or over a step where that is 0: the unit of the
   * scaled errors. 0 of a series that was constant, or in no fold.
   */
  scale: number;
  /** The model of exponential smoothing that its first fold chose. */
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
  /** The step of its first value, from the oldest fold's. */
  readonly first: number;
  readonly history: number | undefined;
  readonly baselines: readonly CollectionBaseline[];
}

/**
 * Adds what one fold forecast of a series and what came; values that are missing count in nothing.
 *
 * @param beside `[horizon]` by name: forecasts that are scored beside the model's
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

/** Records of series that have a scale, and values that were forecast and came. */
export const telling = (all: readonly SeriesRecord[]) =>
  all.filter(({ truth, scale }) => truth.length > 0 && scale > 0);
