import type { Tensor } from '@tensorflow/tfjs-core';
import type { ParameterUpdate } from '@unrolled/kernels';

/** One parameter as an update rule sees it. */
export interface UpdateInput {
  readonly parameter: Tensor;
  /** After clipping; the parameter's shape. */
  readonly gradient: Tensor;
  /** The rule's memory of this parameter, all zeros at first. */
  readonly slots: Readonly<Record<string, Tensor>>;
  readonly learningRate: number;
  /** The step that is being taken, from 1. */
  readonly step: number;
}

/** The next value of a parameter, and of all its slots. */
export interface UpdateOutput {
  readonly parameter: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
}

/**
 * An update rule. It holds no tensors: `train` keeps the slots, named by the parameter's path. A rule of your
 * own is an object of this form.
 */
export interface Optimizer {
  readonly name: string;
  /** The rule's constants, recorded in checkpoints. */
  readonly settings: Readonly<Record<string, number>>;
  /** The names of what it remembers of each parameter. */
  readonly slots: readonly string[];
  /** From tfjs ops. */
  update(input: UpdateInput): UpdateOutput;
  /** The same rule for the one fused op that some backends have; left out, `update` is always used. */
  fused?(given: Pick<UpdateInput, 'learningRate' | 'step'>): ParameterUpdate;
}
