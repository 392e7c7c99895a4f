import { counted, formatPercent, formatPrice, formatProbability, textTable } from '@unrolled/app-shared';
import type { Evaluation, IntervalMetrics, Metrics, NextForecast, Scores } from '@unrolled/forecaster';
import { BASELINES, FORECAST_NAMES, type ForecastName, modelName } from '@unrolled/forecaster/settings';
import { forecastLabels, type Report } from './report';

/**
 * One metrics table as cells, header first, for the terminal and the page. Each baseline has the verdict of
 * its comparison with the model.
 */
export function metricsCells(report: Report, { metrics, dieboldMariano }: Scores, title: string): string[][] {
  const labels = forecastLabels(report);
  const tested = (name: ForecastName): string[] => {
    if (name === 'model' || !dieboldMariano) return ['', ''];
    const { verdict, pValue } = dieboldMariano.baselines[name];
    return [VERDICTS[verdict], formatProbability(pValue)];
  };
  return [
    [title, 'RMSE', 'MAE', 'MAPE', 'sMAPE', 'MASE', 'direction', 'the model', 'p'],
    ...FORECAST_NAMES.map((name) => [labels[name], ...metricCells(metrics[name]), ...tested(name)]),
  ];
}

function metricCells({ rmse, mae, mape, smape, mase, directionalAccuracy }: Metrics): string[] {
  return [
    formatPrice(rmse),
    formatPrice(mae),
    percentOr(mape),
    percentOr(smape),
    mase === null ? '–' : mase.toFixed(3),
    formatPercent(directionalAccuracy),
  ];
}

/** A number that is already in percent. */
function percentOr(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(value < 10 ? 2 : 1)} %`;
}

/** The header of {@link scoreCells}. */
export const HEADER = [
  ...['RMSE', 'best baseline', 'its RMSE', 'MASE', 'direction', 'p', 'against it', 'coverage', 'width'],
];

/** One row for each step ahead: error, best baseline, test against it, interval. */
export function horizonCells({ perHorizon }: Evaluation): string[][] {
  return [
    ['rows ahead', ...HEADER],
    ...perHorizon.map((scores) => [String(scores.step), ...scoreCells(scores)]),
  ];
}

/** One row for each series. */
export function seriesCells({ bySeries }: Evaluation): string[][] {
  return [['series', ...HEADER], ...bySeries.map((scores) => [scores.name, ...scoreCells(scores)])];
}

/** The cells that the tables of steps, series and comparisons share. */
export function scoreCells({ metrics, dieboldMariano, intervals }: Scores): string[] {
  const { model } = metrics;
  const best = dieboldMariano?.baseline ?? smallest(metrics);
  return [
    formatPrice(model.rmse),
    SHORT_NAMES[best],
    formatPrice(metrics[best].rmse),
    model.mase === null ? '–' : model.mase.toFixed(3),
    formatPercent(model.directionalAccuracy),
    dieboldMariano ? formatProbability(dieboldMariano.pValue) : '–',
    dieboldMariano ? VERDICTS[dieboldMariano.verdict] : '–',
    intervals ? formatPercent(intervals.coverage) : '–',
    intervals ? formatPrice(intervals.meanWidth) : '–',
  ];
}

/** The baseline with the smallest error. */
function smallest(metrics: Scores['metrics']) {
  return BASELINES.reduce((best, name) => (metrics[name].rmse < metrics[best].rmse ? name : best));
}

const SHORT_NAMES = {
  naive: 'naive',
  drift: 'drift',
  movingAverage: 'moving average',
  seasonalNaive: 'seasonal naive',
  linearAutoregression: 'linear AR',
};

const VERDICTS = { better: 'better', worse: 'worse', undecided: 'cannot tell' };

const METHODS = {
  'split-conformal': 'adaptive split-conformal intervals',
  'conformalized-quantile': 'adaptive conformalized quantile intervals',
  quantile: 'quantile intervals of the network',
};

/** The level and the coverage of the intervals, in words. */
export function intervalSentence(intervals: IntervalMetrics): string {
  const { method, level, coverage, meanWidth, count, calibration, overTime } = intervals;
  const parts = overTime.map((period) => period.coverage);
  const range = `${formatPercent(Math.min(...parts))} to ${formatPercent(Math.max(...parts))}`;
  const spread = parts.length > 1 ? ` (${range} in each of ${parts.length} periods)` : '';
  const calibrated =
    calibration > 0 ? `, each calibrated on the ${calibration} newest errors known at its time` : '';
  return `${formatPercent(level)} ${METHODS[method]} contained ${formatPercent3(coverage)} of ${counted(count, 'row')}${spread}; mean width ${formatPrice(meanWidth)}${calibrated}.`;
}

function formatPercent3(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** The run in one line. */
export function runSentence({ settings, transform, evaluation, folds }: Report): string {
  const { layers, cell, units, window, horizon, strategy } = settings;
  const ahead = horizon > 1 ? `${horizon} rows ahead, ${strategy}` : 'the next row';
  const fits = folds.filter(({ refit }) => refit).length;
  return `${layers} × ${cell} ${units}, windows of ${window}, ${ahead}; ${transform.transform} (${transform.reason}); ${counted(fits, 'fit')}, ${counted(folds.length, 'fold')}, ${counted(evaluation.forecasts, 'forecast')}`;
}

/** The complete result for a terminal. */
export function summaryLines(report: Report): string[] {
  const { evaluation, settings } = report;
  const title = `${settings.target}, ${counted(evaluation.forecasts, 'forecast')}`;
  const { dieboldMariano, intervals, quantileIntervals } = evaluation;
  return [
    '',
    textTable(metricsCells(report, evaluation, title)),
    "RMSE and MAE are in units of the target. MASE is in mean changes from row to row before the first cut. Direction is the share of correct signs of change. The last column is the model's verdict against each baseline (5 %).",
    ...(settings.horizon > 1 ? ['', textTable(horizonCells(evaluation))] : []),
    ...(evaluation.bySeries.length > 1 ? ['', textTable(seriesCells(evaluation))] : []),
    '',
    dieboldMariano
      ? dieboldMariano.sentence
      : `too few forecasts to test the ${modelName(settings)} against the baselines`,
    ...[intervals, quantileIntervals].flatMap((one) => (one ? [intervalSentence(one)] : [])),
    ...report.notes,
    ...nextLines(report.next, settings.target),
  ];
}

/** The forecasts of future rows, one table for each series. */
export function nextLines(next: readonly NextForecast[], target: string): string[] {
  return next.flatMap((forecast) => [
    '',
    textTable(nextCells(forecast, target, next.length > 1)),
    `last ${target}: ${formatPrice(forecast.last)}${forecast.lastDate ? ` on ${forecast.lastDate}` : ''}`,
  ]);
}

/** A forecast of future rows as cells, header first. */
export function nextCells({ series, rows }: NextForecast, target: string, named: boolean): string[][] {
  const hasInterval = rows.some(({ lower }) => lower !== null);
  return [
    [named ? `${series}, next row` : 'next row', target, ...(hasInterval ? ['from', 'to'] : [])],
    ...rows.map(({ step, date, forecast, lower, upper }) => [
      date ?? `+${step}`,
      formatPrice(forecast),
      ...(hasInterval ? [formatPrice(lower!), formatPrice(upper!)] : []),
    ]),
  ];
}
