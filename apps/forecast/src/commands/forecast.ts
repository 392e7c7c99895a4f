import { createReporter, textTable, withRunDirectory } from '@unrolled/app-shared';
import { Command } from 'commander';
import { checkKnownAhead } from '../method/choose';
import type { ReadOptions } from '../read/read-options';
import { refuse } from '../refuse';
import { nextCsv } from '../report/csv-files';
import { nextJson } from '../report/json';
import { nextCells } from '../report/summary';
import { action } from './action';
import { addGroup, FILES_HELP, option, type RunOptions, readOptions, runOptions } from './options';

/** Options that a saved model determines. */
const OF_MODEL = ['--target', '--wide', '--known', '--past', '--static', '--frequency'];

export interface ForecastOptions extends RunOptions, ReadOptions {
  readonly model: string;
  readonly holidays?: string;
}

export function forecastCommand(): Command {
  const command = new Command('forecast')
    .description('Forecasts the steps after the newest rows of files, with a model that train saved.')
    .argument('<csv...>', FILES_HELP)
    .requiredOption('--model <directory>', 'run directory of train');
  addGroup(command, 'Data:', [
    ...readOptions().filter(({ long }) => !OF_MODEL.includes(long!)),
    option(
      '--holidays <file>',
      'file of holidays, which replace those of the training; for a model that was trained with --holidays',
    ),
  ]);
  addGroup(
    command,
    'Output and backend:',
    runOptions('directory for next.csv (default: nothing is written)'),
  );
  return command.action(action(forecast));
}

/** Forecasts the steps after the newest rows with a saved model. */
async function forecast(files: readonly string[], options: ForecastOptions): Promise<void> {
  const engine = await import('../engine');
  const { readForModel } = await import('../read/read-for-model');
  const reporter = createReporter(options);
  const backend = await engine.selectBackend(options.backend, { batchSize: 1 });
  const model = await engine.loadModel(options.model);
  const { input, series } = await readForModel(files, options, model);
  checkKnownAhead(input.series, model.settings.horizon, { isTrained: true });
  const next = model.fitted.forecast(series);
  for (const note of input.notes) reporter.line(`note: ${note}`);
  for (const [at, one] of next.slice(0, 5).entries())
    reporter.line(`\n${textTable(nextCells(input.series[at]!, one))}`);
  if (next.length > 5)
    reporter.line(`… and ${next.length - 5} more series: --output DIRECTORY writes them all`);
  const written =
    options.output === undefined
      ? []
      : await withRunDirectory({ given: options.output, program: 'forecast', refuse }, async (directory) => {
          await directory.write('next.csv', nextCsv(input.series, next));
          return directory.written;
        });
  if (written.length > 0) reporter.line(`\nwrote ${written.join('\n      ')}`);
  reporter.result({
    ...{ command: 'forecast', files: input.files, model: options.model, method: model.method },
    ...{ horizon: model.settings.horizon, next: nextJson(input.series, next) },
    ...{ notes: input.notes, backend: backend.name, written },
  });
}
