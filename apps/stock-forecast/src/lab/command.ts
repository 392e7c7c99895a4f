import {
  type BackendName,
  createProgress,
  createReporter,
  flagOf,
  formatPrice,
  givenOptions,
} from '@unrolled/app-shared';
import { CELL_NAMES } from '@unrolled/forecaster';
import { linePlot } from '@unrolled/runs/plots';
import type { Command } from 'commander';
import type { RunOptions } from '../commands/options';
import { interruptSignal, selectBackend, tellBackend, withRunDirectory } from '../engine';
import { loadPrices } from '../load-prices';
import { refuse } from '../refuse';
import { printPrices } from '../report/describe-prices';
import { errorTable, LEAK, plotSpecs, rangeNote, verdict } from './report';
import { evaluate, LAB_DEFAULTS, type LabSettings, makeStudy, rowsNeeded } from './study';
import { trainLabNetwork } from './train-network';

type LabOptions = Partial<LabSettings> & RunOptions;

/** Options that would change the lab's example. */
const DEPARTURES = [
  ...(['target', 'features', 'order', 'window', 'trainShare', 'cell', 'units', 'steps'] as const),
  'learningRate' as const,
];

/** Options of `train` that apply to the lab's example; others would make it another model. */
const OPTIONS: readonly string[] = [
  ...[...DEPARTURES, 'lab', 'output', 'backend', 'json', 'seed', 'dateColumn', 'dateOrder'],
  ...[
    'missing',
    'duplicates',
    'delimiter',
    'decimalSeparator',
    'encoding',
    'columns',
    'seriesColumn',
    'series',
  ],
];

/**
 * `stock-forecast train --lab`: runs the RNN lab's example 18 unchanged, including its scaler that is also
 * fitted to the test rows, and compares it with the naive forecast.
 *
 * @throws UnrolledError for invalid input, before anything is written
 */
export async function lab(files: readonly string[], command: Command): Promise<void> {
  const options = optionsOf(command);
  const reporter = createReporter(options);
  if (files.length > 1)
    refuse('--lab', {
      expected: 'one file',
      got: String(files.length),
      remedy: 'pass one file: the lab has one series',
    });
  const settings: LabSettings = { ...LAB_DEFAULTS, ...options };
  const { target, features = [], window, cell } = settings;
  const prices = await loadPrices(
    files[0],
    { order: 'newest-first', ...options },
    { requiredColumns: [target, ...features], minimumRows: rowsNeeded(settings) },
  );
  const { dates, assumption, order } = prices.table;
  const study = makeStudy(prices.table, settings);
  const { train, test, firstTestRow, targetScaler } = study;
  await withRunDirectory(options.output, async (directory) => {
    const backend = await selectBackend(options.backend, { units: settings.units });
    printPrices(reporter, [prices]);
    reporter.line(`${study.features.join(', ')} → the next ${target}`);
    reporter.line(
      `windows of ${window} rows: ${train.count} for training, ${test.count} for the test; scaled by all rows`,
    );
    const departures = departuresOf(options);
    if (departures.length > 0)
      reporter.line(`note: differs from the lab's example in ${departures.join(', ')}`);
    tellBackend(reporter, backend);

    const progress = createProgress({ reporter, total: settings.steps });
    const signal = interruptSignal();
    const training = { ...settings, signal, onStep: progress.update };
    const { losses, predictions, next } = await trainLabNetwork(study, training).finally(progress.stop);
    if (losses.length === 0) return;
    if (losses.length < settings.steps)
      reporter.line(`stopped after ${losses.length} of ${settings.steps} steps`);

    const evaluation = evaluate(study, predictions);
    const nextPrice = targetScaler.inverse([next])[0]!;
    const modelName = CELL_NAMES[cell];
    const specs = plotSpecs(evaluation, {
      ...{ targetName: target, modelName, firstRow: firstTestRow + 1 },
      dates: dates?.slice(firstTestRow).map((date) => new Date(date)),
    });
    const advice = await directory.plot('test', linePlot(specs.test));
    await directory.plot('close-up', linePlot(specs.closeUp));
    const plots = directory.written;
    const notes = [LEAK, rangeNote(study)].filter((note) => note !== undefined);
    reporter.line(`\n${errorTable(evaluation, modelName, target)}`);
    reporter.line(verdict(evaluation, modelName));
    for (const note of notes) reporter.line(note);
    reporter.line(
      `\nnext ${target} after ${dates?.at(-1) ?? 'the last row'}: ${formatPrice(nextPrice)} (last value: ${formatPrice(study.target.at(-1)!)})`,
    );
    if (advice) reporter.warn(advice);
    for (const plot of plots) reporter.line(`wrote ${plot}`);
    const { rmseScaled, rmsePrice, naiveRmseScaled, naiveRmsePrice } = evaluation;
    reporter.result({
      ...{ rmseScaled, rmsePrice, naiveRmseScaled, naiveRmsePrice },
      ...{ firstLoss: losses[0], lastLoss: losses.at(-1), steps: losses.length, nextClose: nextPrice },
      ...{ target, features: study.features, rows: study.target.length },
      ...{ trainWindows: train.count, testWindows: test.count },
      ...{ order, notes, assumption: assumption ?? null, backend: backend.name, plots },
    });
  });
}

/** The options that were given. The lab has its own defaults. */
function optionsOf(command: Command): LabOptions {
  const given = givenOptions<LabOptions>(command);
  const foreign = Object.keys(given).find((name) => !OPTIONS.includes(name));
  if (foreign !== undefined) {
    refuse('--lab', {
      expected: "only options that apply to the lab's example",
      got: flagOf(foreign),
      remedy: 'omit the option, or train without --lab',
    });
  }
  return { ...given, backend: command.opts<{ backend: BackendName }>().backend };
}

/** The given options that change the lab's example, as typed. */
function departuresOf(options: LabOptions): string[] {
  const standard: Partial<LabOptions> = { ...LAB_DEFAULTS, order: 'newest-first' };
  return DEPARTURES.filter((name) => options[name] !== undefined && options[name] !== standard[name]).map(
    flagOf,
  );
}
