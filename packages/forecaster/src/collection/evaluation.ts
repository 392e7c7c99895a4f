/** How the forecasts of many series fared over the folds of a back-test. */
import {
  type DieboldMarianoResult,
  dieboldMarianoSentence,
  dieboldMarianoTest,
  meanIntervalWidth,
  meanScaledIntervalScore,
  meanWeightedQuantileLoss,
  naive2Forecast,
  overallWeightedAverage,
  type SmoothingName,
  symmetricMeanAbsolutePercentageError,
} from '@unrolled/forecasting';
import { refuse } from '../refuse';
import { baselineForecast, COLLECTION_BASELINES, type CollectionBaseline } from './baselines';
import { filled, usualChange } from './history';

/** Means over the series, of which each has its mean over all its values forecast. */
export interface CollectionScores {
  readonly mase: number;
  /** Percent, 0 … 200. */
  readonly smape: number;
  /** Against Naive2 on the same values; NaN where Naive2 has no error. */
  readonly owa: number;
}

/** @typeParam Model the names of the evaluated forecasts: 'model', and others of a forecaster */
export interface CollectionEvaluation<Model extends string = 'model'> {
  /** Series that have a scale, and values that were forecast and came. */
  readonly series: number;
  readonly forecasts: number;
  readonly scores: Readonly<Record<'model' | Model | CollectionBaseline, CollectionScores>>;
  /** The baseline with the smallest MASE. */
  readonly best: CollectionBaseline;
  /**
   * Of absolute scaled errors: of ten series or more by the mean of each, of fewer by the means of the steps;
   * undefined where these are too few, and without the baselines that were left out.
   */
  readonly dieboldMariano: Readonly<Record<CollectionBaseline, DieboldMarianoResult>> | undefined;
  /** How the model compares with the best baseline. */
  readonly sentence: string;
  /** `width` in units of the scaled errors. */
  readonly intervals: readonly { level: number; coverage: number; msis: number; width: number }[];
  /**
   * The loss of the ends of all intervals and of the forecast as the median, over all values; with `levels`;
   * NaN if all values are 0.
   */
  readonly meanWeightedQuantileLoss: number | undefined;
}

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
  /** The values before its first fold, with gaps filled. */
  training: Float64Array;
  /** The model of exponential smoothing that its first fold chose. */
  smoothing?: SmoothingName;
}

const FEWEST_TO_TEST = 10;

