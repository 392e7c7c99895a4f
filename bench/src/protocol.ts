import type { BatchValues } from './inputs';
import type { Workload } from './workloads';

/** The input of an engine's process: one JSON object a line; `id` comes back with the answer. */
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

/** The first line that a process writes by itself. */
export type Greeting = { readonly ready: string } | { readonly unavailable: string };

export interface Preparation {
  /** Trained numbers of the engine's own model. */
  readonly parameters: number;
  /** Loss of the first step; null where nothing is trained. */
  readonly firstLoss: number | null;
  /** A step's time at the end of the warm-up. */
  readonly stepMilliseconds: number;
  /** Which of several ways the engine takes, where it tried some. */
  readonly chosen?: string;
}

export interface Measurement {
  /** Of all iterations together. */
  readonly milliseconds: number;
  /** Of the processor, all threads together. */
  readonly processorMilliseconds: number;
  /** Loss of the last step; null where nothing is trained. */
  readonly loss: number | null;
}

export interface Answers {
  readonly prepare: Preparation;
  readonly measure: Measurement;
  readonly product: { readonly milliseconds: number };
  readonly memory: { readonly peakMegabytes: number };
}
