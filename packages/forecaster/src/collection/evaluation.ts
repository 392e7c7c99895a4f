/** How the forecasts of many series fared over the folds of a back-test. */
import {
  type DieboldMarianoResult,
  dieboldMarianoSentence,
  meanIntervalWidth,
  meanScaledIntervalScore,
  meanWeightedQuantileLoss,
  overallWeightedAverage,
  symmetricMeanAbsolutePercentageError,
} from '@unrolled/forecasting';
import { refuse } from '../refuse';
import { COLLECTION_BASELINES, type CollectionBaseline } from './baselines';
import { scaledErrors, testOf } from './compare';
import { type SeriesRecord, telling } from './records';

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
   * The model against each other forecast, by absolute scaled errors: of ten series or more by the mean of
   * each, of fewer by the means of the steps. Undefined where these are too few; without the baselines that
   * were left out.
   */
  readonly dieboldMariano:
    | Readonly<Record<Exclude<Model, 'model'> | CollectionBaseline, DieboldMarianoResult>>
    | undefined;
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
  const records = telling(all);
  if (records.length === 0) {
    refuse(scope, {
      expected: 'a series that changes before the first fold, with known values in the folds',
      got: `none of ${all.length}`,
      remedy: 'pass series that do, or leave out newest values that are missing',
    });
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const errors = (name: string) => scaledErrors(records, name);
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
  const tested = names.filter((name) => name !== 'model');
  const dieboldMariano = testAll<Model>(records, tested, horizon);
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

function testAll<Model extends string>(
  records: readonly SeriesRecord[],
  names: readonly string[],
  horizon: number,
): CollectionEvaluation<Model>['dieboldMariano'] {
  const tests = names.map((name) => [name, testOf(records, 'model', name, horizon)] as const);
  if (tests.some(([, test]) => test === undefined)) return undefined;
  return Object.fromEntries(tests) as CollectionEvaluation<Model>['dieboldMariano'];
}

function intervalScores(records: readonly SeriesRecord[], level: number, at: number, season: number) {
  let [held, count, msis, width] = [0, 0, 0, 0];
  for (const { truth, intervals, training, scale } of records) {
    const { lower, upper } = intervals[at]!;
    held += truth.filter((value, t) => lower[t]! <= value && value <= upper[t]!).length;
    count += truth.length;
    width += meanIntervalWidth(lower, upper) / scale;
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
