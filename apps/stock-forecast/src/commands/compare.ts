import {
  choice,
  counted,
  createProgress,
  createReporter,
  databaseOption,
  fitsInWords,
  positiveInteger,
  type RunDirectory,
  textTable,
} from '@unrolled/app-shared';
import type { BacktestPlan, WalkSettings } from '@unrolled/forecaster';
import { MODEL_CHOICES, MODEL_DEFAULTS, resolveSettings } from '@unrolled/forecaster/settings';
import { Command, InvalidArgumentError, type Option } from 'commander';
import { candidateJson, comparisonCells, comparisonCsv, ranked, selectionNote } from '../compare/comparison';
import { type Axes, candidatesOf } from '../compare/grid';
import { loadSeries, type Prices } from '../load-prices';
import { describeFiles, printPrices } from '../report/describe-prices';
import { makeReport, type Report } from '../report/report';
import { action } from './action';
import { addGroup, FILES_HELP, type ModelOptions, modelGroups, names, option, settingsOf } from './options';
import { walkOptions, workersOption } from './walk-options';

/** Fewer folds than in a back-test, because every candidate uses all of them. */
const FOLDS = 10;

/** Options that take several values in this command, under separate names. */
const COMPARED = ['--cell', '--window', '--features', '--target-transform'];

export interface CompareOptions
  extends Omit<ModelOptions, 'cell' | 'window' | 'features' | 'targetTransform'>,
    WalkSettings,
    Partial<Axes> {
  readonly workers?: number;
  readonly database?: string;
}

export function compareCommand(): Command {
  const command = new Command('compare')
    .description(
      'Back-tests every combination of cells, windows, features and target transforms on the same folds.',
    )
    .argument('[csv...]', FILES_HELP);
  addGroup(command, 'Values to compare, separated by commas:', comparedOptions());
  addGroup(command, 'Back-test:', walkOptions(FOLDS));
  return modelGroups(command, [workersOption(), databaseOption()], COMPARED).action(action(compare));
}

function comparedOptions(): Option[] {
  return [
    option(
      '--cells <kinds>',
      'recurrent cells: lstm, gru, rnn (default: all)',
      listOf(choice(...MODEL_CHOICES.cell)),
    ),
    option(
      '--windows <rows>',
      `numbers of input rows of one forecast (default: ${MODEL_DEFAULTS.window})`,
      listOf(positiveInteger),
    ),
    option(
      '--features <columns>',
      'input columns; may be repeated to compare several sets (default: the target)',
    ).argParser((text: string, sets: string[][] = []) => [...sets, names(text)]),
    option(
      '--target-transforms <kinds>',
      'transforms of the target: price, difference, log-return, auto (default: auto)',
      listOf(choice(...MODEL_CHOICES.targetTransform)),
    ),
  ];
}

/** Parses each value of `lstm, gru`; refuses duplicates. */
function listOf<T>(parse: (text: string) => T): (text: string) => T[] {
  return (text) => {
    try {
      return [...new Set(text.split(',').map((part) => parse(part.trim())))];
    } catch (error) {
      throw new InvalidArgumentError(`${(error as Error).message}, separated by commas`);
    }
  };
}

/** Back-tests every combination on the same folds, and compares them in one table. */
async function compare(files: readonly string[], options: CompareOptions, command: Command): Promise<void> {
  const { interruptSignal, startSideBySide, tellBackend, withRunDirectory } = await import('../engine');
  const reporter = createReporter(options);
  const signal = interruptSignal();
  const { prices, plans } = await planCandidates(files, options, command);
  await withRunDirectory(options.output, async (directory) => {
    const [{ settings, tasks, folds }] = plans as [BacktestPlan];
    const side = await startSideBySide(options.backend, options, settings);
    printPrices(reporter, prices);
    tellBackend(reporter, side.backend, `; ${fitsInWords(side, tasks.length)}`);
    reporter.line(`${counted(plans.length, 'candidate')} with ${counted(folds.length, 'fold')} each`);
    const progress = createProgress({ reporter, total: folds.length * plans.length, unit: 'fold' });
    const reports = await runCandidates(prices, plans, side, signal, (step) =>
      progress.update({ step }),
    ).finally(progress.stop);
    if (reports.length === 0)
      return reporter.line('stopped before the first candidate was complete: nothing was written');

    const best = ranked(reports);
    const interrupted = reports.length < plans.length;
    if (interrupted) reporter.line(`note: stopped after ${reports.length} of ${plans.length} candidates`);
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
    const { directory: runDirectory, written } = directory;
    reporter.result({ ...result, backend: side.backend.name, runDirectory, written });
  });
}

/**
 * Plans each combination. The longest window determines the folds, so all candidates forecast the same rows.
 */
async function planCandidates(
  files: readonly string[],
  options: CompareOptions,
  command: Command,
): Promise<{ prices: Prices[]; plans: BacktestPlan[] }> {
  const { planBacktest } = await import('../engine');
  const axes: Axes = {
    cells: options.cells ?? MODEL_CHOICES.cell,
    windows: options.windows ?? [MODEL_DEFAULTS.window],
    features: options.features ?? [[options.target]],
    targetTransforms: options.targetTransforms ?? ['auto'],
  };
  const shared = settingsOf(options, command);
  const widestWindow = Math.max(...axes.windows);
  const candidates = candidatesOf(axes).map((candidate) => ({ ...shared, ...candidate }));
  for (const candidate of candidates) resolveSettings(candidate);
  const columns = { target: options.target, features: axes.features.flat() };
  const { prices, series } = await loadSeries(files, columns, options);
  const plans = candidates.map((candidate) =>
    planBacktest(series, { ...candidate, widestWindow, defaultFolds: FOLDS }),
  );
  return { prices, plans };
}

/**
 * Back-tests candidate by candidate until the signal aborts. A candidate with fewer folds is dropped, because
 * it cannot be compared.
 */
async function runCandidates(
  prices: readonly Prices[],
  plans: readonly BacktestPlan[],
  side: import('../engine').SideBySide,
  signal: AbortSignal,
  onFolds: (done: number) => void,
): Promise<Report[]> {
  const { backtestResult, runPlan } = await import('../engine');
  const reports: Report[] = [];
  for (const [at, plan] of plans.entries()) {
    const before = at * plan.folds.length;
    const results = await runPlan(plan, side, signal, (done) => onFolds(before + done));
    if (results.length < plan.tasks.length) break;
    reports.push(makeReport('backtest', prices, backtestResult(plan, results)));
  }
  return reports;
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
  const [{ barPlot }, { comparisonHtml, comparisonPlot }] = await Promise.all([
    import('@unrolled/runs/plots'),
    import('../compare/html'),
  ]);
  await directory.write('report.html', comparisonHtml(best));
  await directory.plot('comparison', barPlot(comparisonPlot(best)));
}
