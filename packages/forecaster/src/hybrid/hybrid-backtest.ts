import {
  type DieboldMarianoResult,
  dieboldMarianoSentence,
  dieboldMarianoTest,
  driftForecast,
  fitExponentialSmoothing,
  fitLinearAutoregression,
  meanScaledIntervalScore,
  meanWeightedQuantileLoss,
  naive2Forecast,
  overallWeightedAverage,
  seasonalNaiveForecast,
  symmetricMeanAbsolutePercentageError,
  thetaForecast,
} from '@unrolled/forecasting';
import { checkKind, refuse } from '../refuse';
import { filled, usualChange } from './history';
import { fitHybridForecaster, type HybridForecast } from './hybrid-forecaster';
import { checkHybridSeries, type HybridSeries } from './hybrid-series';
import { type HybridSettings, resolveHybrid } from './hybrid-settings';

/** The forecasts that a hybrid is held to, of a series without holes. */
const BASELINES = {
  seasonalNaive: (history: Float64Array, horizon: number, season: number): Float64Array =>
    seasonalNaiveForecast(history, horizon, { season: Math.min(season, history.length) }),
  drift: (history: Float64Array, horizon: number): Float64Array => driftForecast(history, horizon),
  theta: (history: Float64Array, horizon: number, season: number): Float64Array =>
    history.length < 4 ? driftForecast(history, horizon) : thetaForecast(history, horizon, { season }),
  exponentialSmoothing: (history: Float64Array, horizon: number, season: number): Float64Array =>
    history.length < 4
      ? driftForecast(history, horizon)
      : fitExponentialSmoothing(history, { season }).forecast(horizon),
  linearAutoregression: (history: Float64Array, horizon: number, season: number): Float64Array => {
    const maximum = Math.min(season > 1 ? season + 1 : 4, Math.floor((history.length - 3) / 2));
    return maximum < 1
      ? driftForecast(history, horizon)
      : fitLinearAutoregression(history, { lags: { maximum }, of: 'auto' }).forecast(history, horizon);
  },
} as const;

export type HybridBaseline = keyof typeof BASELINES;
export const HYBRID_BASELINES = /* @__PURE__ */ Object.keys(BASELINES) as HybridBaseline[];

/** Means over the series, of which each has its mean over all its values forecast. */
export interface HybridScores {
  readonly mase: number;
  /** Percent, 0 … 200. */
  readonly smape: number;
  /** Against Naive2 on the same values; NaN where Naive2 has no error. */
  readonly owa: number;
}

export interface HybridEvaluation {
  /** Series that have a scale, and values that were forecast and came. */
  readonly series: number;
  readonly forecasts: number;
  readonly scores: Readonly<Record<'model' | 'withoutNetwork' | HybridBaseline, HybridScores>>;
  /** The baseline with the smallest MASE. */
  readonly best: HybridBaseline;
  /** Of the mean absolute scaled errors of the series, each counting once; of ten series or more. */
  readonly dieboldMariano: Readonly<Record<HybridBaseline, DieboldMarianoResult>> | undefined;
  /** How the model compares with the best baseline. */
  readonly sentence: string;
  readonly intervals: readonly { level: number; coverage: number; msis: number }[];
  /** Of the ends of all intervals and of the forecast as the median, over all values; with `levels`; NaN where all values are 0. */
  readonly meanWeightedQuantileLoss: number | undefined;
}

export interface HybridFold {
  /** Values of each series that were known. */
  readonly known: readonly number[];
  readonly forecasts: readonly HybridForecast[];
}

/** One series' forecasts over all folds. */
interface SeriesRecord {
  readonly truth: number[];
  readonly forecasts: Record<string, number[]>;
  readonly intervals: { lower: number[]; upper: number[] }[];
  training: Float64Array;
}

const FEWEST_TO_TEST = 10;

