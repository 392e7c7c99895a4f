import {
  createProgress,
  createReporter,
  interruptSignal,
  quietTensorflow,
  type Reporter,
} from '@unrolled/app-shared';
import { selectBackend } from '@unrolled/kernels/node';
import { csvOptions } from '../commands/csv-options';
import type { RunOptions } from '../commands/options';
import { refuse } from '../refuse';
import { describePrices } from '../report/describe-prices';
import { formatPrice } from '../report/format';
import { createRunDirectory } from '../run-directory';
import { loadPrices } from '../series/load';
import { CELL_NAMES } from '../settings';
import { evaluate } from './evaluation';
import { writePlots } from './plots';
import { errorTable, LEAK, rangeNote, verdict } from './report';
import { LAB_DEFAULTS, type LabSettings } from './settings';
import { makeStudy, rowsNeeded, type Study } from './study';
import { trainLabNetwork } from './train-network';

/** What the command line gives, where it was given. */
export type LabOptions = Partial<LabSettings> & RunOptions;

/**
 * `stock-forecast train --lab`: the RNN lab's case 18 as it stands, with the scaler that has seen the test rows, beside the
 * naive forecast.
 *
 * @throws UnrolledError for the user's mistakes, before anything is written
 */
export async function labCommand(files: readonly string[], options: LabOptions): Promise<void> {
  quietTensorflow();
  const reporter = createReporter(options);
  if (files.length > 1)
    refuse('--lab', { expected: 'one file', got: String(files.length), remedy: 'the lab has one series' });
  const settings: LabSettings = { ...LAB_DEFAULTS, ...options };
  const prices = await loadPrices(files[0], {
    ...csvOptions({ order: 'newest-first', ...options }),
    requiredColumns: [settings.target, ...(settings.features ?? [])],
    minimumRows: rowsNeeded(settings),
  });
  const { dates, assumption, order } = prices.table;
  const study = makeStudy(prices.table, settings);
  const directory = await createRunDirectory(options.output);
  try {
    const backend = await selectBackend(options.backend, { units: settings.units });
    for (const line of describePrices(prices)) reporter.line(line);
    describeStudy(reporter, study);
    const departures = departuresFromLab(options);
    if (departures.length > 0) reporter.line(`note: not the lab's case, by ${departures.join(', ')}`);
    reporter.line(`backend ${backend.name}: ${backend.reason}`);

    const progress = createProgress({ reporter, total: settings.steps });
    const signal = interruptSignal();
    const result = await trainLabNetwork(study, { ...settings, signal, onStep: progress.update }).finally(
      progress.stop,
    );
    const { losses } = result;
    if (losses.length === 0) return;
    if (losses.length < settings.steps)
      reporter.line(`stopped after ${losses.length} of ${settings.steps} steps`);

    const evaluation = evaluate(study, result.predictions);
    const nextPrice = study.targetScaler.inverse([result.next])[0]!;
    const modelName = CELL_NAMES[settings.cell];
    const { firstTestRow } = study;
    const plots = await writePlots(evaluation, {
      directory: directory.directory,
      targetName: settings.target,
      modelName,
      dates: dates?.slice(firstTestRow).map((date) => new Date(date)),
      firstRow: firstTestRow + 1,
    });
    const notes = [LEAK, rangeNote(study)].filter((note) => note !== undefined);
    reporter.line(`\n${errorTable(evaluation, modelName, settings.target)}`);
    reporter.line(verdict(evaluation, modelName));
    for (const note of notes) reporter.line(note);
    reporter.line(
      `\nnext ${settings.target} after ${dates?.at(-1) ?? 'the last row'}: ${formatPrice(nextPrice)} (the last one: ${formatPrice(study.target.at(-1)!)})`,
    );
    if (plots.advice) reporter.warn(plots.advice);
    for (const plot of plots.files) reporter.line(`wrote ${plot}`);
    const { rmseScaled, rmsePrice, naiveRmseScaled, naiveRmsePrice } = evaluation;
    reporter.result({
      ...{ rmseScaled, rmsePrice, naiveRmseScaled, naiveRmsePrice },
      firstLoss: losses[0],
      lastLoss: losses.at(-1),
      steps: losses.length,
      nextClose: nextPrice,
      target: settings.target,
      features: study.features,
      rows: study.target.length,
      trainWindows: study.train.count,
      testWindows: study.test.count,
      ...{ order, notes, assumption: assumption ?? null },
      backend: backend.name,
      plots: plots.files,
    });
  } finally {
    await directory.discardIfEmpty();
  }
}

function describeStudy(reporter: Reporter, { features, targetName, train, test, window }: Study): void {
  reporter.line(`${features.join(', ')} → the next ${targetName}`);
  reporter.line(
    `windows of ${window} rows: ${train.count} to train on, ${test.count} to test on; scaled by all rows`,
  );
}

/** The options, as typed, that make another case than the lab's. */
function departuresFromLab(options: LabOptions): string[] {
  const lab = { ...LAB_DEFAULTS, order: 'newest-first' };
  const names = [
    'target',
    'features',
    'order',
    'window',
    'trainShare',
    'cell',
    'units',
    'steps',
    'learningRate',
  ] as const;
  return names
    .filter((name) => options[name] !== undefined && options[name] !== lab[name])
    .map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
}
