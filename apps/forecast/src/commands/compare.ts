import { createReporter, textTable, withRunDirectory } from '@unrolled/app-shared';
import { Command } from 'commander';
import { refuse } from '../refuse';
import type { Report } from '../report/results';
import { intervalLines } from '../report/summary';
import { inputSentence, methodOf, readTasks } from '../task';
import { fittingFolds } from '../walk';
import { action } from './action';
import { FILES_HELP, type FitOptions, fitOptions, modelGroups } from './options';
import { backtestWithProgress, fitsElsewhere, tellTask } from './run-task';

const FOLDS = 3;

export function compareCommand(): Command {
  const command = new Command('compare')
    .description(
      'Back-tests the hybrid, which reads only the series, and the global model on the same folds.',
    )
    .argument('<csv...>', FILES_HELP);
  return modelGroups(command, FOLDS, { except: ['--method'], more: fitOptions() }).action(action(compare));
}

/** Back-tests both methods on the same steps, and prints one table. */
async function compare(files: readonly string[], options: FitOptions): Promise<void> {
  const engine = await import('../engine');
  const reporter = createReporter(options);
  const tasks = await readTasks(files, options, engine.interruptSignal());
  const fewest = Math.max(...(await Promise.all(tasks.map(methodOf))).map((method) => method.fewest));
  const room = Math.min(...tasks.map((task) => fittingFolds(task, options.folds)));
  await withRunDirectory({ given: options.output, program: 'forecast', refuse }, async (directory) => {
    const backend = await engine.selectForBacktest(options, options.units ?? 32);
    const elsewhere = fitsElsewhere(options, backend.name);
    const reports: Report[] = [];
    for (const task of tasks) {
      if (reports.length === 0) tellTask(reporter, task, { inputSentence: inputSentence(task) });
      else reporter.line(`method: ${task.chosen.why}`);
      const walk = { ...options, room, fewest, elsewhere };
      const { interrupted, ...tested } = await backtestWithProgress(reporter, task, walk);
      if (interrupted) return reporter.line('stopped before both methods were complete: nothing was written');
      if (!tested.backtest)
        return refuse('files', {
          expected: 'a series that changes',
          got: 'only constant series',
          remedy: 'add a series that changes, or choose other series (--only)',
        });
      reports.push({ command: 'backtest', task, next: [], ...tested });
    }
    const {
      comparisonHelp,
      comparisonCells,
      comparisonCsv,
      comparisonHtml,
      comparisonJson,
      comparisonLines,
      comparisonOf,
    } = await import('../report/comparison');
    const comparison = comparisonOf(reports[0]!, reports[1]!);
    reporter.line(`\n${textTable(comparisonCells(comparison))}\n${comparisonHelp(comparison)}\n`);
    for (const line of comparisonLines(comparison)) reporter.line(line);
    for (const note of reports[0]!.notes) reporter.line(`note: ${note}`);
    for (const report of reports)
      for (const line of intervalLines(report)) reporter.line(`${report.task.chosen.name}: ${line}`);
    const results = comparisonJson(comparison);
    await directory.write('comparison.csv', comparisonCsv(comparison));
    await directory.write('result.json', `${JSON.stringify(results, null, 2)}\n`);
    if (options.report !== false) await directory.write('report.html', comparisonHtml(comparison));
    const { directory: runDirectory, written } = directory;
    reporter.line(`\nwrote ${written.join('\n      ')}`);
    reporter.result({ ...results, backend: backend.name, runDirectory, written });
  });
}
