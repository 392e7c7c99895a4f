import { createReporter, withRunDirectory } from '@unrolled/app-shared';
import { Command } from 'commander';
import { checkKnownAhead } from '../method/choose';
import { refuse } from '../refuse';
import { reportJson } from '../report/json';
import { tellReport } from '../report/tell-report';
import { inputSentence, methodOf, readTask } from '../task';
import { action } from './action';
import { FILES_HELP, type ModelOptions, modelGroups } from './options';
import { backtestWithProgress, tellTask } from './run-task';

const FOLDS = 1;

export function trainCommand(): Command {
  const command = new Command('train')
    .description(
      'Tests a model on the newest steps, then fits it to all steps, saves it, and forecasts the next ones.',
    )
    .argument('<csv...>', FILES_HELP);
  return modelGroups(command, FOLDS).action(action(train));
}

/** Writes nothing before the data and the options have been checked. */
async function train(files: readonly string[], options: ModelOptions): Promise<void> {
  const engine = await import('../engine');
  const reporter = createReporter(options);
  const task = await readTask(files, options, engine.interruptSignal());
  checkKnownAhead(task.input.series, task.settings.horizon);
  await withRunDirectory({ given: options.output, program: 'forecast', refuse }, async (directory) => {
    const backend = await engine.selectBackend(options.backend, { units: task.settings.units ?? 32 });
    tellTask(reporter, task, { inputSentence: inputSentence(task) });
    const tested = await backtestWithProgress(reporter, task, options);
    const fitted = await (await methodOf(task)).fit(task.series);
    const next = fitted.forecast(task.series);
    const { model, description } = engine.modelFiles(task, fitted);
    await directory.write('model.safetensors', model);
    await directory.write('model.json', description);
    const report = { command: 'train', task, next, ...tested } as const;
    await tellReport(report, directory, { ...options, reporter });
    const { directory: runDirectory, written } = directory;
    reporter.line(`\nforecast again: forecast forecast --model ${runDirectory} newer.csv`);
    reporter.result({
      ...reportJson(report),
      backend: backend.name,
      model: runDirectory,
      runDirectory,
      written,
    });
  });
}
