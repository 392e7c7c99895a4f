import { check, checkOptions } from '../refuse';
import { compareBy, type TrialRecord } from '../trial';
import type { PruneRequest, Pruner } from './pruner';

/** Settings of {@link successiveHalvingPruner}. */
export interface SuccessiveHalvingOptions {
  /** The step of the first decision, at least 1. */
  readonly minimumSteps: number;
  /**
   * One of `factor` trials continues at each decision, and the next decision comes after `factor` times the
   * steps; at least 2, default 4.
   */
  readonly reductionFactor?: number;
  /** Decisions left out at the beginning, default 0. */
  readonly skippedRungs?: number;
}

/**
 * Asynchronous successive halving (ASHA; Li et al., A system for massively parallel hyperparameter tuning,
 * 2020), in its form that stops rather than pauses: rung r is at `minimumSteps`·factor^r steps. A trial that
 * reaches it continues if it is among the best 1/factor of those that have reached it so far, itself
 * included; if fewer than `factor` have, only if it is the best. No trial waits for another.
 */
export function successiveHalvingPruner(options: SuccessiveHalvingOptions): Pruner {
  checkOptions('successiveHalvingPruner', options, {
    minimumSteps: 'positive integer',
    reductionFactor: 'positive integer?',
    skippedRungs: 'integer of at least 0?',
  });
  const { minimumSteps, reductionFactor = 4, skippedRungs = 0 } = options;
  check.count('successiveHalvingPruner', 'reductionFactor', reductionFactor, 2);
  const stepOfRung = (rung: number) => minimumSteps * reductionFactor ** (skippedRungs + rung);
  return {
    name: 'successive halving',
    shouldPrune: (request) => shouldStop(request, reductionFactor, stepOfRung),
  };
}

function shouldStop(
  { trial, trials, direction }: PruneRequest,
  factor: number,
  stepOfRung: (rung: number) => number,
) {
  const { step, value } = trial.reports.at(-1)!;
  const before = trial.reports.at(-2)?.step ?? -1;
  const better = compareBy(direction);
  for (let rung = 0; step >= stepOfRung(rung); rung++) {
    // Decisions of earlier reports are kept.
    if (before >= stepOfRung(rung)) continue;
    if (Number.isNaN(value)) return true;
    const others = trials.filter(({ number }) => number !== trial.number);
    const values = [value, ...others.flatMap((other) => valueAtRung(other, stepOfRung(rung)) ?? [])].sort(
      better,
    );
    const kept = Math.max(1, Math.floor(values.length / factor));
    if (better(value, values[kept - 1]!) > 0) return true;
  }
  return false;
}

/** The first report at or behind the rung: what the trial was judged by there. */
function valueAtRung({ reports }: TrialRecord, step: number): number | undefined {
  const found = reports.find((report) => report.step >= step)?.value;
  return Number.isNaN(found) ? undefined : found;
}
