/** What a training run is given, what it tells, and what comes of it. */
import type { Snapshot, TrainStep } from '@unrolled/training';
import type { CharacterModel } from '../model/model';
import type { TrainSettings } from '../settings/settings';
import type { Dataset } from '../text/dataset';
import type { LossHistory } from './loss-history';
import type { RunState } from './run-state';

/** What a run tells while it goes on. */
export interface RunListener {
  stepped(step: TrainStep & { expectedSteps: number }): void;
  /** A line for the log: losses are means since the last one. */
  logged(entry: LogEntry): Promise<void>;
  validated(result: { step: number; trainLoss: number; validationLoss: number; improved: boolean }): void;
  /** The goal is missed, and the run gets more time. */
  extended(): void;
  /** A moment for a sample; the parameters stay the run's. */
  sample(step: number, params: unknown[]): void;
  /** A state worth keeping as the last one, and as the best one where it is; the name of the file it is kept in. */
  save(checkpoint: RunCheckpoint): Promise<string>;
}

export interface LogEntry {
  readonly step: number;
  readonly epoch: number;
  readonly tokens: number;
  readonly trainLoss: number;
  readonly validationLoss?: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
  /** Null when no step was taken since the last line: a resumed run begins with a validation. */
  readonly tokensPerSecond: number | null;
}

export interface RunCheckpoint {
  readonly snapshot: Snapshot;
  readonly state: RunState;
  /** Null when it was not measured. */
  readonly validationLoss: number | null;
  readonly isBest: boolean;
}

export interface RunOptions {
  readonly model: CharacterModel;
  readonly dataset: Dataset;
  readonly settings: TrainSettings;
  readonly listener: RunListener;
  readonly signal?: AbortSignal;
  /** A run limited by time gets more of it while its validation loss is not below this; default no goal. */
  readonly goal?: number;
  /** What to go on from, and the file it is kept in. */
  readonly resume?: { readonly snapshot: Snapshot; readonly state: RunState; readonly file: string };
  /** Weights to begin with, copied; default those that the seed gives. */
  readonly params?: unknown[];
}

export interface RunOutcome {
  readonly steps: number;
  /** The mean over the steps between the last two validations, in nats per token; undefined before step 1. */
  readonly trainLoss: number | undefined;
  /** Undefined when the run was stopped before its first validation. */
  readonly best: { readonly step: number; readonly validationLoss: number } | undefined;
  /** Over the time that this process spent on training steps. */
  readonly tokensPerSecond: number | undefined;
  readonly interrupted: boolean;
  /** Patience ended it. */
  readonly stoppedEarly: boolean;
  readonly history: LossHistory;
}
