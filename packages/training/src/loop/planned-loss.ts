/**
 * Losses whose model and loss function are known, so that their steps can be planned. They are recognised by
 * identity, as parts are by `structureOf`.
 */
import type { PlanBatch, StepPlanner } from '@unrolled/kernels';

/** The model and loss function of a loss from `modelLoss`. */
export interface PlannedLoss {
  /**
   * Creates a planner of the steps, or returns the reason why there is none. The caller disposes of the
   * planner.
   */
  planner(): StepPlanner | string;
  /** The batch in a planner's form; undefined if plans do not support it. */
  batchOf(batch: unknown): PlanBatch | undefined;
}

const known = new WeakMap<object, PlannedLoss>();

/** Registers a loss function, and returns it. */
export function withPlan<F extends object>(lossOf: F, planned: PlannedLoss): F {
  known.set(lossOf, planned);
  return lossOf;
}

export function plannedLossOf(lossOf: object): PlannedLoss | undefined {
  return known.get(lossOf);
}
