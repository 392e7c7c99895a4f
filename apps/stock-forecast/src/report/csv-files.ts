import type { IntervalMetrics, Scores, SeriesOutcome } from '@unrolled/forecaster';
import { FORECAST_NAMES } from '@unrolled/forecaster/settings';
import type { Report } from './report';

type Cell = string | number | boolean | null | undefined;

/** Rows as CSV (RFC 4180, but for plain line ends); numbers at full precision, nothing for what is not there. */
export function csvText(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\n`).join('');
}

function csvCell(cell: Cell): string {
  if (cell === null || cell === undefined || Number.isNaN(cell)) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Every forecast beside what came: `forecasts.csv`. */
export function forecastsCsv(outcomes: readonly SeriesOutcome[]): string {
  const header = [
    'series',
    'row',
    'date',
    'step',
    'last',
    'truth',
    'model',
    'lower',
    'upper',
    ...FORECAST_NAMES.slice(1),
  ];
  const rows = outcomes.flatMap(({ name, horizon, rows, dates, truth, last, forecasts, intervals }) =>
    Array.from(truth, (value, i): Cell[] => {
      const at = Math.floor(i / horizon);
      const row = rows[at]! + (i % horizon);
      const interval = intervals && at >= intervals.from ? i - intervals.from * horizon : undefined;
      return [
        ...[name, row + 1, dates?.[row], (i % horizon) + 1, last[at], value, forecasts.model[i]],
        ...(interval === undefined ? [null, null] : [intervals!.lower[interval], intervals!.upper[interval]]),
        ...FORECAST_NAMES.slice(1).map((other) => forecasts[other][i]),
      ];
    }),
  );
  return csvText([header, ...rows]);
}

/** The metrics of all, of each series and of each step ahead: `metrics.csv`. */
export function metricsCsv({ evaluation }: Report): string {
  const header = ['scope', 'forecast', 'rmse', 'mae', 'mape', 'smape', 'mase', 'directionalAccuracy'];
  const tests = [
    'dmStatistic',
    'dmPValue',
    'dmVerdict',
    'level',
    'coverage',
    'meanWidth',
    'intervals',
    'calibration',
  ];
  const scoreRows = (scope: string, { metrics, dieboldMariano, intervals }: Scores): Cell[][] =>
    FORECAST_NAMES.map((name) => {
      const { rmse, mae, mape, smape, mase, directionalAccuracy } = metrics[name];
      const own =
        name === 'model'
          ? [
              dieboldMariano?.statistic,
              dieboldMariano?.pValue,
              dieboldMariano?.verdict,
              ...intervalCells(intervals),
            ]
          : [];
      return [
        ...[scope, name, rmse, mae, mape, smape, mase, directionalAccuracy],
        ...tests.map((_, at) => own[at]),
      ];
    });
  return csvText([
    [...header, ...tests],
    ...scoreRows('all', evaluation),
    ...(evaluation.bySeries.length > 1
      ? evaluation.bySeries.flatMap((scores) => scoreRows(`series ${scores.name}`, scores))
      : []),
    ...(evaluation.perHorizon.length > 1
      ? evaluation.perHorizon.flatMap((scores) => scoreRows(`step ${scores.step}`, scores))
      : []),
  ]);
}

function intervalCells(intervals: IntervalMetrics | null): Cell[] {
  return intervals
    ? [intervals.level, intervals.coverage, intervals.meanWidth, intervals.count, intervals.calibration]
    : [];
}

/** One row a fold: `folds.csv`. */
export function foldsCsv({ folds }: Report): string {
  const header = [
    ...[
      'fold',
      'trainStart',
      'trainEnd',
      'trainFirst',
      'trainLast',
      'testStart',
      'testEnd',
      'testFirst',
      'testLast',
    ],
    ...['refit', 'bestEpochs', 'forecasts', 'rmse', 'naiveRmse', 'fingerprint'],
  ];
  return csvText([
    header,
    ...folds.map(({ index, train, test, refit, bestEpochs, forecasts, rmse, naiveRmse, fingerprint }) => [
      ...[
        index,
        train.start,
        train.end,
        train.first,
        train.last,
        test.start,
        test.end,
        test.first,
        test.last,
      ],
      ...[refit, bestEpochs.join(' '), forecasts, rmse, naiveRmse, fingerprint],
    ]),
  ]);
}
