import type { Parameters } from './space';

/** Whether low or high values are good. */
export type Direction = 'minimize' | 'maximize';

/**
 * The state of a trial: `running` until it is told; `pruned` if it was stopped early; `failed` if its
 * objective threw.
 */
export type TrialState = 'running' | 'complete' | 'pruned' | 'failed';

/** A value that a trial reported on its way. */
export interface Report {
  /** How far the trial had come, a whole number of at least 0 that rises: steps, epochs, validations. */
  readonly step: number;
  readonly value: number;
}

/** The record of a trial in a study. */
export interface TrialRecord<P = Parameters> {
  /** From 0, in the order in which trials were asked for. */
  readonly number: number;
  readonly parameters: P;
  readonly state: TrialState;
  readonly reports: readonly Report[];
  /** For a complete trial the objective's result; for a pruned one the last report; otherwise undefined. */
  readonly value?: number;
  /** Why a trial failed, in one line. */
  readonly reason?: string;
}

/** Puts better values first; NaN last. */
export function compareBy(direction: Direction): (a: number, b: number) => number {
  const sign = direction === 'minimize' ? 1 : -1;
  return (a, b) => (Number.isNaN(a) ? 1 : 0) - (Number.isNaN(b) ? 1 : 0) || sign * (a - b) || 0;
}
