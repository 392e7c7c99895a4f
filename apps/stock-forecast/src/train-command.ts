import {
  createProgress,
  createReporter,
  interruptSignal,
  quietTensorflow,
  type Reporter,
} from '@unrolled/app-shared';
import { walkForward } from '@unrolled/forecasting';
import { selectBackend } from '@unrolled/kernels/node';
import { fitTasks, trainingRowsNeeded } from './backtest/plan';
import { type BacktestInput, runTask } from './backtest/run-task';
import { loadPanel } from './commands/load-panel';
import type { IsGiven, ModelOptions } from './commands/options';
import { requestOf, settleTransform } from './commands/resolve-settings';
import { saveModel } from './forecaster/model-file';
import { nextForecast } from './forecaster/next-forecast';
import { refuse } from './refuse';
import { conclude } from './report/conclude';
import { printPrices } from './report/describe-prices';
import { counted } from './report/format';
import { type Report, reportJson } from './report/report';
import { runSentence, summaryLines } from './report/summary';
import { writeReport } from './report/write-report';
import { createRunDirectory } from './run-directory';

/** What the command line gives. */
export interface TrainOptions extends ModelOptions {
  /** The share of the rows, oldest first, that the model is fitted to. */
  readonly trainShare: number;
}

/**
 * `stock-forecast train`: fits one model to the older rows, tests it on the newer ones, saves it, and forecasts the rows to
 * come. Nothing is written before the data and the options have passed.
 */
export async function trainCommand(
  files: readonly string[],
  options: TrainOptions,
  isGiven: IsGiven,
): Promise<void> {
  quietTensorflow();
  const reporter = createReporter(options);
  const signal = interruptSignal();
  const { model, evaluation } = requestOf(options, isGiven);
  const { prices, panel } = await loadPanel(files, model, options);
  const folds = splitOnce(panel.length, options.trainShare, { ...model, ...evaluation });
  const { settings, chosen } = settleTransform(panel, model, folds[0]!.test.start);
  const directory = await createRunDirectory(options.output);
  try {
    const backend = await selectBackend(options.backend, settings);
    printPrices(reporter, prices);
    reporter.line(`backend ${backend.name}: ${backend.reason}`);
    const { train, test } = folds[0]!;
    reporter.line(
      `${counted(train.end, 'row')} to train on, ${counted(test.end - test.start, 'row')} to test on; ${settings.features.join(', ')} → ${settings.target}`,
    );
    const input: BacktestInput = { panel, settings, evaluation };
    const tasks = fitTasks(folds);
    const result = await fitWithProgress(reporter, input, tasks[0]!, signal);
    const { forecaster } = result;
    if (forecaster.members.length === 0)
      return reporter.line('stopped before a network was trained: nothing is written');

    const concluded = conclude('train', { prices, input, chosen }, tasks, [result]);
    const calibration = Object.fromEntries(
      concluded.outcomes.flatMap(({ name, calibration }) =>
        calibration ? [[name, toJson(calibration)]] : [],
      ),
    );
    const next = panel.series
      .filter(({ name }) => forecaster.scaling[name])
      .map((series) => nextForecast(forecaster, panel, series, calibration[series.name]));
    const report: Report = { ...concluded, next, notes: [...concluded.notes, ...stopped(signal)] };
    await saveModel(directory.model, { forecaster, calibration, trainedOn: trainedOn(input, train.end) });
    directory.note([directory.model]);
    reporter.line(runSentence(report));
    for (const line of summaryLines(report)) reporter.line(line);
    await writeReport(report, directory, { ...options, reporter });
    reporter.line(`\nwrote ${directory.written.join('\n      ')}`);
    reporter.line(`\nforecast again: stock-forecast forecast --model ${directory.model} newer-prices.csv`);
    reporter.result({
      ...reportJson(report),
      losses: result.histories.map(({ losses }) => losses),
      ...{ backend: backend.name, interrupted: signal.aborted, model: directory.model },
      ...{ runDirectory: directory.directory, written: directory.written },
    });
  } finally {
    await directory.discardIfEmpty();
  }
}

/** One fold: the older share to train on, all the rest to test on. */
function splitOnce(length: number, share: number, needs: Parameters<typeof trainingRowsNeeded>[0]) {
  const places = length - (needs.horizon - 1);
  const least = trainingRowsNeeded(needs);
  const initial = Math.floor(places * share);
  if (initial < least || places <= initial) {
    refuse('rows', {
      expected: `at least ${Math.ceil(Math.max(least, 1) / share) + needs.horizon} rows with --train-share ${share}`,
      got: String(length),
      remedy: 'give more rows, or a shorter --window or --horizon',
    });
  }
  return walkForward(places, { initial, horizon: places - initial });
}

/** Trains with a progress bar of epochs. */
async function fitWithProgress(
  reporter: Reporter,
  input: BacktestInput,
  task: ReturnType<typeof fitTasks>[number],
  signal: AbortSignal,
) {
  const { epochs, ensemble } = input.settings;
  const progress = createProgress({ reporter, total: epochs * ensemble, unit: 'epoch' });
  return runTask(input, task, {
    signal,
    onEpoch: (member, { epoch, train, validation }) => {
      if (train === null) return;
      progress.update({
        step: Math.min(member * epochs + epoch, epochs * ensemble),
        loss: train,
        validationLoss: validation ?? undefined,
      });
    },
  }).finally(progress.stop);
}

function toJson({ method, errors, margins }: NonNullable<Report['outcomes'][number]['calibration']>) {
  return { method, errors, margins };
}

/** For each series the last row or date that training saw. */
function trainedOn({ panel }: BacktestInput, end: number) {
  return Object.fromEntries(
    panel.series.map(({ name, times, dates }) => {
      const rows = times.filter((time) => time < end).length;
      return [name, { until: dates?.[rows - 1] ?? null, rows }];
    }),
  );
}

function stopped(signal: AbortSignal): string[] {
  return signal.aborted ? ['note: training was stopped; the best epoch until then is kept'] : [];
}
