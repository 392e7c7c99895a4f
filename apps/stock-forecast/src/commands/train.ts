import {
  counted,
  createProgress,
  createReporter,
  fraction,
  type Reporter,
  type RunDirectory,
} from '@unrolled/app-shared';
import type { BacktestPlan, FitSettings, FittedForecaster, TrainingHistory } from '@unrolled/forecaster';
import { resolveSettings } from '@unrolled/forecaster/settings';
import { Command } from 'commander';
import { loadSeries } from '../load-prices';
import { printPrices } from '../report/describe-prices';
import { makeReport, reportJson } from '../report/report';

import { action } from './action';
import { FILES_HELP, type ModelOptions, modelGroups, settingsOf } from './options';

export interface TrainOptions extends ModelOptions, Pick<FitSettings, 'trainShare'> {
  readonly lab?: boolean;
}

/** `train`. @param lab runs the RNN lab's example for `--lab` */
export function trainCommand(lab: (files: readonly string[], command: Command) => Promise<void>): Command {
  const command = new Command('train')
    .description(
      'Fits one model to the older prices, tests it on the newer ones, saves it, and forecasts the next rows.',
    )
    .argument('[csv...]', FILES_HELP)
    .option(
      '--train-share <share>',
      'share of the rows to train on; the newer rows are the test set',
      fraction,
      0.7,
    )
    .option(
      '--lab',
      "run the RNN lab's example 18 instead: newest row first, a scaler that is also fitted to the test rows, 500 full-batch steps",
    );
  return modelGroups(command).action(
    action((files: string[], options: TrainOptions, self) =>
      options.lab ? lab(files, self) : train(files, options, self),
    ),
  );
}

/**
 * Fits one model to the older rows, tests it on the newer ones, saves it, and forecasts the next rows.
 * Nothing is written before the data and the options have been checked.
 */
async function train(files: readonly string[], options: TrainOptions, command: Command): Promise<void> {
  const engine = await import('../engine');
  const reporter = createReporter(options);
  const signal = engine.interruptSignal();
  const settings = settingsOf(options, command);
  const { prices, series } = await loadSeries(files, resolveSettings(settings).model, options);
  const plan = engine.planFit(series, { ...settings, trainShare: options.trainShare });
  await engine.withRunDirectory(options.output, async (directory) => {
    const backend = await engine.selectBackend(options.backend, {
      units: plan.settings.units,
      batchSize: plan.settings.batchSize,
    });
    printPrices(reporter, prices);
    engine.tellBackend(reporter, backend);
    reporter.line(splitSentence(plan));
    const log = epochLog(directory);
    const forecaster = await fitWithProgress(engine.fitPlanned, plan, reporter, { signal, log });
    const { model, test, histories } = forecaster;
    if (!test) return reporter.line('stopped before any network was trained: nothing was written');

    const known = series.filter(({ name }) => model.scaling[name!]);
    const report = makeReport('train', prices, test, {
      next: forecaster.forecast(known),
      notes: signal.aborted ? ['note: training was stopped; the best epoch so far is used'] : [],
    });
    await engine.saveForecaster(directory.model, forecaster);
    directory.note([directory.model]);
    await engine.tellReport(report, directory, { ...options, reporter });
    reporter.line(
      `\nforecast later rows: stock-forecast forecast --model ${directory.model} newer-prices.csv`,
    );
    reporter.result({
      ...reportJson(report),
      losses: histories.map(({ losses }) => losses),
      validationLoss: validationLossOf(histories),
      ...{ backend: backend.name, interrupted: signal.aborted, model: directory.model },
      ...{ runDirectory: directory.directory, written: directory.written },
    });
  });
}

function splitSentence({ folds, settings }: BacktestPlan): string {
  const { train, test } = folds[0]!;
  const tested = counted(test.end - test.start, 'row');
  return `${counted(train.end, 'row')} for training, ${tested} for the test; ${settings.features.join(', ')} → ${settings.target}`;
}

/**
 * The validation loss of each network's selected epoch, averaged over the ensemble; null without validation.
 */
function validationLossOf(histories: readonly TrainingHistory[]): number | null {
  const kept = histories.map(({ bestEpoch, losses }) => losses[bestEpoch]!.validation);
  return kept.some((loss) => loss === null) ? null : kept.reduce<number>((a, b) => a + b! / kept.length, 0);
}

/** Prints a line for each epoch during training. */
function epochLog(directory: RunDirectory) {
  const write = directory.log('log.jsonl');
  return (member: number, { epoch, train, validation }: TrainingHistory['losses'][number]) =>
    write({ member, epoch, trainLoss: train, validationLoss: validation });
}

/** Trains with a progress bar over epochs. */
async function fitWithProgress(
  fit: typeof import('../engine').fitPlanned,
  plan: BacktestPlan,
  reporter: Reporter,
  { signal, log }: { readonly signal: AbortSignal; readonly log: ReturnType<typeof epochLog> },
): Promise<FittedForecaster> {
  const { epochs, ensemble } = plan.settings;
  const total = epochs * ensemble;
  const progress = createProgress({ reporter, total, unit: 'epoch' });
  return fit(plan, {
    signal,
    onEpoch: (member, losses) => {
      const { epoch, train, validation } = losses;
      if (train === null) return;
      log(member, losses);
      const step = Math.min(member * epochs + epoch, total);
      progress.update({ step, loss: train, validationLoss: validation ?? undefined });
    },
  }).finally(progress.stop);
}
