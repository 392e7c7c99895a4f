import type { BatchValues } from './inputs';
import type { Workload } from './workloads';

/** The input of an engine's process: one JSON object a line. The answer repeats the `id`. */
export type Request =
  | {
      readonly command: 'prepare';
      readonly workload: Workload;
      readonly batch?: BatchValues;
      readonly learningRate: number;
      /** Warm-up ends after this time or one step, whichever is later. */
      readonly warmMilliseconds: number;
    }
  | { readonly command: 'measure'; readonly iterations: number }
  /** A square matrix product: the machine's own limit. */
  | { readonly command: 'product'; readonly size: number; readonly iterations: number }
  | { readonly command: 'memory' };

/** The first line of a process, which it writes without a request. */
export type Greeting = { readonly ready: string } | { readonly unavailable: string };

export interface Preparation {
  /** The number of trained parameters of the engine's model. */
  readonly parameters: number;
  /** Loss of the first step; null if nothing is trained. */
  readonly firstLoss: number | null;
  /** A step's time at the end of the warm-up. */
  readonly stepMilliseconds: number;
  /** The fastest way, if the engine tried several. */
  readonly chosen?: string;
}

export interface Measurement {
  /** The time of all iterations together. */
  readonly milliseconds: number;
  /** The processor time of all threads together. */
  readonly processorMilliseconds: number;
  /** Loss of the last step; null if nothing is trained. */
  readonly loss: number | null;
}

export interface Answers {
  readonly prepare: Preparation;
  readonly measure: Measurement;
  readonly product: { readonly milliseconds: number };
  readonly memory: { readonly peakMegabytes: number };
}
