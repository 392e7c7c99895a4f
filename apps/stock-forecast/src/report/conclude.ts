import { priceColumns } from '@unrolled/data';
import type { FitTask } from '../backtest/plan';
import type { BacktestInput, TaskResult } from '../backtest/run-task';
import { evaluate } from '../evaluation/evaluate';
import { foldSummaries } from '../evaluation/fold-summaries';
import { outcomesOf, type SeriesOutcome } from '../evaluation/outcome';
import type { Prices } from '../series/load';
import type { ChosenTransform } from '../series/transform';
import { describeFiles } from './describe-prices';
import { modelName, type Report } from './report';

/** What the results of a back-test's tasks come to. There is at least one result. */
export function conclude(
  command: Report['command'],
  { prices, input, chosen }: { prices: readonly Prices[]; input: BacktestInput; chosen: ChosenTransform },
  tasks: readonly FitTask[],
  results: readonly TaskResult[],
): Report {
  const { settings, panel, evaluation } = input;
  const outcomes = outcomesOf(input, tasks, results);
  return {
    command,
    files: describeFiles(prices),
    settings,
    transform: chosen,
    evaluationSettings: evaluation,
    rows: panel.length,
    outcomes,
    evaluation: evaluate(outcomes, { ...settings, modelName: modelName(settings), level: evaluation.level }),
    folds: foldSummaries(panel, tasks, results, outcomes),
    histories: results.at(-1)!.histories,
    next: [],
    notes: [
      ...adjustedNote(prices, settings.target),
      ...naiveNote(results, settings),
      ...intervalNote(outcomes),
    ],
  };
}

/** A close falls on the days of dividends and, at some sources, of splits, which no price did. */
function adjustedNote(prices: readonly Prices[], target: string): string[] {
  if (priceColumns({ columns: [target], dateColumn: undefined }).close === undefined) return [];
  const adjusted = prices.map(({ table }) => priceColumns(table).adjustedClose).find(Boolean);
  return adjusted
    ? [
        `note: ${target} may fall on days of dividends and splits; --target "${adjusted}" is adjusted for them`,
      ]
    : [];
}

/** A network that training could not improve is the naive forecast: no error of the report, but worth knowing. */
function naiveNote(results: readonly TaskResult[], { loss }: BacktestInput['settings']): string[] {
  const stayed = results.filter(({ histories }) =>
    histories.every(({ bestEpoch }) => bestEpoch === 0),
  ).length;
  if (stayed === 0) return [];
  const where = results.length === 1 ? '' : ` in ${stayed} of ${results.length} fits`;
  const what =
    loss === 'quantile' ? "the naive forecast with the training changes' quantiles" : 'the naive forecast';
  return [
    `note: no epoch was better on the validation rows than ${what}${where}, so that is what the model says there`,
  ];
}

function intervalNote(outcomes: readonly SeriesOutcome[]): string[] {
  return outcomes.some(({ intervals }) => intervals === undefined)
    ? ['note: too few forecasts for intervals: give more rows, or a lower --level or --calibration']
    : [];
}
