import { createReporter, withRunDirectory } from '@unrolled/app-shared';
import { Command } from 'commander';
import { refuse } from '../refuse';
import { reportJson } from '../report/json';
import { tellReport } from '../report/tell-report';
import { inputSentence, readTask } from '../task';
import { action } from './action';
import { FILES_HELP, type FitOptions, fitOptions, modelGroups } from './options';
import { backtestWithProgress, fitsElsewhere, tellTask } from './run-task';

const FOLDS = 5;

export function backtestCommand(): Command {
  const command = new Command('backtest')
    .description(
      'Back-tests a model: it is fitted to the steps before a cut and forecasts the steps after it, at one cut after another. The errors are compared with those of baselines.',
    )
    .argument('<csv...>', FILES_HELP);
  return modelGroups(command, FOLDS, { more: fitOptions() }).action(action(backtest));
}

/** Writes nothing before the data and the options have been checked. */
async function backtest(files: readonly string[], options: FitOptions): Promise<void> {
  const engine = await import('../engine');
  const reporter = createReporter(options);
  const task = await readTask(files, options, engine.interruptSignal());
  await withRunDirectory({ given: options.output, program: 'forecast', refuse }, async (directory) => {
    const backend = await engine.selectForBacktest(options, task.settings.units ?? 32);
    tellTask(reporter, task, { inputSentence: inputSentence(task) });
    const elsewhere = fitsElsewhere(options, backend.name);
    const { interrupted, ...tested } = await backtestWithProgress(reporter, task, { ...options, elsewhere });
    if (interrupted && !tested.backtest)
      return reporter.line('stopped before the first fold was complete: nothing was written');
    const report = { command: 'backtest', task, next: [], ...tested } as const;
    await tellReport(report, directory, { ...options, reporter });
    const { directory: runDirectory, written } = directory;
    reporter.result({ ...reportJson(report), backend: backend.name, runDirectory, written });
  });
}
