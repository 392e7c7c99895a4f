import { createProgress, createReporter, interruptSignal, quietTensorflow } from '@unrolled/app-shared';
import { barPlot, writeSvg } from '@unrolled/app-shared/plots';
import { fitTasks, planFolds } from './backtest/plan';
import { runTasks } from './backtest/run-tasks';
import { selectSideBySide } from './commands/backend';
import { loadPanel } from './commands/load-panel';
import type { IsGiven, ModelOptions } from './commands/options';
import { requestOf, settleTransform } from './commands/resolve-settings';
import { candidateJson, comparisonCells, comparisonCsv, ranked, selectionNote } from './compare/comparison';
import { type Axes, candidatesOf } from './compare/grid';
import { comparisonHtml, comparisonPlot } from './compare/html';
import { conclude } from './report/conclude';
import { describeFiles, printPrices } from './report/describe-prices';
import { counted } from './report/format';
import type { Report } from './report/report';
import { textTable } from './report/table';
import { createRunDirectory, type RunDirectory } from './run-directory';
import { panelOf } from './series/load';
import { COMPARE_FOLDS, MODEL_DEFAULTS, type WalkSettings } from './settings';

/** What the command line gives. */
export interface CompareOptions
  extends Omit<ModelOptions, 'cell' | 'window' | 'features' | 'targetTransform'>,
    Partial<WalkSettings>,
    Partial<Axes> {
  readonly workers?: number;
}

/**
 * `stock-forecast compare`: back-tests every combination of cells, windows, features and target transforms on the same
 * folds, and puts them in one table.
 */
export async function compareCommand(
  files: readonly string[],
  options: CompareOptions,
  isGiven: IsGiven,
): Promise<void> {
  quietTensorflow();
  const reporter = createReporter(options);
  const signal = interruptSignal();
  const axes: Axes = {
    cells: options.cells ?? ['lstm', 'gru', 'rnn'],
    windows: options.windows ?? [MODEL_DEFAULTS.window],
    features: options.features ?? [[options.target]],
    targetTransforms: options.targetTransforms ?? ['auto'],
  };
  const candidates = candidatesOf(axes);
  const requests = candidates.map((candidate) => requestOf({ ...options, ...candidate }, isGiven));
  const columns = [...new Set(requests.flatMap(({ model }) => model.features))];
  const { prices } = await loadPanel(files, { target: options.target, features: columns }, options);
  // The longest window decides the folds, so that all candidates forecast the same rows.
  const longest = Math.max(...axes.windows);
  const panels = requests.map(({ model }) => panelOf(prices, model.target, model.features));
  const { model, evaluation } = requests[0]!;
  const folds = planFolds(
    panels[0]!.length,
    options,
    { ...model, ...evaluation, window: longest },
    COMPARE_FOLDS,
  );
  const tasks = fitTasks(folds);
  const settled = requests.map((request, at) =>
    settleTransform(panels[at]!, request.model, folds[0]!.test.start),
  );
  const directory = await createRunDirectory(options.output);
  try {
    const { backend, workers, workerBackend } = await selectSideBySide(
      options.backend,
      options.workers,
      model,
    );
    printPrices(reporter, prices);
    reporter.line(
      `backend ${backend.name}: ${backend.reason}; ${counted(Math.min(workers, tasks.length), 'fit')} side by side`,
    );
    reporter.line(`${counted(candidates.length, 'candidate')}, ${counted(folds.length, 'fold')} each`);
    const progress = createProgress({ reporter, total: folds.length * candidates.length, unit: 'fold' });
    const reports: Report[] = [];
    let done = 0;
    try {
      for (const [at, { settings, chosen }] of settled.entries()) {
        const input = { panel: panels[at]!, settings, evaluation };
        const results = await runTasks(input, tasks, {
          ...{ workers, backend: workerBackend, signal },
          onTask: ({ index }) => {
            done += tasks[index]!.folds.length;
            progress.update({ step: done });
          },
        });
        // A candidate with fewer folds cannot be compared.
        if (results.length < tasks.length) break;
        reports.push(conclude('backtest', { prices, input, chosen }, tasks, results));
      }
    } finally {
      progress.stop();
    }
    if (reports.length === 0)
      return reporter.line('stopped before the first candidate was done: nothing is written');

    const best = ranked(reports);
    const interrupted = reports.length < candidates.length;
    if (interrupted)
      reporter.line(`note: stopped after ${reports.length} of ${candidates.length} candidates`);
    reporter.line(`\n${textTable(comparisonCells(best))}`);
    const note = selectionNote(best);
    for (const line of [best[0]!.evaluation.dieboldMariano?.sentence, note]) if (line) reporter.line(line);
    const result = {
      command: 'compare',
      files: describeFiles(prices),
      target: options.target,
      folds: folds.length,
      candidates: best.map(candidateJson),
      baselines: best[0]!.evaluation.metrics,
      ...{ note, interrupted },
    };
    await writeComparison(best, result, directory, options);
    reporter.line(`\nwrote ${directory.written.join('\n      ')}`);
    reporter.result({
      ...result,
      ...{ backend: backend.name, runDirectory: directory.directory, written: directory.written },
    });
  } finally {
    await directory.discardIfEmpty();
  }
}

async function writeComparison(
  best: readonly Report[],
  result: object,
  directory: RunDirectory,
  { report }: Pick<CompareOptions, 'report'>,
): Promise<void> {
  await directory.write('comparison.csv', comparisonCsv(best));
  await directory.write('result.json', `${JSON.stringify(result, null, 2)}\n`);
  if (report === false) return;
  await directory.write('report.html', comparisonHtml(best));
  const { files } = await writeSvg(directory.file('comparison'), barPlot(comparisonPlot(best)));
  directory.note(files);
}