/**
 * Walks forward: in each fold a forecaster is fitted to all series but for their newest values, and forecasts `horizon` of these; folds do
 * not overlap, and the last one ends with the series. Each fold fits anew, and sees no value that its forecasts are of or that came later.
 *
 * @param folds default 1
 * @throws UnrolledError as `fitHybridForecaster` does, and when a series is too short for the folds
 */
export async function backtestHybrid(
  series: readonly HybridSeries[],
  settings: HybridSettings,
  folds = 1,
): Promise<{ evaluation: HybridEvaluation; folds: HybridFold[] }> {
  const scope = 'backtestHybrid';
  const { horizon, season, levels } = resolveHybrid(scope, settings);
  checkKind(scope, 'folds', folds, 'positive integer');
  const checked = checkHybridSeries(scope, series);
  const shortest = checked.reduce((a, b) => (b.values.length < a.values.length ? b : a));
  const least = folds * horizon + 2;
  if (shortest.values.length < least) {
    const got = `${shortest.values.length} of '${shortest.name}'`;
    refuse(scope, {
      expected: `at least ${least} values of each series, ${folds} × \`horizon\` and two`,
      got,
      remedy: 'lower `folds` or `horizon`, or leave the series out',
    });
  }
  const records = checked.map(() => emptyRecord(levels.length));
  const walked: HybridFold[] = [];
  for (let fold = folds; fold > 0; fold--) {
    const older = checked.map(({ name, values, category }) => ({
      ...{ name, values: values.slice(0, values.length - fold * horizon) },
      ...(category === undefined ? {} : { category }),
    }));
    const forecasts = (await fitHybridForecaster(older, settings)).forecast(older);
    for (const [at, { values }] of checked.entries()) {
      const known = older[at]!.values.length;
      addFold(
        records[at]!,
        values.subarray(known, known + horizon),
        older[at]!.values,
        forecasts[at]!,
        season,
      );
    }
    walked.push({ known: older.map(({ values }) => values.length), forecasts });
  }
  return { evaluation: evaluate(records, season, levels), folds: walked };
}

function emptyRecord(levels: number): SeriesRecord {
  const names = ['model', 'withoutNetwork', 'naive2', ...HYBRID_BASELINES];
  return {
    truth: [],
    forecasts: Object.fromEntries(names.map((name) => [name, [] as number[]])),
    intervals: Array.from({ length: levels }, () => ({ lower: [], upper: [] })),
    training: new Float64Array(0),
  };
}

function addFold(
  record: SeriesRecord,
  truth: Float64Array,
  known: Float64Array,
  { values, withoutNetwork, intervals }: HybridForecast,
  season: number,
): void {
  const history = filled(known);
  if (record.training.length === 0) record.training = history;
  const horizon = truth.length;
  const all: Record<string, Float64Array> = {
    ...{ model: values, withoutNetwork, naive2: naive2Forecast(history, horizon, { season }) },
    ...Object.fromEntries(HYBRID_BASELINES.map((name) => [name, BASELINES[name](history, horizon, season)])),
  };
  for (const [ahead, value] of truth.entries()) {
    if (Number.isNaN(value)) continue;
    record.truth.push(value);
    for (const [name, forecast] of Object.entries(all)) record.forecasts[name]!.push(forecast[ahead]!);
    for (const [at, { lower, upper }] of intervals.entries()) {
      record.intervals[at]!.lower.push(lower[ahead]!);
      record.intervals[at]!.upper.push(upper[ahead]!);
    }
  }
}

/** Mean absolute errors in units of what the series changed by before the first fold: MASE, but over steps where it repeats exactly. */
function scaledErrors(records: readonly SeriesRecord[], name: string, season: number): number[] {
  return records.map(({ truth, forecasts, training }) => {
    const sum = truth.reduce((total, value, at) => total + Math.abs(value - forecasts[name]![at]!), 0);
    return sum / truth.length / usualChange(training, season);
  });
}

