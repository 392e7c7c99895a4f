import type { BatchValues } from '../inputs';
import type { TaskWorkload } from '../tasks';
import type { SamplingWorkload, TrainingWorkload } from '../workloads';

/** A model in an engine, ready to be timed. */
export interface Runner {
  /** The number of trained parameters. */
  readonly parameters: number;
  /** Takes `iterations` steps. Returns the loss of the last one, or null if nothing is trained. */
  run(iterations: number): Promise<number | null>;
}

/** The measurements of a child process. */
export interface Engine {
  /** Versions and settings, for the report. */
  readonly description: string;
  training(workload: TrainingWorkload, batch: BatchValues, learningRate: number): Promise<Runner>;
  sampling(workload: SamplingWorkload): Promise<Runner>;
  /** A task that is not a stack of layers; undefined if it is not written for the engine. */
  task?(workload: TaskWorkload): Runner;
  /**
   * A product [size, size] × [size, size], which is computed when the promise resolves; undefined if it would
   * not show the engine's limit.
   */
  product?(size: number): () => void;
}

/** Thrown if the machine or the installation lacks what the engine needs. */
export class EngineUnavailable extends Error {}
