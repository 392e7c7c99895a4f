import type { OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions, refuse } from '../refuse';
import { COLLECTION_BASELINES, type CollectionBaseline } from './baselines';
import { type CollectionEvaluation, evaluate } from './evaluation';
import { addFold, type CollectionForecast, emptyRecord, type SeriesRecord } from './records';

export interface CollectionFold<F> {
  /** Number of known values of each series in the fold. */
  readonly known: readonly number[];
  /** Indices of these series. A fold may omit series that are too short for it. */
  readonly places: readonly number[];
  readonly forecasts: readonly F[];
}

/** A fold before it is forecast. */
export interface PlannedFold {
  /** Number of known values of each series in the fold. */
  readonly known: readonly number[];
  /** Indices of these series. */
  readonly places: readonly number[];
  /** Number of steps from the first forecast of the oldest fold to the first forecast of this one. */
  readonly first: number;
}

/** The settings that determine the folds of a walk. */
export type FoldSettings = Pick<
  Walk<CollectionForecast>,
  'series' | 'horizon' | 'folds' | 'fewest' | 'shortSeries'
>;

export interface Walk<F> {
  /** Name of the public function in messages; default 'backtestCollection'. */
  readonly scope?: string;
  /** The model's name in `sentence`, such as 'the hybrid'. */
  readonly what: string;
  /** The series, each from its first known value on. A missing value is NaN. */
  readonly series: readonly { readonly name: string; readonly values: Float64Array }[];
  readonly horizon: number;
  /** The seasonal period in steps; 1 for no season. */
  readonly season: number;
  /** Levels of the intervals that `forecast` returns. */
  readonly levels: readonly number[];
  readonly folds: number;
  /** Minimum number of values of each series before a fold; at least 2. */
  readonly fewest: number;
  /**
   * Handling of a series that is too short for the oldest folds: refuse it (the default), or leave it out of
   * these folds.
   */
  readonly shortSeries?: 'refuse' | 'leave-out';
  /** The baselines to compare with; default all. */
  readonly baselines?: readonly CollectionBaseline[];
  /** Number of newest values to which a baseline is fitted; default all. */
  readonly history?: number;
  /**
   * Fits a model to the first `known` values of the series in a fold, and forecasts the next values.
   *
   * @param places indices of these series in `series`
   */
  readonly forecast: (known: readonly number[], places: readonly number[]) => Promise<readonly F[]>;
  /** Returns other forecasts to score in addition to the model's, by name. */
  beside?(forecast: F): Readonly<Record<string, Float64Array>>;
  /** Called with the number of completed folds. */
  readonly onFold?: (done: number) => void;
  /** Ends the walk before the next fold. The result then has the completed folds. */
  readonly signal?: AbortSignal;
}

const KINDS: OptionKinds<Walk<CollectionForecast>> = {
  ...{ scope: 'string?', what: 'string', series: 'array', horizon: 'positive integer' },
  ...{ season: 'positive integer', levels: 'array', folds: 'positive integer', fewest: 'positive integer' },
  ...{ shortSeries: "'refuse' or 'leave-out'?", baselines: 'array?', history: 'positive integer?' },
  ...{ forecast: 'function', beside: 'function?', onFold: 'function?', signal: 'AbortSignal?' },
};

const FOLD_KINDS: OptionKinds<FoldSettings> = {
  ...{ series: 'array', horizon: 'positive integer', folds: 'positive integer' },
  ...{ fewest: 'positive integer', shortSeries: "'refuse' or 'leave-out'?" },
};

export interface CollectionBacktest<F, Model extends string = 'model'> {
  readonly evaluation: CollectionEvaluation<Model>;
  readonly folds: CollectionFold<F>[];
  /** For each series, the forecasts of the model and of the baselines, and the true values. */
  readonly records: readonly SeriesRecord[];
}

/**
 * Back-tests any forecaster of many series against the baselines by walking forward. In each fold the
 * forecaster is fitted to all series without their newest values, and forecasts `horizon` of these values.
 * Folds do not overlap, and the last fold ends with the series.
 *
 * @throws UnrolledError if a series is too short for the folds (with 'leave-out', if all series are), or if
 *   no series changes before the first fold
 */
