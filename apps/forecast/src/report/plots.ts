import { formatPercent } from '@unrolled/app-shared';
import type { LinePlot } from '@unrolled/runs/plots';
import type { MethodForecast } from '../method/method';
import type { InputSeries } from '../read/input';
import { firstRow, NAMES, placeOfRow, type Report, type SeriesScore } from './results';

/** Number of known steps to draw before the forecasts, for each forecast step. */
const BEFORE = 2;
const FEWEST_BEFORE = 24;

/**
 * The values of a series and its forecasts in the back-test, with the widest interval. Each forecast was made
 * before its fold.
 */
export function seriesPlot(report: Report, { name, record, best, place }: SeriesScore): LinePlot {
  const { task, backtest } = report;
  const series = task.input.series[place]!;
  const first = firstRow(report, place);
  const rows = record.steps.map((step) => first + step);
  const from = Math.max(0, rows[0]! - Math.max(FEWEST_BEFORE, BEFORE * (rows.at(-1)! - rows[0]! + 1)));
  const x = rows.map((row) => axis(series, row));
  const known = Array.from({ length: rows.at(-1)! - from + 1 }, (_, at) => from + at);
  const level = backtest!.evaluation.intervals.at(-1)?.level;
  const interval = level === undefined ? undefined : record.intervals[task.settings.levels.indexOf(level)];
  return {
    title: name,
    xLabel: series.dates
      ? `${placeOfRow(series, from)} to ${placeOfRow(series, rows.at(-1)!)}`
      : 'Row, oldest first',
    yLabel: task.input.target ?? name,
    series: [
      {
        name: 'Actual',
        values: known.map((row) => series.values[row]!),
        x: known.map((row) => axis(series, row)),
      },
      { name: 'Forecast', values: record.forecasts.model!, x },
      { name: `Best baseline: ${NAMES[best]}`, values: record.forecasts[best]!, x, dashed: true },
    ],
    bands: interval ? [{ name: `${formatPercent(level!)} interval`, ...interval, x, of: 1 }] : [],
  };
}

/** The newest values of a series, and the forecast that follows them. */
export function nextPlot(
  series: InputSeries,
  forecast: MethodForecast,
  target: string | undefined,
): LinePlot {
  const { values } = series;
  const from = Math.max(0, values.length - Math.max(FEWEST_BEFORE, 4 * forecast.values.length));
  const known = Array.from({ length: values.length - from }, (_, at) => from + at);
  const rows = [values.length - 1, ...Array.from(forecast.values, (_, ahead) => values.length + ahead)];
  const x = rows.map((row) => axis(series, row));
  // The forecast's line starts at the last value, so a forecast of one step is a line too.
  const fromLast = (ahead: Float64Array) => [values.at(-1)!, ...ahead];
  const widest = forecast.intervals.at(-1);
  return {
    title: `${series.name}: the next ${forecast.values.length} steps`,
    xLabel: series.dates
      ? `${placeOfRow(series, from)} to ${placeOfRow(series, rows.at(-1)!)}`
      : 'Row, oldest first',
    yLabel: target ?? series.name,
    series: [
      { name: 'Known', values: known.map((row) => values[row]!), x: known.map((row) => axis(series, row)) },
      { name: 'Forecast', values: fromLast(forecast.values), x },
    ],
    bands: widest
      ? [
          {
            ...{ name: `${formatPercent(widest.level)} interval`, x, of: 1 },
            ...{ lower: fromLast(widest.lower), upper: fromLast(widest.upper) },
          },
        ]
      : [],
  };
}

function axis(series: InputSeries, row: number): Date | number {
  const place = placeOfRow(series, row);
  return typeof place === 'string' ? new Date(place) : place;
}
