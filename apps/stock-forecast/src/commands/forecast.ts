import { createReporter } from '@unrolled/app-shared';
import type { ForecasterData, NextForecast, Series } from '@unrolled/forecaster';
import { Command } from 'commander';
import { loadSeries } from '../load-prices';
import { refuse } from '../refuse';
import { nextCsv } from '../report/csv-files';
import { describeFiles, printPrices } from '../report/describe-prices';
import { nextPlot } from '../report/next-plot';
import { nextLines } from '../report/summary';
import { action } from './action';
import { addGroup, dataOptions, type RunOptions, runOptions } from './options';

export interface ForecastOptions extends RunOptions {
  readonly model: string;
}

export function forecastCommand(): Command {
  const command = new Command('forecast')
    .description('Forecasts the rows after the end of a file, with a model that train saved.')
    .argument('<csv...>', 'newer prices, with the columns of the training files; one file for each series')
    .requiredOption('--model <file>', 'the model.safetensors of a run');
  addGroup(command, 'Data:', dataOptions());
  const output = 'directory for forecast.csv and a plot (default: nothing is written)';
  return addGroup(command, 'Output and backend:', runOptions(output)).action(action(forecast));
}

/** Forecasts the rows after the end of each file with a saved model. */
async function forecast(files: readonly string[], options: ForecastOptions): Promise<void> {
  const { loadModel, selectBackend, tellBackend } = await import('../engine');
  const reporter = createReporter(options);
  const forecaster = await loadModel(options.model);
  const { settings } = forecaster.model;
  const { prices, series } = await loadSeries(files, settings, options);
  const known = series.map((one) => asTrained(one, series.length, forecaster));
  const backend = await selectBackend(options.backend, { batchSize: 1 });
  const next = forecaster.forecast(known);
  tellBackend(reporter, backend);
  printPrices(reporter, prices);
  const notes = known.flatMap((one) => rowsNote(one, forecaster));
  for (const note of notes) reporter.line(note);
  for (const line of nextLines(next, settings.target)) reporter.line(line);
  const written = options.output === undefined ? [] : await write(options.output, known, next, forecaster);
  if (written.length > 0) reporter.line(`\nwrote ${written.join('\n      ')}`);
  reporter.result({
    command: 'forecast',
    files: describeFiles(prices),
    model: options.model,
    target: settings.target,
    features: settings.features,
    horizon: settings.horizon,
    level: levelOf(forecaster),
    ...{ next, notes, backend: backend.name, written },
  });
}

/** Assigns a file the series of the model with its name; for a model of one series, that series. */
function asTrained(series: Series, count: number, { model }: ForecasterData): Series {
  const known = Object.keys(model.scaling);
  if (known.includes(series.name!)) return series;
  if (known.length === 1 && count === 1) return { ...series, name: known[0]! };
  return refuse('files', {
    expected: `files with the names of the model's series: ${known.join(', ')}`,
    got: series.name!,
    remedy: 'rename the file, or train a model on it: each series has its own scalers',
  });
}

/** A file without rows newer than the training rows. */
function rowsNote({ name, dates, lines }: Series, { trainedOn }: ForecasterData): string[] {
  const { until, rows } = trainedOn[name!] ?? { until: null, rows: 0 };
  const last = dates?.at(-1);
  const seen = until !== null && last !== undefined ? last <= until : lines!.length <= rows;
  return seen ? [`note: all rows of ${name} were used for training: pass newer prices`] : [];
}

function levelOf({ calibration }: ForecasterData): number | null {
  return Object.values(calibration)[0]?.margins.level ?? null;
}

async function write(
  output: string,
  series: readonly Series[],
  next: readonly NextForecast[],
  forecaster: ForecasterData,
): Promise<readonly string[]> {
  const { withRunDirectory } = await import('../engine');
  const { linePlot } = await import('@unrolled/runs/plots');
  return withRunDirectory(output, async (directory) => {
    await directory.write('forecast.csv', nextCsv(next));
    for (const [at, one] of next.entries()) {
      const spec = nextPlot(series[at]!, one, forecaster.model.settings, levelOf(forecaster));
      const name = next.length > 1 ? `forecast-${at + 1}` : 'forecast';
      await directory.plot(name, linePlot(spec));
    }
    return directory.written;
  });
}
