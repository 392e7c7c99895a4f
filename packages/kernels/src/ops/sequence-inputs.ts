import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { FusedOp } from '../kernel-names';
import type { GateActivation, LayerSizes } from '../layers/layer';
import { check } from '../refuse';
import { checkTensor } from './checks';

/**
 * The tensors that all recurrent layers have in common. I is the input size, H the number of units, G the
 * number of gates.
 */
export interface SequenceInputs {
  /** float32 [B,T,I], or int32 ids [B,T] from 0 to I − 1, each read as a one-hot vector of size I. */
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

/** The additional options of gated layers. */
export interface GateOptions {
  /** Default 'sigmoid'. */
  recurrentActivation?: GateActivation | undefined;
}

/** The sizes of the layer with these weights. */
export function sizesOf(
  scope: FusedOp,
  { kernel, recurrentKernel }: Omit<SequenceInputs, 'x' | 'initialH'>,
): LayerSizes {
  checkTensor(scope, 'kernel', kernel, 'float32', [null, null]);
  checkTensor(scope, 'recurrentKernel', recurrentKernel, 'float32', [null, null]);
  return { inputSize: kernel.shape[0], units: recurrentKernel.shape[0] };
}

/** @throws UnrolledError on a gate activation that the kernels do not support */
export function gateActivation(
  scope: FusedOp,
  { recurrentActivation = 'sigmoid' }: GateOptions,
): GateActivation {
  check.choice(scope, 'recurrentActivation', recurrentActivation, ['sigmoid', 'hardSigmoid']);
  return recurrentActivation;
}
