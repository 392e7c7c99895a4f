import type { RunningTrial } from '@unrolled/sweeps';

/** A trial as passed to the objective of a study's file. */
export interface StudyTrial extends Omit<RunningTrial, 'from'> {
  /** A directory for the trial's files. They are still there when the trial is restarted after a kill. */
  readonly directory: string;
  /** In a population, the directory of the trial that this one continues; undefined in the first round. */
  readonly from?: string;
}
