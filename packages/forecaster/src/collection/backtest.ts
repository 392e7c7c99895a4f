import { checkKind, refuse } from '../refuse';
import {
  addFold,
  type CollectionEvaluation,
  type CollectionForecast,
  emptyRecord,
  evaluate,
} from './evaluation';

export interface CollectionFold<F> {
  /** Values of each series that were known. */
  readonly known: readonly number[];
  readonly forecasts: readonly F[];
}

export interface Walk<F> {
  /** Of the public function, for messages. */
  readonly scope: string;
  /** The model's name in the sentence, such as 'the hybrid'. */
  readonly what: string;
  readonly series: readonly { readonly name: string; readonly values: Float64Array }[];
  readonly horizon: number;
  readonly season: number;
  readonly levels: readonly number[];
  readonly folds: number;
  /** Values of each series before the first fold, at least. */
  readonly fewest: number;
  /** Fits to the first `known` values of each series, and forecasts what follows them. */
  forecast(known: readonly number[]): Promise<readonly F[]>;
  /** Forecasts that are scored beside the model's, by name. */
  beside(forecast: F): Readonly<Record<string, Float64Array>>;
}

/**
 * Walks forward through many series: in each fold a forecaster is fitted to all but their newest values, and forecasts `horizon` of these; folds
 * do not overlap, and the last one ends with the series.
 */
export async function backtestCollection<F extends CollectionForecast, Model extends string = 'model'>({
  scope,
  series,
  horizon,
  season,
  levels,
  folds,
  fewest,
  ...walk
}: Walk<F>): Promise<{ evaluation: CollectionEvaluation<Model>; folds: CollectionFold<F>[] }> {
  checkKind(scope, 'folds', folds, 'positive integer');
  const shortest = series.reduce((a, b) => (b.values.length < a.values.length ? b : a));
  const least = folds * horizon + fewest;
  if (shortest.values.length < least) {
    const got = `${shortest.values.length} of '${shortest.name}'`;
    refuse(scope, {
      expected: `at least ${least} values of each series, ${folds} × \`horizon\` and ${fewest === 2 ? 'two' : fewest}`,
      got,
      remedy: 'lower `folds` or `horizon`, or leave the series out',
    });
  }
  const records = series.map(() => emptyRecord(levels.length));
  const walked: CollectionFold<F>[] = [];
  for (let fold = folds; fold > 0; fold--) {
    const known = series.map(({ values }) => values.length - fold * horizon);
    const forecasts = await walk.forecast(known);
    for (const [at, { values }] of series.entries()) {
      const [from, forecast] = [known[at]!, forecasts[at]!];
      const truth = values.subarray(from, from + horizon);
      addFold(records[at]!, truth, values.slice(0, from), forecast, walk.beside(forecast), season);
    }
    walked.push({ known, forecasts });
  }
  return { evaluation: evaluate(scope, records, { season, levels, what: walk.what }), folds: walked };
}
