import { type RowRange, rootMeanSquaredError } from '@unrolled/forecasting';
import type { ForecastName } from '../settings/forecast-names';
import type { BacktestPlan } from '../walk/plan';
import type { TaskResult } from '../walk/run-task';
import { heldTruths } from './coverage-over-time';
import type { SeriesOutcome } from './outcome';

/** A range of the time axis, with the dates of its first and last place (null without dates). */
export interface Span extends RowRange {
  readonly first: string | null;
  readonly last: string | null;
}

/** One fold of a back-test. Plain JSON. */
export interface FoldSummary {
  readonly index: number;
  readonly train: Span;
  readonly test: Span;
  /** Whether a model was fitted for this fold. If false, the model of the previous fold was used. */
  readonly refit: boolean;
  /** SHA-256 of the scalers and weights that made the forecasts. */
  readonly fingerprint: string;
  /** For each network of the ensemble, its best epoch. */
  readonly bestEpochs: readonly number[];
  readonly forecasts: number;
  /** In price units, over all steps ahead; null if no forecast begins in the fold. */
  readonly rmse: number | null;
  readonly naiveRmse: number | null;
  /** The coverage of the intervals; null if there were none. */
  readonly coverage: number | null;
}

/** The ranges, fit and errors of each fold. */
export function foldSummaries(
  { panel, tasks }: BacktestPlan,
  results: readonly TaskResult[],
  outcomes: readonly SeriesOutcome[],
): FoldSummary[] {
  const span = ({ start, end }: RowRange): Span => ({
    start,
    end,
    first: panel.dates?.[start] ?? null,
    last: panel.dates?.[end - 1] ?? null,
  });
  return results.flatMap(({ index, fingerprint, histories }) =>
    tasks[index]!.folds.map((fold): FoldSummary => {
      const { truth, model, naive } = within(outcomes, fold.test);
      return {
        index: fold.index,
        train: span(fold.train),
        test: span(fold.test),
        refit: fold.refit,
        fingerprint,
        bestEpochs: histories.map(({ bestEpoch }) => bestEpoch),
        forecasts: truth.length / outcomes[0]!.horizon,
        rmse: truth.length > 0 ? rootMeanSquaredError(truth, model) : null,
        naiveRmse: truth.length > 0 ? rootMeanSquaredError(truth, naive) : null,
        coverage: coverageWithin(outcomes, fold.test),
      };
    }),
  );
}

function coverageWithin(outcomes: readonly SeriesOutcome[], { start, end }: RowRange): number | null {
  const held = outcomes.flatMap((outcome) => {
    const within = heldTruths(outcome, outcome.intervals);
    return within.flatMap(({ time, held }) => (time >= start && time < end ? [Number(held)] : []));
  });
  return held.length > 0 ? held.reduce((sum, one) => sum + one, 0) / held.length : null;
}

/** The forecasts from the places of a range. */
function within(outcomes: readonly SeriesOutcome[], { start, end }: RowRange) {
  const pooled = (values: (outcome: SeriesOutcome) => Float64Array) =>
    outcomes.flatMap((outcome) => {
      const { times, horizon } = outcome;
      return [...values(outcome)].filter((_, i) => {
        const time = times[Math.floor(i / horizon)]!;
        return time >= start && time < end;
      });
    });
  const forecast = (name: ForecastName) => pooled(({ forecasts }) => forecasts[name]);
  return { truth: pooled(({ truth }) => truth), model: forecast('model'), naive: forecast('naive') };
}
