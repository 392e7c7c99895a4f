/** The scores of forecasts of many series over the folds of a back-test. */
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

/** Means over the series. The score of a series is its mean over all its forecasts. */
export interface CollectionScores {
  readonly mase: number;
  /** In percent, 0 … 200. */
  readonly smape: number;
  /** Relative to Naive2 on the same values; NaN if Naive2 has no error. */
  readonly owa: number;
}

/** @typeParam Model names of the scored forecasts: 'model' and the names that `beside` returns */
export interface CollectionEvaluation<Model extends string = 'model'> {
  /** Number of series that have a scale and known values in the folds. */
  readonly series: number;
  readonly forecasts: number;
  readonly scores: Readonly<Record<'model' | Model | CollectionBaseline, CollectionScores>>;
  /** The baseline with the smallest MASE. */
  readonly best: CollectionBaseline;
  /**
   * The tests of the model against each other forecast, by absolute scaled errors. For ten series or more, a
   * test compares the mean error of each series; for fewer series, the mean error at each step. Undefined if
   * there are too few steps. Baselines that were left out have no test.
   */
  readonly dieboldMariano:
    | Readonly<Record<Exclude<Model, 'model'> | CollectionBaseline, DieboldMarianoResult>>
    | undefined;
  /** A sentence that compares the model with the best baseline. */
  readonly sentence: string;
  /** For each level. `width` is in the units of the scaled errors. */
  readonly intervals: readonly { level: number; coverage: number; msis: number; width: number }[];
  /**
   * The loss of all interval limits, and of the forecast as the median, over all values. Undefined without
   * `levels`; NaN if all values are 0.
   */
  readonly meanWeightedQuantileLoss: number | undefined;
}

interface EvaluateOptions {
  readonly season: number;
  readonly levels: readonly number[];
  readonly horizon: number;
  /** The model's name in `sentence`, such as 'the hybrid'. */
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
 * Scores the forecasts of all folds.
 *
 * @param scope name of the public function in messages
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
      remedy: 'pass such a series, or remove missing values at the end',
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
      : `MASE ${scores.model.mase.toFixed(3)}; ${IN_WORDS[best]}, the best baseline, has ${scores[best].mase.toFixed(3)}: too few values for a test`,
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
