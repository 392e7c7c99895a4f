/** The input of a planner for one step. */
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { ParameterUpdate } from '../../ops/update-rules';

/** Numbers of a batch: a tensor, or an array with its shape. */
export interface PlanArray {
  readonly shape: readonly number[];
  readonly values: Tensor | ArrayLike<number>;
}

/** The labels of each row, from 1 on, with the batch and the room for a row's labels as their shape. */
export interface PlanLabels {
  readonly shape: readonly number[];
  readonly rows: readonly ArrayLike<number>[];
}

/** A source with its rows' lengths, each an integer from 0 to S. */
export interface PlanSourceArray {
  readonly inputs: PlanArray;
  readonly lengths?: ArrayLike<number> | undefined;
}

/** A batch as a plan takes it. */
export interface PlanBatch {
  /** The source of an encoder–decoder. */
  readonly source?: PlanSourceArray | undefined;
  readonly inputs: PlanArray;
  /** Labels for CTC. */
  readonly targets: PlanArray | PlanLabels;
  /** Each an integer from 0 to T. */
  readonly lengths?: ArrayLike<number> | undefined;
  /** Weights in the targets' shape. */
  readonly weights?: Tensor | undefined;
}

/** A parameter with the optimizer's memory of it. */
export interface PlannedParameter {
  readonly path: string;
  readonly variable: Tensor;
  readonly slots: readonly Variable[];
}

/** One pass over a batch. */
export interface PlanCall {
  readonly batch: PlanBatch;
  readonly parameters: readonly PlannedParameter[];
  /** The carried state by path, which is overwritten; undefined where none is. */
  readonly state: Readonly<Record<string, Tensor>> | undefined;
}

export interface PlannedStep extends PlanCall {
  readonly update: ParameterUpdate;
  /** Averages of the parameters, in their order, which move towards them by a share of the way. */
  readonly averages?: { readonly variables: readonly Variable[]; readonly share: number } | undefined;
  /** Decides what dropout drops. */
  readonly seed: number;
  /** Refuses a loss or norm that is not finite, by throwing; nothing has changed then. */
  check(what: 'loss' | 'gradient norm', value: number): void;
}
