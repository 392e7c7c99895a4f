import { listed, type OptionKinds } from '@unrolled/errors';
import { type RowRange, type WalkForwardFold, walkForward } from '@unrolled/forecasting';
import { checkTrainingMemory, recurrentSize } from '@unrolled/training';
import { leastExamples } from '../model/examples';
import { networkSteps } from '../model/fit-model';
import { seasonOf } from '../model/season';
import { check, checkKind, checkOptions, refuse } from '../refuse';
import {
  checkPanel,
  makePanel,
  type Panel,
  type PanelSeries,
  rowsBefore,
  type SeriesInput,
} from '../series/panel';
import { priceColumnsOf } from '../series/price-columns';
import { type ChosenTransform, settleTransform } from '../series/transform';
import {
  type CheckedSettings,
  checkSettled,
  resolveSettings,
  SETTINGS_KINDS,
} from '../settings/resolve-settings';
import {
  type EvaluationSettings,
  type ForecasterSettings,
  type ModelSettings,
  type ResolvedEvaluation,
  type ResolvedSettings,
  WALK_DEFAULTS,
  type WalkSettings,
} from '../settings/settings';

/** One fit, and the folds that it forecasts. */
export interface FitTask {
  readonly index: number;
  readonly train: RowRange;
  readonly folds: readonly WalkForwardFold[];
}

/**
 * Everything that a back-test, or a fit and its test, depends on. Plain data, so it can be sent to a worker.
 */
export interface BacktestPlan {
  readonly panel: Panel;
  readonly settings: ResolvedSettings;
  readonly evaluation: ResolvedEvaluation;
  readonly transform: ChosenTransform;
  readonly folds: readonly WalkForwardFold[];
  readonly tasks: readonly FitTask[];
}

const PLAN_KINDS: OptionKinds<BacktestPlan> = {
  panel: 'object',
  settings: 'object',
  evaluation: 'object',
  transform: 'object',
  folds: 'array',
  tasks: 'array',
};

/** Refuses a plan that is not a result of `planFit` or `planBacktest`. */
export function checkPlan(scope: string, plan: BacktestPlan): void {
  checkOptions(scope, plan, PLAN_KINDS, true);
  checkPanel(scope, plan.panel);
  checkSettled(scope, plan.settings, plan.evaluation);
  for (const task of plan.tasks) checkOptions(scope, task, TASK_KINDS, true);
  for (const fold of plan.folds) checkKind(scope, 'each fold', fold, 'object');
  if (plan.tasks.length > 0) return;
  refuse(scope, {
    expected: 'a plan with at least one task',
    got: 'none',
    remedy: 'pass the result of planFit or planBacktest',
  });
}

const TASK_KINDS: OptionKinds<FitTask> = { index: 'integer of at least 0', train: 'object', folds: 'array' };

/** Settings of a back-test. */
export interface BacktestSettings extends ForecasterSettings, WalkSettings {
  /**
   * The widest window among the compared models, in rows, so all models forecast the same rows; default
   * `window`.
   */
  readonly widestWindow?: number | undefined;
  /**
   * Number of folds if neither `folds` nor `stride` is given; fewer if there are too few rows. Default 50.
   */
  readonly defaultFolds?: number | undefined;
}

const BACKTEST_KINDS: OptionKinds<BacktestSettings> = /* @__PURE__ */ Object.assign(
  {
    widestWindow: 'number?',
    defaultFolds: 'number?',
    initial: 'number?',
    folds: 'number?',
    stride: 'number?',
    trainingWindow: "'expanding' or 'sliding'?",
    trainingRows: 'number?',
    refitEvery: 'number or string?',
  } as const,
  SETTINGS_KINDS,
);

/** Settings of one fit. */
export interface FitSettings extends ForecasterSettings {
  /**
   * The share of the rows, in (0, 1], to which the model is fitted: the oldest rows. The newer rows test the
   * model and calibrate its intervals. Default 1: all rows, and no intervals.
   */
  readonly trainShare?: number | undefined;
}

const FIT_KINDS: OptionKinds<FitSettings> = /* @__PURE__ */ Object.assign(
  { trainShare: 'number?' } as const,
  SETTINGS_KINDS,
);

