import type { Tensor } from '@tensorflow/tfjs-core';
import { inWords, type OptionKinds } from '@unrolled/errors';
import type { ParameterUpdate } from '@unrolled/kernels';
import { checkKind, checkOptions, refuse } from '../refuse';

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

const builtIn = new WeakSet<Optimizer>();

/** Registers an optimizer that this package made, and gives it back. */
export function builtInOptimizer(optimizer: Optimizer): Optimizer {
  builtIn.add(optimizer);
  return optimizer;
}

/** Whether it is one of this package's, and not a changed copy. */
export const isBuiltInOptimizer = (optimizer: Optimizer) => builtIn.has(optimizer);

const STEP_KINDS: OptionKinds<Pick<UpdateInput, 'learningRate' | 'step'>> = {
  learningRate: 'number',
  step: 'positive integer',
};

/** Refuses a step without its number and its rate. */
export function checkStep(scope: string, given: Pick<UpdateInput, 'learningRate' | 'step'>): void {
  checkOptions(scope, given, STEP_KINDS, true);
}

/** Refuses an update whose gradient and slots are not tensors of the parameter's shape. */
export function checkUpdate(scope: string, input: UpdateInput, slots: readonly string[]): void {
  checkStep(scope, input);
  checkKind(scope, 'slots', input.slots, 'object');
  const { parameter } = input;
  checkKind(scope, 'parameter', parameter, 'tensor');
  const checkLike = (what: string, tensor: Tensor | undefined) => {
    const isTensor = tensor !== undefined && tensor?.shape?.join() === parameter.shape.join();
    if (isTensor && !tensor.isDisposed && tensor.dtype === 'float32' && parameter.dtype === 'float32') return;
    refuse(scope, {
      expected: `${what} float32 [${parameter.shape.join(', ')}], as the parameter`,
      got: tensor === undefined ? 'none' : inWords(tensor),
      remedy: 'give the gradient of the loss by this parameter, and slots that began as zeros of its shape',
      code: 'shape',
    });
  };
  checkLike('gradient', input.gradient);
  for (const name of slots) checkLike(`slots.${name}`, input.slots[name]);
}
