import type { OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions, refuse } from '../refuse';
import { COLLECTION_BASELINES, type CollectionBaseline } from './baselines';
import { type CollectionEvaluation, evaluate } from './evaluation';
import { addFold, type CollectionForecast, emptyRecord, type SeriesRecord } from './records';

export interface CollectionFold<F> {
  /** Values of each series in the fold that were known. */
  readonly known: readonly number[];
  /** Indices among the given series: one that is too short for a fold may be left out of it. */
  readonly places: readonly number[];
  readonly forecasts: readonly F[];
}

/** A fold that is planned. */
export interface PlannedFold {
  /** Values of each series in the fold that are known. */
  readonly known: readonly number[];
  /** Indices of these among the given series. */
  readonly places: readonly number[];
  /** Steps between the first forecast of the oldest fold and that of this one. */
  readonly first: number;
}

/** The part of a walk that decides its folds. */
export type FoldSettings = Pick<
  Walk<CollectionForecast>,
  'series' | 'horizon' | 'folds' | 'fewest' | 'shortSeries'
>;

export interface Walk<F> {
  /** Name of the public function, for messages; default 'backtestCollection'. */
  readonly scope?: string;
  /** The model's name in the sentence, such as 'the hybrid'. */
  readonly what: string;
  /** From their first known value, NaN where one is missing. */
  readonly series: readonly { readonly name: string; readonly values: Float64Array }[];
  readonly horizon: number;
  /** Steps after which the series repeat; 1, none. */
  readonly season: number;
  /** Levels of the intervals that `forecast` returns. */
  readonly levels: readonly number[];
  readonly folds: number;
  /** Values of each series before a fold, at least two. */
  readonly fewest: number;
  /**
   * Handling of a series that is too short for the oldest folds: it is refused (the default), or used in the
   * newer ones.
   */
  readonly shortSeries?: 'refuse' | 'leave-out';
  /** The forecasts to hold it to; default all. */
  readonly baselines?: readonly CollectionBaseline[];
  /** Newest values that a baseline is fitted to; default all. */
  readonly history?: number;
  /**
   * Fits to the first `known` values of each series that takes part, and forecasts what follows them.
   *
   * @param places of these among `series`
   */
  readonly forecast: (known: readonly number[], places: readonly number[]) => Promise<readonly F[]>;
  /** Forecasts that are scored besides the model's, by name. */
  beside?(forecast: F): Readonly<Record<string, Float64Array>>;
  /** Told how many folds are done. */
  readonly onFold?: (done: number) => void;
  /** Ends the walk before the next fold; what is done until then counts. */
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
  /** Each forecaster's forecasts of each series, and the true values. */
  readonly records: readonly SeriesRecord[];
}

/**
 * Back-tests any forecaster of many series against the baselines, walking forward: in each fold it is fitted
 * to all but the newest values, and forecasts `horizon` of these; folds do not overlap, and the last one ends
 * with the series.
 *
 * @throws UnrolledError when a series is too short for the folds, or with 'leave-out' all are, and when none
 *   changes before them
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
 * The folds of a `backtestCollection` with these settings, in its order: for programs that compute forecasts
 * of several folds at a time.
 *
 * @throws UnrolledError as `backtestCollection` does for the lengths of the series
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
          expected: `at least ${least} values of each series, ${folds} × \`horizon\` and ${first}`,
          got,
          remedy: 'lower `folds` or `horizon`, or leave the series out',
        }
      : {
          expected: `a series of at least ${least} values, \`horizon\` and ${first}`,
          got: `${got}, the longest`,
          remedy: 'lower `horizon`, or pass longer series',
        },
  );
}
