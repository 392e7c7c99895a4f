import { formatDay, formatPercent, formatPrice } from '@unrolled/app-shared';
import type { SeriesIntervals, SeriesOutcome } from '@unrolled/forecaster';
import { FORECAST_NAMES, modelName } from '@unrolled/forecaster/settings';
import { barPlot, type LinePlot, linePlot, type PlotOptions } from '@unrolled/runs/plots';
import { forecastLabels, type Report } from './report';

/** A plot of a report, and how it is drawn for a file or for the page. */
export interface ReportPlot {
  /** The base name of its files, without extension. */
  readonly name: string;
  draw(options?: PlotOptions): string;
}

/**
 * Number of rows at which the naive forecast, a copy shifted by one row, is still distinguishable from the
 * true values.
 */
export const CLOSE_UP = 60;

/**
 * The plots: forecast, close-up and errors over time of each series; the comparison; the losses of the last
 * fit.
 */
export function reportPlots(report: Report): ReportPlot[] {
  const { outcomes } = report;
  const plots = outcomes.flatMap((outcome, at) => {
    const suffix = outcomes.length > 1 ? `-${at + 1}` : '';
    const title = outcomes.length > 1 ? `${outcome.name}: ` : '';
    return [
      lines(`forecast${suffix}`, () => forecastPlot(report, outcome, title)),
      lines(`close-up${suffix}`, () => forecastPlot(report, outcome, title, CLOSE_UP)),
      lines(`errors${suffix}`, () => errorPlot(report, outcome, title)),
    ];
  });
  return [
    ...plots,
    { name: 'baselines', draw: (options) => barPlot(baselinePlot(report), options) },
    ...(report.histories.length > 0 ? [lines('losses', () => lossPlot(report))] : []),
  ];
}

function lines(name: string, spec: () => LinePlot): ReportPlot {
  return { name, draw: (options) => linePlot(spec(), options) };
}

/**
 * True values and forecasts one row ahead, with the interval. The close-up of the last rows also has the
 * naive forecast.
 */
function forecastPlot(report: Report, outcome: SeriesOutcome, title: string, rows?: number): LinePlot {
  const { settings, evaluationSettings } = report;
  const count = outcome.rows.length;
  const from = rows === undefined ? 0 : Math.max(0, count - rows);
  const x = axis(outcome);
  const line = (name: string, values: Float64Array, dashed = false) => ({
    name,
    values: firstStep(values, outcome).subarray(from),
    x: x.slice(from),
    dashed,
  });
  const what = rows === undefined ? `${count} forecasts` : `the last ${count - from} forecasts`;
  return {
    title: `${title}${settings.target}, one row ahead: ${what}`,
    xLabel: axisLabel(outcome, from),
    yLabel: settings.target,
    series: [
      line('True', outcome.truth),
      line(modelName(settings), outcome.forecasts.model),
      ...(rows === undefined ? [] : [line('Naive (the last price)', outcome.forecasts.naive, true)]),
    ],
    bands: outcome.intervals ? [bandOf(outcome, outcome.intervals, from, evaluationSettings.level)] : [],
  };
}

function bandOf(outcome: SeriesOutcome, intervals: SeriesIntervals, from: number, level: number) {
  const skipped = Math.max(0, from - intervals.from);
  const ends = (values: Float64Array) => firstStep(values, outcome).subarray(skipped);
  return {
    name: `${formatPercent(level)} interval`,
    lower: ends(intervals.lower),
    upper: ends(intervals.upper),
    x: axis(outcome).slice(Math.max(from, intervals.from)),
    of: 1,
  };
}

/** Rolling root mean squared errors of all steps ahead together. */
function errorPlot({ settings }: Report, outcome: SeriesOutcome, title: string): LinePlot {
  const count = outcome.rows.length;
  const span = Math.min(count, Math.max(10, Math.round(count / 25)));
  const x = axis(outcome).slice(span - 1);
  const rolling = (values: Float64Array) => rollingError(outcome, values, span);
  return {
    title: `${title}Error over time: RMSE of the last ${span} forecasts`,
    xLabel: axisLabel(outcome, span - 1),
    yLabel: `RMSE, in units of ${settings.target}`,
    series: [
      { name: 'Naive (the last price)', values: rolling(outcome.forecasts.naive), x, colour: 2 },
      {
        name: 'Linear autoregression',
        values: rolling(outcome.forecasts.linearAutoregression),
        x,
        dashed: true,
        colour: 3,
      },
      { name: modelName(settings), values: rolling(outcome.forecasts.model), x, colour: 1 },
    ],
  };
}

/** [n − span + 1] */
function rollingError(
  { truth, horizon, rows }: SeriesOutcome,
  forecast: Float64Array,
  span: number,
): number[] {
  const squares = Array.from(rows, (_, at) => {
    let sum = 0;
    for (let i = at * horizon; i < (at + 1) * horizon; i++) sum += (truth[i]! - forecast[i]!) ** 2;
    return sum / horizon;
  });
  return Array.from({ length: rows.length - span + 1 }, (_, at) =>
    Math.sqrt(squares.slice(at, at + span).reduce((sum, square) => sum + square, 0) / span),
  );
}

function baselinePlot(report: Report) {
  const { evaluation, settings } = report;
  const labels = forecastLabels(report);
  return {
    title: 'Error compared with the baselines',
    xLabel: `RMSE, in units of ${settings.target} (shorter is better)`,
    bars: FORECAST_NAMES.map((name) => {
      const { rmse } = evaluation.metrics[name];
      return { name: labels[name], value: rmse, label: formatPrice(rmse), highlighted: name === 'model' };
    }),
  };
}

/** Mean losses of the ensemble's networks by epoch, for the last fit. */
function lossPlot({ histories, folds }: Report): LinePlot {
  const epochs = Math.max(...histories.map(({ losses }) => losses.length));
  const mean = (part: 'train' | 'validation') =>
    Array.from({ length: epochs }, (_, epoch) => {
      const values = histories.flatMap(({ losses }) => losses[epoch]?.[part] ?? []);
      return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : Number.NaN;
    });
  const x = Array.from({ length: epochs }, (_, epoch) => epoch);
  const series = [
    { name: 'Training', values: mean('train'), x },
    { name: 'Validation', values: mean('validation'), x, dashed: true },
  ].filter(({ values }) => values.some(Number.isFinite));
  const kept = histories.map(({ bestEpoch }) => bestEpoch).join(', ');
  return {
    title: `Loss${folds.length > 1 ? ' of the last fit' : ''} (selected: epoch ${kept})`,
    xLabel: 'Epoch; 0 is the linear regression',
    yLabel: 'Mean loss, scaled',
    series,
  };
}

/** The first step ahead of [n, horizon]. */
function firstStep(values: Float64Array, { horizon }: SeriesOutcome): Float64Array {
  return values.filter((_, i) => i % horizon === 0);
}

/** Labels of the first forecast rows: dates, or row numbers from 1. */
function axis({ rows, dates }: SeriesOutcome): (Date | number)[] {
  return Array.from(rows, (row) => (dates ? new Date(dates[row]!) : row + 1));
}

/** On an axis of a few weeks, the labels do not contain the year. */
function axisLabel({ rows, dates }: SeriesOutcome, from: number): string {
  if (!dates) return 'Row, oldest first';
  return `${formatDay(dates[rows[from]!]!)} to ${formatDay(dates[rows.at(-1)!]!)}`;
}
