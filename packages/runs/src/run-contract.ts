/** The options of a training run, its listener, and its outcome. */
import type { ModelDescription } from '@unrolled/cells';
import type { BestLoss, TrainOptions, TrainStep, Validation } from '@unrolled/training';
import type { CheckpointStore, RunConfig, SavedRun } from './checkpoint-store';
import type { LearningRate } from './learning-rate';
import type { LossHistory, ScorePoint } from './loss-history';
import type { RunLog } from './run-log';
import type { RunTimes } from './timetable';

/** The options of `train`, with the run's schedule, checkpoint store, records and resumption. */
export interface RunOptions<P, B, S>
  extends Omit<TrainOptions<P, B, S>, 'steps' | 'epochs' | 'learningRate' | 'validation' | 'resume'>,
    RunTimes {
  readonly learningRate: LearningRate;
  /** Without it there is no best checkpoint, and nothing stops early. */
  readonly validation?: Omit<Validation<P, B, S>, 'every'>;
  /**
   * Decides which model is the best, instead of the validation loss: BLEU, an error rate or F1, for example.
   */
  readonly score?: RunScore<P>;
  /**
   * Ends the run if none of this number of validations (of those with a score, if there is one) was the best
   * so far; default never.
   */
  readonly patience?: number;
  /** A run with a time limit gets twice the time, at most twice, while no validation loss is below this. */
  readonly goal?: number;
  readonly store: CheckpointStore;
  readonly log?: RunLog;
  /** The model's description by `describe`, kept in every checkpoint, so that `loadModel` can read it. */
  readonly model?: ModelDescription;
  /** Kept in every checkpoint, too: the vocabulary, the settings. The key `run` is reserved. */
  readonly config?: RunConfig;
  /** Continues a run from `loadRun`; undefined starts a new one. */
  readonly resume?: SavedRun | undefined;
  readonly listener?: RunListener<P>;
  /**
   * Seconds that a run with a time limit has spent before the call, for example on reading its data; at most
   * half of `seconds` count.
   */
  readonly preparation?: number;
  /** The remedy for a loss that is not finite, in the program's words; default a lower rate, or clipping. */
  readonly advice?: string;
}

/**
 * A measure of the model that validations compute besides the loss; the best checkpoint is the one with the
 * best score.
 */
export interface RunScore<P> {
  /** Its name, such as `BLEU`, for messages. A resumed run has the same. */
  readonly name: string;
  readonly better: 'higher' | 'lower';
  /** The interval in validations. The end of the run always counts. Default 1. */
  readonly every?: number;
  /**
   * Measures the parameters (the averaged ones if there are any), which the run owns. A long measure checks
   * `signal` regularly: if it throws the signal's reason, the resumed run repeats the validation.
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
  /** After the checkpoint of this validation was saved. */
  validated?(result: ValidationResult): void;
  /** The goal was missed, and the run gets more time. */
  extended?(): void;
  /** Called once if time limits the run and each validation uses only this many batches from the start. */
  validationCut?(batches: number): void;
  /**
   * The time for a sample. The run owns the parameters (the averaged ones if there are any). A long sample
   * checks `isLate` regularly, which is true if the run's time is over or its signal has stopped it.
   */
  sample?(step: number, params: P, isLate: () => boolean): void | Promise<void>;
}

export interface ValidationResult {
  readonly step: number;
  /** The mean over the steps since the previous validation. */
  readonly trainLoss: number;
  readonly validationLoss: number;
  /** If this validation had one. */
  readonly score?: number;
  /** Whether it is the best so far: the lowest loss, or for a run with a score the best score. */
  readonly improved: boolean;
}

export interface RunOutcome {
  readonly steps: number;
  /** The mean over the steps between the last two validations; undefined before step 1. */
  readonly trainLoss: number | undefined;
  /** The lowest validation loss and its step; undefined before the first validation. */
  readonly best: BestLoss | undefined;
  /** The best score and its step; undefined without `score`, or before the first one. */
  readonly bestScore: ScorePoint | undefined;
  /** Over the time that this process spent on training steps; undefined without `countOf`. */
  readonly tokensPerSecond: number | undefined;
  readonly interrupted: boolean;
  /** Patience ended it. */
  readonly stoppedEarly: boolean;
  readonly history: LossHistory;
}
