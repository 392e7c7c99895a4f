/** The input of a planner for one step. */
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { ParameterUpdate } from '../../ops/update-rules';

/** Values of a batch: a tensor, or an array with its shape. */
export interface PlanArray {
  readonly shape: readonly number[];
  readonly values: Tensor | ArrayLike<number>;
}

/**
 * The labels of each row, starting from 1. The shape is the batch size and the maximum number of labels of a
 * row.
 */
export interface PlanLabels {
  readonly shape: readonly number[];
  readonly rows: readonly ArrayLike<number>[];
}

/** A source with the lengths of its rows, integers from 0 to S. */
export interface PlanSourceArray {
  readonly inputs: PlanArray;
  readonly lengths?: ArrayLike<number> | undefined;
}

/** A batch in a plan's form. */
export interface PlanBatch {
  /** The source of an encoder–decoder. */
  readonly source?: PlanSourceArray | undefined;
  readonly inputs: PlanArray;
  /** Labels for CTC. */
  readonly targets: PlanArray | PlanLabels;
  /** One length per row, integers from 0 to T. */
  readonly lengths?: ArrayLike<number> | undefined;
  /** Weights in the targets' shape. */
  readonly weights?: Tensor | undefined;
}

/** A parameter with the optimizer's slots for it. */
export interface PlannedParameter {
  readonly path: string;
  readonly variable: Tensor;
  readonly slots: readonly Variable[];
}

/** One pass over a batch. */
export interface PlanCall {
  readonly batch: PlanBatch;
  readonly parameters: readonly PlannedParameter[];
  /** The carried state by path. It is overwritten. Undefined if no state is carried. */
  readonly state: Readonly<Record<string, Tensor>> | undefined;
}

export interface PlannedStep extends PlanCall {
  readonly update: ParameterUpdate;
  /** Moving averages of the parameters, in their order. Each step moves them by `share` of the difference. */
  readonly averages?: { readonly variables: readonly Variable[]; readonly share: number } | undefined;
  /** The seed of dropout. */
  readonly seed: number;
  /** Throws if the loss or the norm is not finite; nothing has been changed at that point. */
  check(what: 'loss' | 'gradient norm', value: number): void;
}