function evaluate(all: readonly SeriesRecord[], season: number, levels: readonly number[]): HybridEvaluation {
  const records = all.filter(({ truth, training }) => truth.length > 0 && usualChange(training, season) > 0);
  if (records.length === 0) {
    refuse('backtestHybrid', {
      expected: 'a series that changes before the first fold, with known values in the folds',
      got: `none of ${all.length}`,
      remedy: 'give series that do, or leave out newest values that are missing',
    });
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const errors = (name: string) => scaledErrors(records, name, season);
  const pointScores = (name: string) => ({
    mase: mean(errors(name)),
    smape: mean(
      records.map(({ truth, forecasts }) => symmetricMeanAbsolutePercentageError(truth, forecasts[name]!)),
    ),
  });
  const naive2 = pointScores('naive2');
  const names = ['model', 'withoutNetwork', ...HYBRID_BASELINES] as const;
  const scores = Object.fromEntries(
    names.map((name) => {
      const points = pointScores(name);
      const hasRatio = naive2.mase > 0 && naive2.smape > 0;
      return [name, { ...points, owa: hasRatio ? overallWeightedAverage(points, naive2) : Number.NaN }];
    }),
  ) as HybridEvaluation['scores'];
  const best = HYBRID_BASELINES.reduce((a, b) => (scores[b].mase < scores[a].mase ? b : a));
  const model = errors('model');
  const test = (name: HybridBaseline) =>
    dieboldMarianoTest(model, errors(name), { horizon: 1, loss: 'absolute' });
  const dieboldMariano =
    records.length < FEWEST_TO_TEST
      ? undefined
      : (Object.fromEntries(HYBRID_BASELINES.map((name) => [name, test(name)])) as Record<
          HybridBaseline,
          DieboldMarianoResult
        >);
  return {
    ...{ series: records.length, forecasts: records.reduce((sum, { truth }) => sum + truth.length, 0) },
    ...{ scores, best, dieboldMariano },
    sentence: dieboldMariano
      ? dieboldMarianoSentence(dieboldMariano[best], { model: 'the hybrid', baseline: best })
      : `MASE ${scores.model.mase.toFixed(3)}, of ${best}, the best baseline, ${scores[best].mase.toFixed(3)}: fewer than ${FEWEST_TO_TEST} series, not tested`,
    intervals: levels.map((level, at) => intervalScores(records, level, at, season)),
    meanWeightedQuantileLoss: levels.length > 0 ? quantileLossOf(records, levels) : undefined,
  };
}

function intervalScores(records: readonly SeriesRecord[], level: number, at: number, season: number) {
  let [held, count, msis] = [0, 0, 0];
  for (const { truth, intervals, training } of records) {
    const { lower, upper } = intervals[at]!;
    held += truth.filter((value, t) => lower[t]! <= value && value <= upper[t]!).length;
    count += truth.length;
    const repeats =
      training.length <= season || training.every((value, t) => t < season || value === training[t - season]);
    msis += meanScaledIntervalScore(truth, lower, upper, { level, training, season: repeats ? 1 : season });
  }
  return { level, coverage: held / count, msis: msis / records.length };
}

function quantileLossOf(records: readonly SeriesRecord[], levels: readonly number[]): number {
  const join = (pick: (record: SeriesRecord) => number[]) => records.flatMap(pick);
  const quantiles = [0.5];
  const forecasts = [join(({ forecasts: { model } }) => model!)];
  for (const [at, level] of levels.entries()) {
    quantiles.push((1 - level) / 2, (1 + level) / 2);
    forecasts.push(
      join(({ intervals }) => intervals[at]!.lower),
      join(({ intervals }) => intervals[at]!.upper),
    );
  }
  const truth = join((record) => record.truth);
  return truth.some((value) => value !== 0)
    ? meanWeightedQuantileLoss(truth, forecasts, { quantiles })
    : Number.NaN;
}