/** The settings that determine the minimum number of rows. */
export type RowNeeds = Pick<ModelSettings, 'window' | 'horizon' | 'strategy' | 'validation'> &
  Pick<EvaluationSettings, 'season' | 'movingAverage'>;

/**
 * Plans a back-test: puts the series on one time axis, cuts the axis into folds, and chooses the transform by
 * the rows before the first cut. Nothing is fitted yet.
 *
 * @throws UnrolledError if settings contradict each other, a series lacks a column, or there are too few rows
 */
export function planBacktest(input: SeriesInput, settings: BacktestSettings = {}): BacktestPlan {
  checkOptions('settings', settings, BACKTEST_KINDS);
  const checked = resolveSettings(settings);
  const panel = makePanel(input, checked.model);
  const needs = { ...checked.model, ...checked.evaluation };
  const window = settings.widestWindow ?? needs.window;
  return planWithPrices(panel, checked, planFolds(panel.length, settings, { ...needs, window }));
}

/**
 * Plans one fit to the older rows, with a test on the newer rows. Nothing is fitted yet.
 *
 * @throws UnrolledError if settings contradict each other, a series lacks a column, or there are too few rows
 */
export function planFit(input: SeriesInput, options: FitSettings = {}): BacktestPlan {
  checkOptions('settings', options, FIT_KINDS);
  const { trainShare = 1, ...settings } = options;
  check.number('settings', 'trainShare', trainShare, trainShare > 0 && trainShare <= 1, 'in (0, 1]');
  const checked = resolveSettings(settings);
  const panel = makePanel(input, checked.model);
  const needs = { ...checked.model, ...checked.evaluation };
  return planWithPrices(panel, checked, splitOnce(panel.length, trainShare, needs));
}

/** A plan whose price columns are found in the rows before the first cut. */
function planWithPrices(panel: Panel, checked: CheckedSettings, folds: WalkForwardFold[]): BacktestPlan {
  const firstCut = folds[0]!.test.start;
  requireHistories(panel, firstCut);
  const priceColumns = priceColumnsOf(panel, firstCut);
  const plan = planOf({ ...panel, priceColumns }, checked, folds);
  return { ...plan, settings: { ...plan.settings, priceColumns } };
}

function planOf(panel: Panel, { model, evaluation }: CheckedSettings, folds: WalkForwardFold[]) {
  const transform = settleTransform(panel, model.targetTransform, folds[0]!.test.start);
  const settings = { ...model, targetTransform: transform.transform };
  const { start, end } = folds[0]!.train;
  const [series] = panel.series as [PanelSeries];
  const prices = series.columns[panel.target]!;
  const rows = { start: rowsBefore(series, start), end: rowsBefore(series, end) };
  const season = evaluation.season ?? seasonOf(series.dates, prices.subarray(rows.start, rows.end));
  const whole: ResolvedEvaluation = { ...evaluation, season };
  checkMemory(settings, panel.length);
  return { panel, settings, evaluation: whole, transform, folds, tasks: fitTasks(folds) };
}

/** Refuses a series that begins after the first cut, because it has no training rows. */
function requireHistories({ series, dates }: Panel, firstCut: number): void {
  const late = series.filter((one) => rowsBefore(one, firstCut) < 2);
  if (late.length === 0) return;
  refuse('series', {
    expected: `rows of every series before the first cut${dates?.[firstCut] ? `, ${dates[firstCut]}` : ''}`,
    got: `${listed(late.map(({ name }) => name))} without`,
    remedy: 'leave it out, or cut later (`initial`)',
  });
}

/**
 * Refuses a network that needs more memory for its training than is available. The weights of all members are
 * kept until the end.
 */
function checkMemory(
  { batchSize, window, features, horizon, ensemble, ...sizes }: ModelSettings,
  rows: number,
): void {
  const inputSize = features?.length ?? 1;
  const steps = Math.min(batchSize, rows) * window;
  const { parameters, activations } = recurrentSize({
    cell: sizes.cell,
    layers: sizes.layers,
    units: sizes.units,
    inputSize,
    steps,
  });
  const outputs = horizon * sizes.quantiles.length;
  const all = parameters + (sizes.units + window * inputSize) * outputs;
  const remedy = 'lower `units`, `layers`, `batchSize` or `ensemble`';
  checkTrainingMemory('settings', { parameters: all, activations, copies: 3 + ensemble }, remedy);
}

