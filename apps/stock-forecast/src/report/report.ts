import { priceColumns } from '@unrolled/data';
import type { BacktestPlan, BacktestResult, NextForecast, TrainingHistory } from '@unrolled/forecaster';
import { modelName } from '@unrolled/forecaster/settings';
import type { Prices } from '../load-prices';
import { describeFiles } from './describe-prices';

/** The complete result of train or backtest. The terminal output, the files and the page are views of it. */
export interface Report
  extends Pick<BacktestPlan, 'settings' | 'transform'>,
    Pick<BacktestResult, 'evaluation' | 'outcomes' | 'folds'> {
  readonly command: 'train' | 'backtest';
  readonly files: ReturnType<typeof describeFiles>;
  readonly evaluationSettings: BacktestPlan['evaluation'];
  /** The time axis. */
  readonly rows: number;
  /** The losses of the last fit. */
  readonly histories: readonly TrainingHistory[];
  /** The next rows, forecast by the model of `train`. */
  readonly next: readonly NextForecast[];
  /** Notes for the reader. */
  readonly notes: readonly string[];
}

/** Creates a report of a result. Additional notes follow its own. */
export function makeReport(
  command: Report['command'],
  prices: readonly Prices[],
  result: BacktestResult,
  { next = [], notes = [] }: Partial<Pick<Report, 'next' | 'notes'>> = {},
): Report {
  const { plan, evaluation, outcomes, folds, histories } = result;
  const { settings, transform, panel } = plan;
  return {
    ...{ command, files: describeFiles(prices), settings, transform, evaluationSettings: plan.evaluation },
    ...{ rows: panel.length, evaluation, outcomes, folds, histories: histories.at(-1)!, next },
    notes: [
      ...adjustedNote(prices, settings.target),
      ...featuresNote(settings),
      ...startNote(result),
      ...intervalNote(outcomes),
      ...notes,
    ],
  };
}

/**
 * The columns that the network reads as changes from the last price, and the columns that it reads unchanged.
 */
function featuresNote({
  target,
  features,
  priceColumns = [],
  targetTransform,
}: BacktestPlan['settings']): string[] {
  const others = features.filter((name) => name !== target);
  if (others.length === 0 || targetTransform === 'price') return [];
  const changes = others.filter((name) => priceColumns.includes(name));
  const levels = others.filter((name) => !priceColumns.includes(name));
  const told = [
    ...(changes.length > 0 ? [`${changes.join(', ')} as changes from the last ${target}`] : []),
    ...(levels.length > 0 ? [`${levels.join(', ')} unchanged`] : []),
  ];
  return [`note: the network reads ${told.join(', ')}`];
}

/**
 * A close without adjustment falls on days of dividends and, at some sources, on days of splits, without a
 * change of value.
 */
function adjustedNote(prices: readonly Prices[], target: string): string[] {
  if (priceColumns({ columns: [target], dateColumn: undefined }).close === undefined) return [];
  const adjusted = prices.map(({ table }) => priceColumns(table).adjustedClose).find(Boolean);
  return adjusted
    ? [
        `note: ${target} may fall on days of dividends and splits; use --target "${adjusted}", which is adjusted for them`,
      ]
    : [];
}

/**
 * A network that training did not improve is its initial linear regression. This is no error, but is
 * reported.
 */
function startNote({ histories, plan }: BacktestResult): string[] {
  const stayed = histories.filter((fit) => fit.every(({ bestEpoch }) => bestEpoch === 0)).length;
  if (stayed === 0) return [];
  const where = histories.length === 1 ? '' : ` in ${stayed} of ${histories.length} fits`;
  const start =
    plan.settings.loss === 'quantile'
      ? 'the initial linear regression and the quantiles of the training changes'
      : 'the initial linear regression';
  return [`note: no epoch was better on the validation rows than ${start}${where}, so the model uses that`];
}

function intervalNote(outcomes: Report['outcomes']): string[] {
  return outcomes.some(({ intervals }) => intervals === undefined)
    ? ['note: too few forecasts for intervals: use more rows, or reduce --level or --calibration']
    : [];
}

/** The name of each forecast in tables and plots. */
export function forecastLabels({
  settings,
  evaluationSettings: { season, movingAverage },
}: Pick<Report, 'settings' | 'evaluationSettings'>) {
  return {
    model: modelName(settings),
    naive: 'naive (the last price)',
    drift: 'drift',
    movingAverage: `moving average of ${movingAverage}`,
    seasonalNaive: `seasonal naive, ${season === 1 ? 'no season' : `${season} rows`}`,
    linearAutoregression: 'linear autoregression',
  };
}

/** The object of `--json` and `result.json`. Every number has full precision. */
export function reportJson(report: Report) {
  const { command, files, settings, transform, evaluationSettings, rows, evaluation, folds, next, notes } =
    report;
  return {
    command,
    files,
    rows,
    target: settings.target,
    features: settings.features,
    targetTransform: transform,
    settings,
    ...evaluation,
    evaluation: evaluationSettings,
    folds,
    next,
    notes,
  };
}
