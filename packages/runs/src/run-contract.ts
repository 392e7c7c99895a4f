/** What a training run is given, what it tells, and what comes of it. */
import type { BestLoss, TrainOptions, TrainStep, Validation } from '@unrolled/training';
import type { CheckpointStore, RunConfig, SavedRun } from './checkpoint-store';
import type { LearningRate } from './learning-rate';
import type { LossHistory } from './loss-history';
import type { LogRecord, RunLog } from './run-log';
import type { RunTimes } from './timetable';

/** What `train` takes, with the run's times, where its checkpoints and records go, and what it goes on from. */
export interface RunOptions<P, B, S>
  extends Omit<TrainOptions<P, B, S>, 'steps' | 'epochs' | 'learningRate' | 'validation' | 'resume'>,
    RunTimes {
  readonly learningRate: LearningRate;
  /** Without it there is no best checkpoint, and nothing stops early. */
  readonly validation?: Omit<Validation<P, B, S>, 'every'>;
  /** Ends the run when none of this many validations was the best so far; default never. */
  readonly patience?: number;
  /** A run limited by time gets twice as much of it, twice at most, while no validation loss is below this. */
  readonly goal?: number;
  readonly store: CheckpointStore;
  readonly log?: RunLog;
  /** Kept in every checkpoint, for whoever reads it: the model's description, the vocabulary. Not with a key `run`. */
  readonly config?: RunConfig;
  /** Go on with a run, from {@link loadRun}; undefined begins a new one. */
  readonly resume?: SavedRun | undefined;
  readonly listener?: RunListener<P>;
  /** What to do about a loss that is not finite, in the program's words; default to lower the learning rate or clip. */
  readonly advice?: string;
}

/** What a run tells while it goes on. */
export interface RunListener<P> {
  stepped?(step: TrainStep & { readonly expectedSteps: number }): void;
  logged?(record: LogRecord): void;
  /** After the checkpoint of this validation was saved. */
  validated?(result: ValidationResult): void;
  /** The goal is missed, and the run gets more time. */
  extended?(): void;
  /** A moment for a sample; the parameters (the averaged ones where there are any) stay the run's. */
  sample?(step: number, params: P): void | Promise<void>;
}

export interface ValidationResult {
  readonly step: number;
  /** The mean over the steps since the validation before. */
  readonly trainLoss: number;
  readonly validationLoss: number;
  /** It is the lowest so far. */
  readonly improved: boolean;
}

export interface RunOutcome {
  readonly steps: number;
  /** The mean over the steps between the last two validations; undefined before step 1. */
  readonly trainLoss: number | undefined;
  /** The lowest validation loss and its step; undefined when there was no validation yet. */
  readonly best: BestLoss | undefined;
  /** Over the time that this process spent on training steps; undefined without `countOf`. */
  readonly tokensPerSecond: number | undefined;
  readonly interrupted: boolean;
  /** Patience ended it. */
  readonly stoppedEarly: boolean;
  readonly history: LossHistory;
}
