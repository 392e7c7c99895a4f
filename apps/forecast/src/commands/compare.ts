import { createReporter, textTable, withRunDirectory } from '@unrolled/app-shared';
import { Command } from 'commander';
import type { MethodName } from '../method/method';
import { refuse } from '../refuse';
import { reportJson } from '../report/json';
import type { Report } from '../report/results';
import { scoreCells } from '../report/summary';
import { inputSentence, readTask, type Task } from '../task';
import { action } from './action';
import { FILES_HELP, type ModelOptions, modelGroups } from './options';
import { backtestWithProgress } from './run-task';

const FOLDS = 3;

export function compareCommand(): Command {
  const command = new Command('compare')
    .description(
      'Back-tests the hybrid, which reads the series alone, and the global model on the same folds.',
    )
    .argument('<csv...>', FILES_HELP);
  return modelGroups(command, FOLDS, ['--method']).action(action(compare));
}

/** Back-tests both methods on the same steps, and puts them in one table. */
async function compare(files: readonly string[], options: ModelOptions): Promise<void> {
  const engine = await import('../engine');
  const reporter = createReporter(options);
  const signal = engine.interruptSignal();
  const { known: _, past: __, static: ___, future: ____, holidays: _____, ...alone } = options;
  const target = options.target;
  const asked: [MethodName, ModelOptions][] = [
    ['hybrid', alone],
    ['global', options],
  ];
  const tasks: Task[] = [];
  for (const [method, own] of asked) tasks.push(await readTask(files, { ...own, method }, signal));
  await withRunDirectory({ given: options.output, program: 'forecast', refuse }, async (directory) => {
    const backend = await engine.selectBackend(options.backend, { units: options.units ?? 32 });
    reporter.line(inputSentence(tasks[1]!));
    for (const note of tasks[1]!.notes) reporter.line(`note: ${note}`);
    const reports: Report[] = [];
    for (const task of tasks) {
      reporter.line(`method: ${task.chosen.why}`);
      const backtest = await backtestWithProgress(reporter, task, options);
      if (!backtest)
        return refuse('files', {
          expected: 'a series that changes',
          got: 'constant ones alone',
          remedy: 'there is nothing to compare',
        });
      reports.push({ command: 'backtest', task, backtest, next: [], notes: [] });
    }
    const cells = comparisonCells(reports);
    reporter.line(`\n${textTable(cells)}`);
    for (const { task, backtest } of reports)
      reporter.line(`${task.chosen.name}: ${backtest!.evaluation.sentence}`);
    await directory.write('comparison.csv', `${cells.map((row) => row.slice(0, 4).join(',')).join('\n')}\n`);
    const results = { command: 'compare', target: target ?? null, candidates: reports.map(reportJson) };
    await directory.write('result.json', `${JSON.stringify(results, null, 2)}\n`);
    reporter.line(`\nwrote ${directory.written.join('\n      ')}`);
    const { directory: runDirectory, written } = directory;
    reporter.result({ ...results, backend: backend.name, runDirectory, written });
  });
}

/** The methods first, then the baselines, which are the same for both. */
function comparisonCells(reports: readonly Report[]): string[][] {
  const [first, second] = reports.map(scoreCells) as [string[][], string[][]];
  const short = (row: string[]) => row.slice(0, 4);
  return [short(first[0]!), short(first[1]!), short(second[1]!), ...first.slice(2).map(short)];
}
