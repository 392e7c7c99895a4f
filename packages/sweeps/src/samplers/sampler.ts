import type { Parameters, SearchSpace } from '../space';
import type { Direction, TrialRecord } from '../trial';

/** The knowledge of a sampler when it is asked for the parameters of a trial. */
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
  /**
   * Number of trials that are asked for together: the next wave starts when all trials of this one have
   * ended.
   */
  readonly wave?: number;
  /** The number of the trial whose training a trial continues; undefined if it starts its own. */
  from?(request: SampleRequest): number | undefined;
  sample(request: SampleRequest): Parameters;
}