/**
 * The minimum number of training rows: the rows of a window and of the fewest examples, or the rows that a
 * baseline reads, if these are more.
 */
export function trainingRowsNeeded(needs: RowNeeds): number {
  const steps = networkSteps(needs);
  const examples = 1 + needs.window + leastExamples(needs.validation, steps) + steps - 1;
  return Math.max(examples, needs.season ?? 1, needs.movingAverage);
}

/**
 * Cuts a time axis into folds. One forecast begins at each row of a fold's test range. A forecast needs a
 * whole horizon of rows, so none begins at the last `horizon` − 1 rows of the axis.
 *
 * @throws UnrolledError if there are too few rows
 */
export function planFolds(
  length: number,
  walk: WalkSettings & Pick<BacktestSettings, 'defaultFolds'>,
  needs: RowNeeds,
): WalkForwardFold[] {
  const places = length - (needs.horizon - 1);
  const least = trainingRowsNeeded(needs);
  const initial = walk.initial ?? Math.max(least, Math.floor(length / 2));
  if (places <= Math.max(initial, least)) refuseTooFew(length, Math.max(initial, least) + needs.horizon);
  const shortest = Math.min(initial, walk.trainingRows ?? initial);
  if (shortest < least) refuseShortTraining(walk, shortest, least);
  const testable = places - initial;
  const folds = walk.folds ?? Math.min(walk.defaultFolds ?? WALK_DEFAULTS.folds, testable);
  const stride = walk.stride ?? Math.max(1, Math.floor(testable / folds));
  return walkForward(places, {
    ...{ initial, horizon: stride, stride, trainingRows: walk.trainingRows },
    window: walk.trainingWindow ?? WALK_DEFAULTS.trainingWindow,
    folds: walk.stride === undefined ? folds : walk.folds,
    refitEvery: walk.refitEvery ?? WALK_DEFAULTS.refitEvery,
  });
}

/**
 * One fold: the older share of the rows for training, the others for the test. With a share of 1, there is no
 * test.
 */
function splitOnce(length: number, share: number, needs: RowNeeds): WalkForwardFold[] {
  const places = length - (needs.horizon - 1);
  const least = trainingRowsNeeded(needs);
  if (share === 1 && length >= least) {
    const all = { start: 0, end: length };
    return [
      { index: 0, train: all, calibration: undefined, test: { start: length, end: length }, refit: true },
    ];
  }
  const initial = Math.floor(places * share);
  if (initial < least || places <= initial) {
    refuse('rows', {
      expected: `at least ${Math.ceil(Math.max(least, 1) / share) + needs.horizon} rows with \`trainShare\` ${share}`,
      got: String(length),
      remedy: 'pass more rows, or a shorter `window` or `horizon`',
    });
  }
  return walkForward(places, { initial, horizon: places - initial });
}

/** Groups folds by the fit that they share. */
export function fitTasks(folds: readonly WalkForwardFold[]): FitTask[] {
  const starts = folds.flatMap(({ refit }, at) => (refit ? [at] : []));
  return starts.map((start, index) => ({
    index,
    train: folds[start]!.train,
    folds: folds.slice(start, starts[index + 1]),
  }));
}

function refuseTooFew(rows: number, needed: number): never {
  refuse('rows', {
    expected: `at least ${needed} rows`,
    got: String(rows),
    remedy:
      'pass more rows, a smaller `initial`, or a shorter `window`, `horizon`, `season` or `movingAverage`',
  });
}

function refuseShortTraining({ trainingRows }: WalkSettings, got: number, least: number): never {
  refuse(trainingRows === undefined ? 'initial' : 'trainingRows', {
    expected: `at least ${least} training rows for this window, horizon, season and moving average`,
    got: String(got),
    remedy: 'pass more, or a shorter `window`, `horizon`, `season` or `movingAverage`',
  });
}
