import { createReporter, quietTensorflow } from '@unrolled/app-shared';
import { type LinePlot, linePlot, writeSvg } from '@unrolled/app-shared/plots';
import { selectBackend } from '@unrolled/kernels/node';
import { loadPanel } from './commands/load-panel';
import type { RunOptions } from './commands/options';
import { loadModel, type SavedModel } from './forecaster/model-file';
import { type NextForecast, nextForecast } from './forecaster/next-forecast';
import { refuse } from './refuse';
import { csvText } from './report/csv-files';
import { describeFiles, printPrices } from './report/describe-prices';
import { formatPercent } from './report/format';
import { modelName } from './report/report';
import { nextLines } from './report/summary';
import { createRunDirectory, type RunDirectory } from './run-directory';
import type { Panel, Series } from './series/panel';
import { checkPositive } from './series/transform';

export interface ForecastOptions extends RunOptions {
  readonly model: string;
}

/** `stock-forecast forecast`: what a saved model says of the rows after the last one of each file. */
export async function forecastCommand(files: readonly string[], options: ForecastOptions): Promise<void> {
  quietTensorflow();
  const reporter = createReporter(options);
  const saved = await loadModel(options.model);
  const { settings } = saved.forecaster;
  const { prices, panel: loaded } = await loadPanel(files, settings, options);
  const panel = { ...loaded, series: loaded.series.map((series) => asTrained(series, loaded, saved)) };
  for (const { name, times } of panel.series) checkLength(name, times.length, settings.window);
  checkPositive(panel, settings.targetTransform);
  const backend = await selectBackend(options.backend, { batchSize: 1 });
  reporter.line(`backend ${backend.name}: ${backend.reason}`);
  printPrices(reporter, prices);
  const next = panel.series.map((series) =>
    nextForecast(saved.forecaster, panel, series, saved.calibration[series.name]),
  );
  const notes = panel.series.flatMap((series) => rowsNote(series, saved));
  for (const note of notes) reporter.line(note);
  for (const line of nextLines(next, settings.target)) reporter.line(line);
  const written = options.output === undefined ? [] : await writeForecast(options.output, panel, next, saved);
  if (written.length > 0) reporter.line(`\nwrote ${written.join('\n      ')}`);
  reporter.result({
    command: 'forecast',
    files: describeFiles(prices),
    model: options.model,
    target: settings.target,
    features: settings.features,
    horizon: settings.horizon,
    level: levelOf(saved),
    ...{ next, notes, backend: backend.name, written },
  });
}

/** A file by the name of the series that the model knows: its own, or that of a model of one series. */
function asTrained(series: Series, { series: all }: Panel, { forecaster }: SavedModel): Series {
  const known = Object.keys(forecaster.scaling);
  if (known.includes(series.name)) return series;
  if (known.length === 1 && all.length === 1) return { ...series, name: known[0]! };
  return refuse('files', {
    expected: `files named as the series that the model was trained on: ${known.join(', ')}`,
    got: series.name,
    remedy: 'each series has scalers of its own: rename the file, or train on it',
  });
}

function checkLength(name: string, rows: number, window: number): void {
  if (rows > window) return;
  refuse('files', {
    expected: `at least ${window + 1} rows, the model's window and the row before it`,
    got: `${rows} in ${name}`,
    remedy: 'give a file that goes further back',
  });
}

/** Rows that the model was trained on are no news to it. */
function rowsNote({ name, dates, times }: Series, { trainedOn }: SavedModel): string[] {
  const { until, rows } = trainedOn[name] ?? { until: null, rows: 0 };
  const last = dates?.at(-1);
  const seen = until !== null && last !== undefined ? last <= until : times.length <= rows;
  return seen ? [`note: ${name} ends within the rows that the model was trained on: give newer prices`] : [];
}

function levelOf({ calibration }: SavedModel): number | null {
  return Object.values(calibration)[0]?.margins.level ?? null;
}

async function writeForecast(
  output: string,
  panel: Panel,
  next: readonly NextForecast[],
  saved: SavedModel,
): Promise<readonly string[]> {
  const directory = await createRunDirectory(output);
  const header = ['series', 'step', 'date', 'forecast', 'lower', 'upper'];
  const rows = next.flatMap(({ series, rows }) =>
    rows.map(({ step, date, forecast, lower, upper }) => [series, step, date, forecast, lower, upper]),
  );
  await directory.write('forecast.csv', csvText([header, ...rows]));
  for (const [at, forecast] of next.entries()) await plotForecast(directory, panel, forecast, saved, at);
  return directory.written;
}

/** The newest rows and the forecast that follows them. */
async function plotForecast(
  directory: RunDirectory,
  panel: Panel,
  { series, last, rows }: NextForecast,
  saved: SavedModel,
  at: number,
): Promise<void> {
  const { dates, columns } = panel.series[at]!;
  const prices = columns[panel.target]!;
  const from = Math.max(0, prices.length - 60);
  const isDated = dates !== undefined && rows.every(({ date }) => date !== null);
  const place = (row: number, date: string | undefined) => (isDated ? new Date(date!) : row + 1);
  const known = Array.from(prices.subarray(from), (_, i) => place(from + i, dates?.[from + i]));
  // The forecast's line begins at the last price, so that one row ahead is a line too.
  const ahead = [
    known.at(-1)!,
    ...rows.map(({ step, date }) => place(prices.length - 1 + step, date ?? undefined)),
  ];
  const level = levelOf(saved);
  const spec: LinePlot = {
    title: `${series}: ${panel.target}, ${rows.length === 1 ? 'the next row' : `the next ${rows.length} rows`}`,
    xLabel: isDated ? `${dates![from]} to ${rows.at(-1)!.date}` : 'Row, oldest first',
    yLabel: panel.target,
    series: [
      { name: 'Known', values: prices.subarray(from), x: known },
      {
        name: modelName(saved.forecaster.settings),
        values: [last, ...rows.map(({ forecast }) => forecast)],
        x: ahead,
      },
    ],
    bands: rows.some(({ lower }) => lower === null)
      ? []
      : [
          {
            name: `${formatPercent(level!)} interval`,
            lower: [last, ...rows.map(({ lower }) => lower!)],
            upper: [last, ...rows.map(({ upper }) => upper!)],
            x: ahead,
            of: 1,
          },
        ],
  };
  const name = panel.series.length > 1 ? `forecast-${at + 1}` : 'forecast';
  const { files } = await writeSvg(directory.file(name), linePlot(spec));
  directory.note(files);
}
