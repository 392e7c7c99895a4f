import { type CsvCell, csvCell } from '@unrolled/app-shared';
import type {
  IntervalMetrics,
  Metrics,
  NextForecast,
  NextRow,
  Scores,
  SeriesOutcome,
  Verdict,
} from '@unrolled/forecaster';
import { BASELINES, FORECAST_NAMES, type ForecastName } from '@unrolled/forecaster/settings';
import type { Report } from './report';

/** The columns of a table: the name of each, and a function that returns its cell of a row. */
type Columns<Row> = Readonly<Record<string, (row: Row) => CsvCell>>;

/**
 * Rows as CSV (RFC 4180, but with LF line ends). Numbers have full precision, missing values are empty, and
 * text that a spreadsheet would evaluate is escaped.
 */
export function csvTable<Row>(columns: Columns<Row>, rows: readonly Row[]): string {
  const cells = rows.map((row) => Object.values(columns).map((cellOf) => cellOf(row)));
  return [Object.keys(columns), ...cells].map((row) => `${row.map(csvCell).join(',')}\n`).join('');
}

/**
 * The scores of one forecast. Those of a model are tested against the best baseline, and include intervals.
 */
export interface ScoreRow {
  readonly metrics: Metrics;
  readonly dieboldMariano?: Verdict | null;
  readonly intervals?: IntervalMetrics | null;
}

/** Columns of the errors and their test. */
export const SCORE_COLUMNS: Columns<ScoreRow> = {
  rmse: ({ metrics }) => metrics.rmse,
  mae: ({ metrics }) => metrics.mae,
  mape: ({ metrics }) => metrics.mape,
  smape: ({ metrics }) => metrics.smape,
  mase: ({ metrics }) => metrics.mase,
  directionalAccuracy: ({ metrics }) => metrics.directionalAccuracy,
  dmStatistic: ({ dieboldMariano }) => dieboldMariano?.statistic,
  dmPValue: ({ dieboldMariano }) => dieboldMariano?.pValue,
  dmVerdict: ({ dieboldMariano }) => dieboldMariano?.verdict,
  dmBaseline: ({ dieboldMariano }) => dieboldMariano?.baseline,
};

/** Columns of the intervals. */
export const INTERVAL_COLUMNS: Columns<ScoreRow> = {
  coverage: ({ intervals }) => intervals?.coverage,
  meanWidth: ({ intervals }) => intervals?.meanWidth,
  intervals: ({ intervals }) => intervals?.count,
};

/** One step of one forecast: its position in the outcome of a series. */
interface ForecastRow {
  readonly outcome: SeriesOutcome;
  /** Its index in [n, horizon]. */
  readonly i: number;
  /** Step of the forecast, from 0. */
  readonly at: number;
  /** Index of the forecast, from 0. */
  readonly step: number;
}

/** `forecasts.csv`: every forecast with the true value. */
export function forecastsCsv(outcomes: readonly SeriesOutcome[]): string {
  const row = ({ outcome, at, step }: ForecastRow) => outcome.rows[at]! + step;
  const end = ({ outcome, i, at }: ForecastRow, which: 'lower' | 'upper') => {
    const { intervals, horizon } = outcome;
    return intervals && at >= intervals.from ? intervals[which][i - intervals.from * horizon] : undefined;
  };
  const columns: Columns<ForecastRow> = {
    series: ({ outcome }) => outcome.name,
    row: (forecast) => row(forecast) + 1,
    date: (forecast) => forecast.outcome.dates?.[row(forecast)],
    step: ({ step }) => step + 1,
    last: ({ outcome, at }) => outcome.last[at],
    truth: ({ outcome, i }) => outcome.truth[i],
    model: ({ outcome, i }) => outcome.forecasts.model[i],
    lower: (forecast) => end(forecast, 'lower'),
    upper: (forecast) => end(forecast, 'upper'),
    ...Object.fromEntries(
      BASELINES.map((name) => [name, ({ outcome, i }: ForecastRow) => outcome.forecasts[name][i]]),
    ),
  };
  const rows = outcomes.flatMap((outcome) =>
    Array.from(outcome.truth, (_, i): ForecastRow => {
      const { horizon } = outcome;
      return { outcome, i, at: Math.floor(i / horizon), step: i % horizon };
    }),
  );
  return csvTable(columns, rows);
}

/** `metrics.csv`: the metrics of all forecasts, of each series and of each step ahead. */
export function metricsCsv({ evaluation }: Report): string {
  type MetricsRow = ScoreRow & { readonly scope: string; readonly forecast: ForecastName };
  const rowsOf = (scope: string, { metrics, dieboldMariano, intervals }: Scores) =>
    FORECAST_NAMES.map((forecast): MetricsRow => {
      const own = forecast === 'model' ? { dieboldMariano, intervals } : {};
      return { scope, forecast, metrics: metrics[forecast], ...own };
    });
  const several = <T>(scores: readonly T[]) => (scores.length > 1 ? scores : []);
  const columns: Columns<MetricsRow> = {
    scope: ({ scope }) => scope,
    forecast: ({ forecast }) => forecast,
    ...SCORE_COLUMNS,
    level: ({ intervals }) => intervals?.level,
    ...INTERVAL_COLUMNS,
    calibration: ({ intervals }) => intervals?.calibration,
  };
  return csvTable(columns, [
    ...rowsOf('all', evaluation),
    ...several(evaluation.bySeries).flatMap((scores) => rowsOf(`series ${scores.name}`, scores)),
    ...several(evaluation.perHorizon).flatMap((scores) => rowsOf(`step ${scores.step}`, scores)),
  ]);
}

/** `folds.csv`: one row for each fold. */
export function foldsCsv({ folds }: Report): string {
  const columns: Columns<Report['folds'][number]> = {
    fold: ({ index }) => index,
    trainStart: ({ train }) => train.start,
    trainEnd: ({ train }) => train.end,
    trainFirst: ({ train }) => train.first,
    trainLast: ({ train }) => train.last,
    testStart: ({ test }) => test.start,
    testEnd: ({ test }) => test.end,
    testFirst: ({ test }) => test.first,
    testLast: ({ test }) => test.last,
    refit: ({ refit }) => refit,
    bestEpochs: ({ bestEpochs }) => bestEpochs.join(' '),
    forecasts: ({ forecasts }) => forecasts,
    rmse: ({ rmse }) => rmse,
    naiveRmse: ({ naiveRmse }) => naiveRmse,
    coverage: ({ coverage }) => coverage,
    fingerprint: ({ fingerprint }) => fingerprint,
  };
  return csvTable(columns, folds);
}

/** `forecast.csv`: one row for each future row. */
export function nextCsv(next: readonly NextForecast[]): string {
  const columns: Columns<NextRow & { readonly series: string }> = {
    series: ({ series }) => series,
    step: ({ step }) => step,
    date: ({ date }) => date,
    forecast: ({ forecast }) => forecast,
    lower: ({ lower }) => lower,
    upper: ({ upper }) => upper,
  };
  return csvTable(
    columns,
    next.flatMap(({ series, rows }) => rows.map((row) => ({ series, ...row }))),
  );
}
