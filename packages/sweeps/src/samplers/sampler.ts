import type { Parameters, SearchSpace } from '../space';
import type { Direction, TrialRecord } from '../trial';

/** What a sampler knows when it is asked for the parameters of a trial. */
export interface SampleRequest {
  readonly space: SearchSpace;
  readonly direction: Direction;
  /** The trial's number, from 0. */
  readonly number: number;
  /** The other trials: finished ones, and those that run at this time. */
  readonly trials: readonly TrialRecord[];
}

/** Chooses what to try next. */
export interface Sampler {
  readonly name: string;
  /** How many trials there are to make, where it is not endless: a grid has an end. */
  count?(space: SearchSpace): number;
  sample(request: SampleRequest): Parameters;
}
