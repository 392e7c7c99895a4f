import type { Direction, TrialRecord } from '../trial';

/** The information of a pruner when a trial has reported: the trial with that report, and all others. */
export interface PruneRequest {
  readonly trial: TrialRecord;
  readonly trials: readonly TrialRecord[];
  readonly direction: Direction;
}

/** Decides whether a trial that has just reported should be given up. */
export interface Pruner {
  readonly name: string;
  shouldPrune(request: PruneRequest): boolean;
}
