import {
  createProgress,
  createReporter,
  formatSeconds,
  interruptSignal,
  quietTensorflow,
} from '@unrolled/app-shared';
import { fitTasks, planFolds } from './backtest/plan';
import { runTasks } from './backtest/run-tasks';
import { selectSideBySide } from './commands/backend';
import { loadPanel } from './commands/load-panel';
import type { IsGiven, ModelOptions } from './commands/options';
import { requestOf, settleTransform } from './commands/resolve-settings';
import { conclude } from './report/conclude';
import { printPrices } from './report/describe-prices';
import { counted } from './report/format';
import { type Report, reportJson } from './report/report';
import { runSentence, summaryLines } from './report/summary';
import { writeReport } from './report/write-report';
import { createRunDirectory } from './run-directory';
import { WALK_DEFAULTS, type WalkSettings } from './settings';

/** What the command line gives. */
export interface BacktestOptions extends ModelOptions, Partial<WalkSettings> {
  readonly workers?: number;
}

/**
 * `stock-forecast backtest`: fits and forecasts fold by fold, and leaves a report. Nothing is written before the data and
 * the options have passed.
 */
export async function backtestCommand(
  files: readonly string[],
  options: BacktestOptions,
  isGiven: IsGiven,
): Promise<void> {
  quietTensorflow();
  const reporter = createReporter(options);
  const signal = interruptSignal();
  const { model, evaluation } = requestOf(options, isGiven);
  const { prices, panel } = await loadPanel(files, model, options);
  const folds = planFolds(panel.length, options, { ...model, ...evaluation }, WALK_DEFAULTS.folds);
  const { settings, chosen } = settleTransform(panel, model, folds[0]!.test.start);
  const directory = await createRunDirectory(options.output);
  try {
    const { backend, workers, workerBackend } = await selectSideBySide(
      options.backend,
      options.workers,
      model,
    );
    printPrices(reporter, prices);
    const input = { panel, settings, evaluation };
    const tasks = fitTasks(folds);
    const used = Math.min(workers, tasks.length);
    reporter.line(`backend ${backend.name}: ${backend.reason}; ${counted(used, 'fit')} side by side`);
    const progress = createProgress({ reporter, total: folds.length, unit: 'fold' });
    const started = Date.now();
    let done = 0;
    const results = await runTasks(input, tasks, {
      ...{ workers, backend: workerBackend, signal },
      onTask: ({ index }) => {
        done += tasks[index]!.folds.length;
        progress.update({ step: done });
      },
    }).finally(progress.stop);
    if (results.length === 0)
      return reporter.line('stopped before the first fold was done: nothing is written');

    const concluded = conclude('backtest', { prices, input, chosen }, tasks, results);
    const report = withInterruption(concluded, folds.length);
    reporter.line(`${runSentence(report)}; ${formatSeconds((Date.now() - started) / 1000)}`);
    for (const line of summaryLines(report)) reporter.line(line);
    await writeReport(report, directory, { ...options, reporter });
    reporter.line(`\nwrote ${directory.written.join('\n      ')}`);
    reporter.result({
      ...reportJson(report),
      ...{ backend: backend.name, interrupted: report.folds.length < folds.length },
      ...{ runDirectory: directory.directory, written: directory.written },
    });
  } finally {
    await directory.discardIfEmpty();
  }
}

/** A back-test that was stopped is one of fewer folds, and says so. */
function withInterruption(report: Report, planned: number): Report {
  const done = report.folds.length;
  if (done === planned) return report;
  return { ...report, notes: [...report.notes, `note: stopped after the first ${done} of ${planned} folds`] };
}
