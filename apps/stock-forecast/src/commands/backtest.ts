import {
  createProgress,
  createReporter,
  databaseOption,
  fitsInWords,
  formatSeconds,
} from '@unrolled/app-shared';
import type { WalkSettings } from '@unrolled/forecaster';
import { resolveSettings, WALK_DEFAULTS } from '@unrolled/forecaster/settings';
import { Command } from 'commander';
import { loadSeries } from '../load-prices';
import { printPrices } from '../report/describe-prices';
import { makeReport, reportJson } from '../report/report';
import { action } from './action';
import { addGroup, FILES_HELP, type ModelOptions, modelGroups, settingsOf } from './options';
import { walkOptions, workersOption } from './walk-options';

export interface BacktestOptions extends ModelOptions, WalkSettings {
  readonly workers?: number;
  readonly database?: string;
}

export function backtestCommand(): Command {
  const command = new Command('backtest')
    .description(
      'Back-tests a model: it is fitted to the rows before a cut and forecasts the rows after it, at one cut after another. The errors are compared with those of baselines.',
    )
    .argument('[csv...]', FILES_HELP);
  addGroup(command, 'Back-test:', walkOptions(WALK_DEFAULTS.folds));
  return modelGroups(command, [workersOption(), databaseOption()]).action(action(backtest));
}

/**
 * Fits and forecasts fold by fold, and writes a report. Nothing is written before the data and the options
 * have been checked.
 */
async function backtest(files: readonly string[], options: BacktestOptions, command: Command): Promise<void> {
  const engine = await import('../engine');
  const reporter = createReporter(options);
  const signal = engine.interruptSignal();
  const settings = settingsOf(options, command);
  const { prices, series } = await loadSeries(files, resolveSettings(settings).model, options);
  const plan = engine.planBacktest(series, settings);
  await engine.withRunDirectory(options.output, async (directory) => {
    const side = await engine.startSideBySide(options.backend, options, plan.settings);
    printPrices(reporter, prices);
    engine.tellBackend(reporter, side.backend, `; ${fitsInWords(side, plan.tasks.length)}`);
    const planned = plan.folds.length;
    const progress = createProgress({ reporter, total: planned, unit: 'fold' });
    const started = Date.now();
    const results = await engine
      .runPlan(plan, side, signal, (step) => progress.update({ step }))
      .finally(progress.stop);
    if (results.length === 0)
      return reporter.line('stopped before the first fold was complete: nothing was written');

    const result = engine.backtestResult(plan, results);
    const count = result.folds.length;
    const report = makeReport('backtest', prices, result, {
      notes: count < planned ? [`note: stopped after the first ${count} of ${planned} folds`] : [],
    });
    const took = `; ${formatSeconds((Date.now() - started) / 1000)}`;
    await engine.tellReport(report, directory, { ...options, reporter, took });
    reporter.result({
      ...reportJson(report),
      ...{ backend: side.backend.name, interrupted: count < planned },
      ...{ runDirectory: directory.directory, written: directory.written },
    });
  });
}
