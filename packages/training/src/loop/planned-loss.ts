/**
 * Losses whose model and loss function are known, so that their steps can be planned; by identity, as
 * `structureOf` knows parts.
 */
import type { PlanBatch, StepPlanner } from '@unrolled/kernels';

/** What is known of a loss that `modelLoss` made. */
export interface PlannedLoss {
  /** A planner of its steps, or in words why there is none. Whoever asks for it disposes it. */
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
