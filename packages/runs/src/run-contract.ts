/** The options of a training run, its listener, and its outcome. */
import type { ModelDescription } from '@unrolled/cells';
import type { BestLoss, TrainOptions, TrainStep, Validation } from '@unrolled/training';
import type { CheckpointStore, RunConfig, SavedRun } from './checkpoint-store';
import type { LearningRate } from './learning-rate';
import type { LossHistory, ScorePoint } from './loss-history';
import type { RunLog } from './run-log';
import type { RunTimes } from './timetable';

/** The options of `train`, with the run's schedule, checkpoint store, log and resumption. */
export interface RunOptions<P, B, S>
  extends Omit<TrainOptions<P, B, S>, 'steps' | 'epochs' | 'learningRate' | 'validation' | 'resume'>,
    RunTimes {
  readonly learningRate: LearningRate;
  /** Without validation there is no best checkpoint, and the run never stops early. */
  readonly validation?: Omit<Validation<P, B, S>, 'every'>;
  /** Selects the best model instead of the validation loss: for example BLEU, an error rate or F1. */
  readonly score?: RunScore<P>;
  /**
   * Ends the run after this number of validations (of those with a score, if there is one) without a new
   * best; default never.
   */
  readonly patience?: number;
  /**
   * The goal for the validation loss of a run with a time limit. While no loss is below it, the time is
   * doubled, at most twice.
   */
  readonly goal?: number;
  readonly store: CheckpointStore;
  readonly log?: RunLog;
  /**
   * The model's description by `describe`. Every checkpoint contains it, so `loadModel` can read the model.
   */
  readonly model?: ModelDescription;
  /** Also stored in every checkpoint: the vocabulary, the settings. The key `run` is reserved. */
  readonly config?: RunConfig;
  /** The result of `loadRun`, to continue a run; undefined starts a new one. */
  readonly resume?: SavedRun | undefined;
  readonly listener?: RunListener<P>;
  /**
   * Seconds that count towards the time limit and passed before the call, for example while data was read; at
   * most half of `seconds` are counted.
   */
  readonly preparation?: number;
  /**
   * The remedy in the error for a loss that is not finite; by default it suggests a lower rate, or clipping.
   */
  readonly advice?: string;
}

/**
 * A measure of the model that is computed at validations in addition to the loss. The best checkpoint is the
 * one with the best score.
 */
export interface RunScore<P> {
  /** Its name, such as `BLEU`, for messages. A resumed run must use the same. */
  readonly name: string;
  readonly better: 'higher' | 'lower';
  /** The interval in validations; the last validation always has a score. Default 1. */
  readonly every?: number;
  /**
   * Evaluates the parameters (the averaged ones if there are any), which the run owns. A long evaluation
   * checks `signal` regularly. If it throws the signal's reason, the resumed run repeats the validation.
   *
   * @returns a finite number
   */
  of(
    params: P,
    run: { readonly step: number; readonly signal: AbortSignal | undefined },
  ): number | Promise<number>;
}

/** Callbacks during a run. */
export interface RunListener<P> {
  stepped?(step: TrainStep & { readonly expectedSteps: number }): void;
  /** Called after the checkpoint of this validation was saved. */
  validated?(result: ValidationResult): void;
  /** Called if the goal was not reached and the time limit is extended. */
  extended?(): void;
  /** Called once if time limits the run and each validation therefore uses only this many batches. */
  validationCut?(batches: number): void;
  /**
   * Called when a sample is due. The run owns the parameters (the averaged ones if there are any). A long
   * sample checks `isLate` regularly, which is true after the run's time limit or after its signal has
   * aborted.
   */
  sample?(step: number, params: P, isLate: () => boolean): void | Promise<void>;
}

export interface ValidationResult {
  readonly step: number;
  /** The mean training loss over the steps since the previous validation. */
  readonly trainLoss: number;
  readonly validationLoss: number;
  /** Only if this validation had a score. */
  readonly score?: number;
  /** Whether it is the best so far: the lowest loss or, for a run with a score, the best score. */
  readonly improved: boolean;
}

export interface RunOutcome {
  readonly steps: number;
  /** The mean training loss over the steps between the last two validations; undefined before step 1. */
  readonly trainLoss: number | undefined;
  /** The lowest validation loss and its step; undefined before the first validation. */
  readonly best: BestLoss | undefined;
  /** The best score and its step; undefined without `score`, or before the first score. */
  readonly bestScore: ScorePoint | undefined;
  /** Averaged over the time of this process's training steps; undefined without `countOf`. */
  readonly tokensPerSecond: number | undefined;
  readonly interrupted: boolean;
  /** Whether the patience ended the run. */
  readonly stoppedEarly: boolean;
  readonly history: LossHistory;
}
