import type { BatchValues } from '../inputs';
import type { TaskWorkload } from '../tasks';
import type { SamplingWorkload, TrainingWorkload } from '../workloads';

/** A model in an engine, ready to be timed. */
export interface Runner {
  /** Trained numbers. */
  readonly parameters: number;
  /** Takes that many steps; the loss of the last one, or null where nothing is trained. */
  run(iterations: number): Promise<number | null>;
}

/** The measurements of a child process. */
export interface Engine {
  /** Versions and settings, for the report. */
  readonly description: string;
  training(workload: TrainingWorkload, batch: BatchValues, learningRate: number): Promise<Runner>;
  sampling(workload: SamplingWorkload): Promise<Runner>;
  /** A task that is no stack of layers; undefined where the engine has none written. */
  task?(workload: TaskWorkload): Runner;
  /**
   * A product [size, size] × [size, size], computed when the promise resolves; undefined where it says
   * nothing.
   */
  product?(size: number): () => void;
}

/** Thrown when the machine or the installation lacks what the engine needs. */
export class EngineUnavailable extends Error {}
