import { formatPercent } from '@unrolled/app-shared';
import type { NextForecast, ResolvedSettings, Series } from '@unrolled/forecaster';
import { modelName } from '@unrolled/forecaster/settings';
import type { LinePlot } from '@unrolled/runs/plots';

/** Number of known rows shown before the forecast. */
const KNOWN = 60;

/** The newest rows of a series, and the forecast after them. `level` is that of the intervals. */
export function nextPlot(
  { dates, columns }: Series,
  { series, last, rows }: NextForecast,
  settings: ResolvedSettings,
  level: number | null,
): LinePlot {
  const { target } = settings;
  const prices = columns[target]!;
  const from = Math.max(0, prices.length - KNOWN);
  const isDated = dates !== undefined && rows.every(({ date }) => date !== null);
  const place = (row: number, date: string | null | undefined) => (isDated ? new Date(date!) : row + 1);
  const known = Array.from({ length: prices.length - from }, (_, i) => place(from + i, dates?.[from + i]));
  // The forecast's curve starts at the last price, so a forecast of one row is also visible.
  const x = [known.at(-1)!, ...rows.map(({ step, date }) => place(prices.length - 1 + step, date))];
  const fromLast = (values: readonly (number | null)[]) => [last, ...values.map((value) => value!)];
  const band = {
    name: `${formatPercent(level!)} interval`,
    lower: fromLast(rows.map(({ lower }) => lower)),
    upper: fromLast(rows.map(({ upper }) => upper)),
    ...{ x, of: 1 },
  };
  return {
    title: `${series}: ${target}, ${rows.length === 1 ? 'the next row' : `the next ${rows.length} rows`}`,
    xLabel: isDated ? `${dates![from]} to ${rows.at(-1)!.date}` : 'Row, oldest first',
    yLabel: target,
    series: [
      { name: 'Known', values: Array.from(prices).slice(from), x: known },
      { name: modelName(settings), values: fromLast(rows.map(({ forecast }) => forecast)), x },
    ],
    bands: rows.some(({ lower }) => lower === null) ? [] : [band],
  };
}
