import type { EvaluationSettings, LossKind } from '../settings/settings';
import { type IntervalMetrics, intervalMetrics, type MetricsTable, metricsTable } from './metrics';
import type { SeriesOutcome } from './outcome';
import { type Verdict, verdictOf } from './verdict';

/** The scores of a model on some forecasts. Plain JSON. */
export interface Scores {
  readonly metrics: MetricsTable;
  /** The test against the best baseline; null if there are too few forecasts. */
  readonly dieboldMariano: Verdict | null;
  /** Null if there are too few errors for the calibration. */
  readonly intervals: IntervalMetrics | null;
  /** Coverage of the network's own quantiles, which are not calibrated; null for the squared loss. */
  readonly quantileIntervals: IntervalMetrics | null;
}

/**
 * The scores of all forecasts, and separately of each step ahead and of each series, if there are several.
 */
export interface Evaluation extends Scores {
  /** Number of forecasts, each of a whole horizon. */
  readonly forecasts: number;
  readonly bySeries: readonly (Scores & { readonly name: string; readonly forecasts: number })[];
  readonly perHorizon: readonly (Scores & { readonly step: number })[];
}

export interface EvaluateOptions extends Pick<EvaluationSettings, 'level'> {
  /** The model's name in sentences: `LSTM`. */
  readonly modelName: string;
  readonly loss: LossKind;
}

/** Compares outcomes with the true values. */
export function evaluate(outcomes: readonly SeriesOutcome[], options: EvaluateOptions): Evaluation {
  const { horizon } = outcomes[0]!;
  const count = (some: readonly SeriesOutcome[]) => some.reduce((sum, { rows }) => sum + rows.length, 0);
  return {
    ...scores(outcomes, options),
    forecasts: count(outcomes),
    bySeries: outcomes.map((outcome) => ({
      name: outcome.name,
      forecasts: count([outcome]),
      ...scores([outcome], options),
    })),
    perHorizon: Array.from({ length: horizon }, (_, step) => ({
      step: step + 1,
      ...scores(outcomes, options, step),
    })),
  };
}

function scores(
  outcomes: readonly SeriesOutcome[],
  { modelName, loss, level }: EvaluateOptions,
  step?: number,
): Scores {
  const method = loss === 'quantile' ? 'conformalized-quantile' : 'split-conformal';
  return {
    metrics: metricsTable(outcomes, step),
    dieboldMariano: verdictOf(outcomes, modelName, step) ?? null,
    intervals: intervalMetrics(outcomes, ({ intervals }) => intervals, { method, level }, step) ?? null,
    quantileIntervals:
      intervalMetrics(
        outcomes,
        ({ quantileIntervals }) => quantileIntervals,
        { method: 'quantile', level },
        step,
      ) ?? null,
  };
}
