import {
  type GradConfig,
  registerGradient,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { FusedOp } from '../kernel-names';
import { check, refuse } from '../refuse';
import { checkTensor, type TensorKind } from './checks';
import { isTapeOn, requireFusedKernel, runKernel } from './registry';

/** What every sequence op takes beside its tensors. */
export interface SequenceOptions {
  /** Valid steps of each row, 0 to T; past them outputs are exactly 0 and the state stands. All T by default. */
  lengths?: readonly number[] | undefined;
  /** Runs from the last step to the first, each row from its own last valid step; outputs stay in the original order. */
  reverse?: boolean | undefined;
}

/** What squashes the gates: 1 / (1 + exp(−x)), or min(1, max(0, 0.2·x + 0.5)), the default of Keras 1 and tfjs-layers. */
export type GateActivation = 'sigmoid' | 'hard-sigmoid';

/** What the layers with gates take besides. */
export interface GateOptions {
  /** 'sigmoid' by default. */
  recurrentActivation?: GateActivation | undefined;
}

/** The tensors that all recurrent layers have in common. I input size, H units, G gates. */
export interface SequenceInputs {
  /** float32 [B,T,I], or int32 ids [B,T] from 0 to I − 1, each meaning a one-hot vector of size I. */
  x: Tensor;
  /** [I, G·H] */
  kernel: Tensor2D;
  /** [H, G·H] */
  recurrentKernel: Tensor2D;
  /** [G·H] */
  bias: Tensor;
  /** [B,H] */
  initialH: Tensor2D;
}

/** Checks shapes; the checks are few and cheap, since a tiny model's step takes microseconds. */
export function checkSequence(
  scope: FusedOp,
  inputs: Omit<SequenceInputs, 'x'> & { x: TensorKind },
  gates: number,
  options: SequenceOptions,
): void {
  requireFusedKernel(scope);
  const { x, kernel, recurrentKernel, bias, initialH } = inputs;
  const isIds = x.dtype === 'int32';
  checkTensor(
    scope,
    'x',
    x,
    isIds ? 'int32' : 'float32',
    isIds ? [null, null] : [null, null, kernel.shape[0]],
  );
  const [batch, time] = x.shape as [number, number];
  if (batch < 1 || time < 1) {
    refuse(scope, {
      expected: 'at least one row and one step',
      got: `x [${x.shape.join(', ')}]`,
    });
  }
  const units = recurrentKernel.shape[0];
  checkTensor(scope, 'recurrentKernel', recurrentKernel, 'float32', [units, gates * units]);
  checkTensor(scope, 'kernel', kernel, 'float32', [null, gates * units]);
  checkTensor(scope, 'bias', bias, 'float32', [gates * units]);
  checkTensor(scope, 'initialH', initialH, 'float32', [batch, units]);
  check.lengths(scope, options.lengths, batch, time);
}

/** @throws UnrolledError on a gate activation that the kernels do not have */
export function gateActivation(scope: FusedOp, options: GateOptions): GateActivation {
  const { recurrentActivation = 'sigmoid' } = options;
  check.choice(scope, 'recurrentActivation', recurrentActivation, ['sigmoid', 'hard-sigmoid']);
  return recurrentActivation;
}

/** Runs a sequence kernel; the reserve tensor stays alive in what the tape saved. */
export function runSequence(
  name: string,
  inputs: Record<string, Tensor | undefined>,
  options: SequenceOptions,
  attributes: Record<string, unknown> = {},
): Tensor[] {
  const keep = isTapeOn();
  const all = { lengths: options.lengths ?? null, reverse: options.reverse ?? false, keep, ...attributes };
  const outputs = runKernel<Tensor[]>(name, inputs, all);
  if (keep) outputs.pop()!.dispose();
  return outputs;
}

interface SequenceGradient {
  /** LstmSequence, … */
  name: string;
  /** Inputs that the gradient kernel wants besides x, kernel and recurrentKernel. */
  states: readonly string[];
  /** The outputs' gradients by name, in the order of the outputs. */
  outputs: readonly string[];
  /** The inputs whose gradients the kernel answers, in its order, given the attributes. */
  answers: (attributes: Record<string, unknown>) => readonly string[];
}

/**
 * Registers the gradient of a sequence op: one kernel call for the whole of backpropagation through time, in the gradient
 * function's body, since tfjs disposes what a closure computes; only the input's gradient waits until it is asked for.
 */
export function registerSequenceGradient({ name, states, outputs, answers }: SequenceGradient): void {
  const saved = ['x', 'kernel', 'recurrentKernel', ...states];
  const config: GradConfig = {
    kernelName: name,
    inputsToSave: saved,
    outputsToSave: [true, ...outputs.slice(1).map(() => false), true],
    gradFunc: (dys, tensors, attrs) => {
      const attributes = attrs as unknown as Record<string, unknown>;
      const inputs: Record<string, Tensor> = {};
      saved.forEach((key, i) => {
        inputs[key] = tensors[i]!;
      });
      inputs.output = tensors[saved.length]!;
      inputs.reserve = tensors[saved.length + 1]!;
      outputs.forEach((key, i) => {
        inputs[key] = (dys as Tensor[])[i]!;
      });
      const gradients = runKernel<Tensor[]>(`${name}Gradient`, inputs, attributes);
      const names = answers(attributes);
      const result: Record<string, () => Tensor> = {
        x: () => {
          const { x, kernel, reserve } = inputs;
          const dGates = gradients[names.length];
          return runKernel<Tensor3D>(`${name}InputGradient`, { x, kernel, reserve, dGates }, attributes);
        },
      };
      names.forEach((key, i) => {
        result[key] = () => gradients[i]!;
      });
      return result;
    },
  };
  registerGradient(config);
}
