import type { RunningTrial } from '@unrolled/sweeps';

/** A trial as the objective of a study's file sees it. */
export interface StudyTrial extends Omit<RunningTrial, 'from'> {
  /**
   * A directory of the trial's own; what is kept there is found again where the trial is taken up after a
   * kill.
   */
  readonly directory: string;
  /**
   * In a population, the directory of the trial whose checkpoint this one continues; undefined in the first
   * round.
   */
  readonly from?: string;
}
