/** How the forecasts of many series fared over the folds of a back-test. */
import {
  type DieboldMarianoResult,
  dieboldMarianoSentence,
  dieboldMarianoTest,
  meanScaledIntervalScore,
  meanWeightedQuantileLoss,
  naive2Forecast,
  overallWeightedAverage,
  symmetricMeanAbsolutePercentageError,
} from '@unrolled/forecasting';
import { refuse } from '../refuse';
import { BASELINES, COLLECTION_BASELINES, type CollectionBaseline } from './baselines';
import { filled, usualChange } from './history';

/** Means over the series, of which each has its mean over all its values forecast. */
export interface CollectionScores {
  readonly mase: number;
  /** Percent, 0 … 200. */
  readonly smape: number;
  /** Against Naive2 on the same values; NaN where Naive2 has no error. */
  readonly owa: number;
}

/** @typeParam Model the names of what is evaluated: 'model', and what a forecaster gives beside it */
export interface CollectionEvaluation<Model extends string = 'model'> {
  /** Series that have a scale, and values that were forecast and came. */
  readonly series: number;
  readonly forecasts: number;
  readonly scores: Readonly<Record<'model' | Model | CollectionBaseline, CollectionScores>>;
  /** The baseline with the smallest MASE. */
  readonly best: CollectionBaseline;
  /** Of the mean absolute scaled errors of the series, each counting once; of ten series or more. */
  readonly dieboldMariano: Readonly<Record<CollectionBaseline, DieboldMarianoResult>> | undefined;
  /** How the model compares with the best baseline. */
  readonly sentence: string;
  readonly intervals: readonly { level: number; coverage: number; msis: number }[];
  /** Of the ends of all intervals and of the forecast as the median, over all values; with `levels`; NaN where all values are 0. */
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
  readonly truth: number[];
  readonly forecasts: Record<string, number[]>;
  readonly intervals: { lower: number[]; upper: number[] }[];
  training: Float64Array;
}

const FEWEST_TO_TEST = 10;

export const emptyRecord = (levels: number): SeriesRecord => ({
  truth: [],
  forecasts: {},
  intervals: Array.from({ length: levels }, () => ({ lower: [], upper: [] })),
  training: new Float64Array(0),
});

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
  season: number,
): void {
  const history = filled(known);
  if (record.training.length === 0) record.training = history;
  const horizon = truth.length;
  const all: Record<string, Float64Array> = {
    ...{ model: values, ...beside, naive2: naive2Forecast(history, horizon, { season }) },
    ...Object.fromEntries(
      COLLECTION_BASELINES.map((name) => [name, BASELINES[name](history, horizon, season)]),
    ),
  };
  for (const name of Object.keys(all)) record.forecasts[name] ??= [];
  for (const [ahead, value] of truth.entries()) {
    if (Number.isNaN(value)) continue;
    record.truth.push(value);
    for (const [name, forecast] of Object.entries(all)) record.forecasts[name]!.push(forecast[ahead]!);
    for (const [at, { lower, upper }] of intervals.entries()) {
      record.intervals[at]!.lower.push(lower[ahead]!);
      record.intervals[at]!.upper.push(upper[ahead]!);
    }
  }
}

/** Mean absolute errors in units of what the series changed by before the first fold: MASE, but over steps where it repeats exactly. */
function scaledErrors(records: readonly SeriesRecord[], name: string, season: number): number[] {
  return records.map(({ truth, forecasts, training }) => {
    const sum = truth.reduce((total, value, at) => total + Math.abs(value - forecasts[name]![at]!), 0);
    return sum / truth.length / usualChange(training, season);
  });
}

/**
 * The scores of what all folds forecast.
 *
 * @param scope for messages
 * @param what the model's name in the sentence, such as 'the hybrid'
 */
export function evaluate<Model extends string>(
  scope: string,
  all: readonly SeriesRecord[],
  { season, levels, what }: { season: number; levels: readonly number[]; what: string },
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
  const best = COLLECTION_BASELINES.reduce((a, b) => (scores[b].mase < scores[a].mase ? b : a));
  const model = errors('model');
  const test = (name: CollectionBaseline) =>
    dieboldMarianoTest(model, errors(name), { horizon: 1, loss: 'absolute' });
  const dieboldMariano =
    records.length < FEWEST_TO_TEST
      ? undefined
      : (Object.fromEntries(COLLECTION_BASELINES.map((name) => [name, test(name)])) as Record<
          CollectionBaseline,
          DieboldMarianoResult
        >);
  return {
    ...{ series: records.length, forecasts: records.reduce((sum, { truth }) => sum + truth.length, 0) },
    ...{ scores, best, dieboldMariano },
    sentence: dieboldMariano
      ? dieboldMarianoSentence(dieboldMariano[best], { model: what, baseline: best })
      : `MASE ${scores.model.mase.toFixed(3)}, of ${best}, the best baseline, ${scores[best].mase.toFixed(3)}: fewer than ${FEWEST_TO_TEST} series, not tested`,
    intervals: levels.map((level, at) => intervalScores(records, level, at, season)),
    meanWeightedQuantileLoss: levels.length > 0 ? quantileLossOf(records, levels) : undefined,
  };
}

function intervalScores(records: readonly SeriesRecord[], level: number, at: number, season: number) {
  let [held, count, msis] = [0, 0, 0];
  for (const { truth, intervals, training } of records) {
    const { lower, upper } = intervals[at]!;
    held += truth.filter((value, t) => lower[t]! <= value && value <= upper[t]!).length;
    count += truth.length;
    const repeats =
      training.length <= season || training.every((value, t) => t < season || value === training[t - season]);
    msis += meanScaledIntervalScore(truth, lower, upper, { level, training, season: repeats ? 1 : season });
  }
  return { level, coverage: held / count, msis: msis / records.length };
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
