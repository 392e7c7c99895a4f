import path from 'node:path';
import {
  createProgress,
  createReporter,
  ensureWritableDirectory,
  interruptSignal,
  quietTensorflow,
  type Reporter,
} from '@unrolled/app-shared';
import type { DecimalSeparator } from '@unrolled/data';
import { selectBackend } from '@unrolled/kernels/node';
import { evaluate } from './evaluation';
import { writePlots } from './plots';
import { loadPrices, type Prices } from './prices';
import { errorTable, formatPrice, LEAK, rangeNote, verdict } from './report';
import { DEFAULTS, type Order, type Settings } from './settings';
import { makeStudy, rowsNeeded, type Study } from './study';
import { trainForecaster } from './train-forecaster';

/** What the command line gives. */
export interface TrainOptions extends Settings {
  order?: Order;
  decimalSeparator?: DecimalSeparator;
  output?: string;
  backend: 'auto' | 'unrolled' | 'cpu';
  json?: boolean;
}

const MODEL_NAMES = { lstm: 'LSTM', gru: 'GRU', rnn: 'RNN' };

/**
 * Trains, tests against the naive forecast, forecasts, plots.
 *
 * @param file a CSV, or nothing for the bundled prices
 * @throws UnrolledError for the user's mistakes, before anything is written
 */
export async function trainCommand(file: string | undefined, options: TrainOptions): Promise<void> {
  quietTensorflow();
  const reporter = createReporter(options);
  const settings: Settings = { ...options, lab: options.lab ?? false };
  const prices = await loadPrices(file, {
    order: options.order ?? (settings.lab ? 'newest-first' : undefined),
    requiredColumns: [settings.target, ...(settings.features ?? [])],
    minimumRows: rowsNeeded(settings),
    decimalSeparator: options.decimalSeparator,
  });
  const { dates, assumption } = prices.table;
  const study = makeStudy(prices.table, settings);
  const directory = await ensureWritableDirectory(
    options.output ?? path.join('runs', `stock-forecast-${prices.name}`),
  );
  const backend = await selectBackend(options.backend);

  describe(reporter, prices, study);
  const departures = settings.lab ? departuresFromLab(options) : [];
  if (departures.length > 0) reporter.line(`note: not the lab's case, by ${departures.join(', ')}`);
  reporter.line(`backend ${backend.name}: ${backend.reason}`);

  const progress = createProgress({ reporter, total: settings.steps });
  const signal = interruptSignal();
  const result = await trainForecaster(study, { ...settings, signal, onStep: progress.update }).finally(
    progress.stop,
  );
  const { losses } = result;
  if (losses.length === 0) return;
  if (losses.length < settings.steps)
    reporter.line(`stopped after ${losses.length} of ${settings.steps} steps`);

  const evaluation = evaluate(study, result.predictions);
  const nextPrice = study.targetScaler.inverse([result.next])[0]!;
  const modelName = MODEL_NAMES[settings.cell];
  const { firstTestRow } = study;
  const plots = await writePlots(evaluation, {
    directory,
    targetName: settings.target,
    modelName,
    dates: dates?.slice(firstTestRow).map((date) => new Date(date)),
    firstRow: firstTestRow + 1,
  });

  const notes = [settings.lab ? LEAK : undefined, rangeNote(study)].filter((note) => note !== undefined);
  reporter.line(`\n${errorTable(evaluation, modelName, settings.target)}`);
  reporter.line(verdict(evaluation, modelName));
  for (const note of notes) reporter.line(note);
  reporter.line(
    `\nnext ${settings.target} after ${dates?.at(-1) ?? 'the last row'}: ${formatPrice(nextPrice)} (the last one: ${formatPrice(study.target.at(-1)!)})`,
  );
  if (plots.advice) reporter.warn(plots.advice);
  for (const plot of plots.files) reporter.line(`wrote ${shortest(plot)}`);
  const { rmseScaled, rmsePrice, naiveRmseScaled, naiveRmsePrice } = evaluation;
  reporter.result({
    rmseScaled,
    rmsePrice,
    naiveRmseScaled,
    naiveRmsePrice,
    firstLoss: losses[0],
    lastLoss: losses.at(-1),
    steps: losses.length,
    nextClose: nextPrice,
    target: settings.target,
    features: study.features,
    rows: study.target.length,
    trainWindows: study.train.count,
    testWindows: study.test.count,
    order: prices.table.order,
    assumption: assumption ?? null,
    notes,
    backend: backend.name,
    plots: plots.files,
  });
}

function describe(reporter: Reporter, { description, table }: Prices, study: Study): void {
  const { dates, order, orderSource, assumption, ignoredColumns } = table;
  const span = dates
    ? `${dates[0]} to ${dates.at(-1)}`
    : `${order.replace('-', ' ')}, as ${orderSource === 'option' ? 'told' : 'assumed'}`;
  reporter.line(`${description}: ${study.target.length} rows, ${span}`);
  if (assumption) reporter.line(`note: ${assumption}`);
  if (ignoredColumns.length > 0)
    reporter.line(`note: without numbers, so left out: ${ignoredColumns.join(', ')}`);
  reporter.line(`${study.features.join(', ')} → the next ${study.targetName}`);
  const { train, test, window, scalerRows } = study;
  reporter.line(
    `windows of ${window} rows: ${train.count} to train on, ${test.count} to test on; scaled by ${
      scalerRows < study.target.length ? `the first ${scalerRows} rows, which training sees` : 'all rows'
    }`,
  );
}

/** A path from here where it lies below, else whole. */
function shortest(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}

/** The options, as typed, that make another case than the lab's. */
function departuresFromLab(options: TrainOptions): string[] {
  const lab = { ...DEFAULTS, order: 'newest-first', features: undefined };
  const names = [
    'target',
    'features',
    'order',
    'window',
    'trainShare',
    'scaler',
    'cell',
    'units',
    'steps',
    'learningRate',
  ] as const;
  return names
    .filter((name) => options[name] !== undefined && options[name] !== lab[name])
    .map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
}
