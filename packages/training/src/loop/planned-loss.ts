/**
 * Losses whose model and loss function are known, so their steps can be planned; recognised by identity, as
 * `structureOf` recognises parts.
 */
import type { PlanBatch, StepPlanner } from '@unrolled/kernels';

/** The model and loss function of a loss from `modelLoss`. */
export interface PlannedLoss {
  /** A planner of its steps, or the reason why there is none. The caller disposes it. */
  planner(): StepPlanner | string;
  /** The batch as a planner takes it; undefined for one that it does not. */
  batchOf(batch: unknown): PlanBatch | undefined;
}

const known = new WeakMap<object, PlannedLoss>();

/** Registers a loss function, and gives it back. */
export function withPlan<F extends object>(lossOf: F, planned: PlannedLoss): F {
  known.set(lossOf, planned);
  return lossOf;
}

export function plannedLossOf(lossOf: object): PlannedLoss | undefined {
  return known.get(lossOf);
}