export const emptyRecord = (name: string, levels: number): SeriesRecord => ({
  ...{ name, steps: [], truth: [] },
  forecasts: {},
  intervals: Array.from({ length: levels }, () => ({ lower: [], upper: [] })),
  training: new Float64Array(0),
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
  if (record.training.length === 0) record.training = whole;
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

/**
 * Mean absolute errors in units of what the series changed by before the first fold: MASE, but over steps
 * where it repeats exactly.
 */
function scaledErrors(records: readonly SeriesRecord[], name: string, season: number): number[] {
  return records.map(({ truth, forecasts, training }) => {
    const sum = truth.reduce((total, value, at) => total + Math.abs(value - forecasts[name]![at]!), 0);
    return sum / truth.length / usualChange(training, season);
  });
}

interface EvaluateOptions {
  readonly season: number;
  readonly levels: readonly number[];
  readonly horizon: number;
  /** The model's name in the sentence, such as 'the hybrid'. */
  readonly what: string;
}

/** The baselines' names in sentences. */
const IN_WORDS: Readonly<Record<CollectionBaseline, string>> = {
  seasonalNaive: 'the seasonal naive forecast',
  drift: 'drift',
  theta: 'theta',
  exponentialSmoothing: 'exponential smoothing',
  linearAutoregression: 'the linear autoregression',
};

/**
 * The scores of what all folds forecast.
 *
 * @param scope for messages
 */
export function evaluate<Model extends string>(
  scope: string,
  all: readonly SeriesRecord[],
  { season, levels, horizon, what }: EvaluateOptions,
): CollectionEvaluation<Model> {
  const records = all.filter(({ truth, training }) => truth.length > 0 && usualChange(training, season) > 0);
  if (records.length === 0) {
    refuse(scope, {
      expected: 'a series that changes before the first fold, with known values in the folds',
      got: `none of ${all.length}`,
      remedy: 'give series that do, or leave out newest values that are missing',
    });
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const errors = (name: string) => scaledErrors(records, name, season);
  const pointScores = (name: string) => ({
    mase: mean(errors(name)),
    smape: mean(
      records.map(({ truth, forecasts }) => symmetricMeanAbsolutePercentageError(truth, forecasts[name]!)),
    ),
  });
  const naive2 = pointScores('naive2');
  const names = Object.keys(records[0]!.forecasts).filter((name) => name !== 'naive2');
  const scores = Object.fromEntries(
    names.map((name) => {
      const points = pointScores(name);
      const hasRatio = naive2.mase > 0 && naive2.smape > 0;
      return [name, { ...points, owa: hasRatio ? overallWeightedAverage(points, naive2) : Number.NaN }];
    }),
  ) as CollectionEvaluation<Model>['scores'];
  const baselines = COLLECTION_BASELINES.filter((name) => names.includes(name));
  const best = baselines.reduce((a, b) => (scores[b].mase < scores[a].mase ? b : a));
  const dieboldMariano = testAll(records, baselines, season, horizon);
  return {
    ...{ series: records.length, forecasts: records.reduce((sum, { truth }) => sum + truth.length, 0) },
    ...{ scores, best, dieboldMariano },
    sentence: dieboldMariano
      ? dieboldMarianoSentence(dieboldMariano[best], { model: what, baseline: IN_WORDS[best] })
      : `MASE ${scores.model.mase.toFixed(3)}, of ${IN_WORDS[best]}, the best baseline, ${scores[best].mase.toFixed(3)}: too few values, not tested`,
    intervals: levels.map((level, at) => intervalScores(records, level, at, season)),
    meanWeightedQuantileLoss: levels.length > 0 ? quantileLossOf(records, levels) : undefined,
  };
}

/**
 * Of ten series or more by their mean errors, each series counting once; of fewer by the mean errors of the
 * steps, in their order, which depend on each other as those of one walk's horizon do. Undefined where there
 * are no more steps than two horizons.
 */
function testAll(
  records: readonly SeriesRecord[],
  baselines: readonly CollectionBaseline[],
  season: number,
  horizon: number,
): CollectionEvaluation['dieboldMariano'] {
  const isWide = records.length >= FEWEST_TO_TEST;
  const errors = (name: string) =>
    isWide ? scaledErrors(records, name, season) : stepErrors(records, name, season);
  const model = errors('model');
  if (!isWide && model.length <= 2 * horizon) return undefined;
  const options = { horizon: isWide ? 1 : horizon, loss: 'absolute' } as const;
  const tests = baselines.map((name) => [name, dieboldMarianoTest(model, errors(name), options)]);
  return Object.fromEntries(tests) as CollectionEvaluation['dieboldMariano'];
}

/** Means over the series at each step, oldest first. */
function stepErrors(records: readonly SeriesRecord[], name: string, season: number): number[] {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { steps, truth, forecasts, training } of records) {
    const scale = usualChange(training, season);
    for (const [at, step] of steps.entries()) {
      const found = sums.get(step) ?? { sum: 0, count: 0 };
      found.sum += Math.abs(truth[at]! - forecasts[name]![at]!) / scale;
      found.count++;
      sums.set(step, found);
    }
  }
  return [...sums].sort(([a], [b]) => a - b).map(([, { sum, count }]) => sum / count);
}

function intervalScores(records: readonly SeriesRecord[], level: number, at: number, season: number) {
  let [held, count, msis, width] = [0, 0, 0, 0];
  for (const { truth, intervals, training } of records) {
    const { lower, upper } = intervals[at]!;
    held += truth.filter((value, t) => lower[t]! <= value && value <= upper[t]!).length;
    count += truth.length;
    width += meanIntervalWidth(lower, upper) / usualChange(training, season);
    const repeats =
      training.length <= season || training.every((value, t) => t < season || value === training[t - season]);
    msis += meanScaledIntervalScore(truth, lower, upper, { level, training, season: repeats ? 1 : season });
  }
  return { level, coverage: held / count, msis: msis / records.length, width: width / records.length };
}

function quantileLossOf(records: readonly SeriesRecord[], levels: readonly number[]): number {
  const join = (pick: (record: SeriesRecord) => number[]) => records.flatMap(pick);
  const quantiles = [0.5];
  const forecasts = [join(({ forecasts: { model } }) => model!)];
  for (const [at, level] of levels.entries()) {
    quantiles.push((1 - level) / 2, (1 + level) / 2);
    forecasts.push(
      join(({ intervals }) => intervals[at]!.lower),
      join(({ intervals }) => intervals[at]!.upper),
    );
  }
  const truth = join((record) => record.truth);
  return truth.some((value) => value !== 0)
    ? meanWeightedQuantileLoss(truth, forecasts, { quantiles })
    : Number.NaN;
}
