import type { Tensor } from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds } from '@unrolled/errors';
import type { ParameterUpdate } from '@unrolled/kernels';
import { checkKind, checkOptions, refuse } from '../refuse';

/** One parameter, as an update rule receives it. */
export interface UpdateInput {
  readonly parameter: Tensor;
  /** The gradient after clipping, in the parameter's shape. */
  readonly gradient: Tensor;
  /** The rule's slots of this parameter, initially zeros. */
  readonly slots: Readonly<Record<string, Tensor>>;
  readonly learningRate: number;
  /** The number of this step, from 1. */
  readonly step: number;
}

/** The new values of a parameter and of its slots. */
export interface UpdateOutput {
  readonly parameter: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
}

/**
 * An update rule. It holds no tensors: `train` keeps the slots, named by the parameter's path. A user-defined
 * rule is an object of this form.
 */
export interface Optimizer {
  readonly name: string;
  /** The rule's constants, recorded in checkpoints. */
  readonly settings: Readonly<Record<string, number>>;
  /** The names of its slots for each parameter. */
  readonly slots: readonly string[];
  /** Computes the update by tfjs ops. */
  update(input: UpdateInput): UpdateOutput;
  /** The rule for the fused op that some backends have. If omitted, `update` is always used. */
  fused?(given: Pick<UpdateInput, 'learningRate' | 'step'>): ParameterUpdate;
}

const builtIn = new WeakSet<Optimizer>();

/** Registers an optimizer of this package, and returns it. */
export function builtInOptimizer(optimizer: Optimizer): Optimizer {
  builtIn.add(optimizer);
  return optimizer;
}

/** Whether the optimizer is one of this package, rather than a modified copy. */
export const isBuiltInOptimizer = (optimizer: Optimizer) => builtIn.has(optimizer);

const STEP_KINDS: OptionKinds<Pick<UpdateInput, 'learningRate' | 'step'>> = {
  learningRate: 'number',
  step: 'positive integer',
};

/** Throws if a step has no valid number or rate. */
export function checkStep(scope: string, given: Pick<UpdateInput, 'learningRate' | 'step'>): void {
  checkOptions(scope, given, STEP_KINDS, true);
}

/** Throws if the gradient or a slot of an update is not a tensor of the parameter's shape. */
export function checkUpdate(scope: string, input: UpdateInput, slots: readonly string[]): void {
  checkStep(scope, input);
  checkKind(scope, 'slots', input.slots, 'object');
  const { parameter } = input;
  checkKind(scope, 'parameter', parameter, 'tensor');
  const checkLike = (what: string, tensor: Tensor | undefined) => {
    const isTensor = tensor !== undefined && tensor?.shape?.join() === parameter.shape.join();
    if (isTensor && !tensor.isDisposed && tensor.dtype === 'float32' && parameter.dtype === 'float32') return;
    refuse(scope, {
      expected: `${what} float32 [${parameter.shape.join(', ')}], like the parameter`,
      got: tensor === undefined ? 'none' : inWords(tensor),
      remedy: 'pass the gradient with respect to this parameter, and slots that start as zeros of its shape',
      code: 'shape',
    });
  };
  checkLike('gradient', input.gradient);
  for (const name of slots) checkLike(`slots.${name}`, input.slots[name]);
}