export async function backtestCollection<F extends CollectionForecast, Model extends string = 'model'>(
  walk: Walk<F>,
): Promise<CollectionBacktest<F, Model>> {
  checkOptions('backtestCollection', walk as unknown as Walk<CollectionForecast>, KINDS);
  const { scope = 'backtestCollection', series, horizon, season, levels, baselines } = walk;
  checkEach(scope, series);
  for (const name of baselines ?? []) check.choice(scope, 'baselines', name, COLLECTION_BASELINES);
  checkLengths(scope, walk);
  const records = series.map(({ name }) => emptyRecord(name, levels.length));
  const walked: CollectionFold<F>[] = [];
  for (const { known, places, first } of foldsOf(walk)) {
    if (walk.signal?.aborted && walked.length > 0) break;
    const forecasts = await walk.forecast(known, places);
    for (const [at, place] of places.entries()) {
      const { values } = series[place]!;
      const [from, forecast] = [known[at]!, forecasts[at]!];
      const truth = values.subarray(from, from + horizon);
      const beside = walk.beside?.(forecast) ?? {};
      addFold(records[place]!, truth, values.slice(0, from), forecast, beside, {
        ...{ season, first, history: walk.history },
        baselines: baselines ?? COLLECTION_BASELINES,
      });
    }
    walked.push({ known, places, forecasts });
    walk.onFold?.(walked.length);
  }
  const evaluation = evaluate<Model>(scope, records, { season, levels, horizon, what: walk.what });
  return { evaluation, folds: walked, records };
}

/**
 * The folds of `backtestCollection` with these settings, in the same order. With them a program can compute
 * the forecasts of several folds at the same time.
 *
 * @throws UnrolledError like `backtestCollection`, if series are too short
 */
export function collectionFolds(settings: FoldSettings): PlannedFold[] {
  checkOptions('collectionFolds', settings, FOLD_KINDS);
  checkEach('collectionFolds', settings.series);
  checkLengths('collectionFolds', settings);
  return foldsOf(settings);
}

function foldsOf({ series, horizon, folds, fewest }: FoldSettings): PlannedFold[] {
  return Array.from({ length: folds }, (_, index): PlannedFold => {
    const knownOf = (place: number) => series[place]!.values.length - (folds - index) * horizon;
    const places = [...series.keys()].filter((place) => knownOf(place) >= fewest);
    return { known: places.map(knownOf), places, first: index * horizon };
  }).filter(({ places }) => places.length > 0);
}

function checkEach(scope: string, series: FoldSettings['series']): void {
  for (const one of series) {
    checkKind(scope, 'each of series', one, 'object');
    checkKind(scope, 'values', one.values, 'array or typed array');
  }
}

function checkLengths(
  scope: string,
  { series, folds, horizon, fewest, shortSeries = 'refuse' }: FoldSettings,
): void {
  if (series.length === 0)
    refuse(scope, { expected: 'at least one series', got: 'none', remedy: 'pass one' });
  const isWorse = (a: number, b: number) => (shortSeries === 'refuse' ? a < b : a > b);
  const telling = series.reduce((a, b) => (isWorse(b.values.length, a.values.length) ? b : a));
  const least = (shortSeries === 'refuse' ? folds : 1) * horizon + fewest;
  if (telling.values.length >= least) return;
  const got = `${telling.values.length} of '${telling.name}'`;
  const first = fewest === 2 ? 'two' : fewest;
  refuse(
    scope,
    shortSeries === 'refuse'
      ? {
          expected: `at least ${least} values of each series, ${folds} × \`horizon\` plus ${first}`,
          got,
          remedy: 'lower `folds` or `horizon`, or leave the series out',
        }
      : {
          expected: `a series of at least ${least} values, \`horizon\` plus ${first}`,
          got: `${got}, the longest`,
          remedy: 'lower `horizon`, or pass longer series',
        },
  );
}
