import type { GradConfig, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { checkLengths } from '../refuse';
import { checkTensor } from './checks';
import { requireFusedKernel, runOp } from './registry';

/**
 * Each row's output at its last valid step; zeros for a row of length 0. One kernel, and one for the
 * gradient.
 *
 * @param x float32 [B,T,O]
 * @param lengths number of valid steps of each row, 0 to T; default T for all
 * @returns [B,O]
 * @throws UnrolledError on a shape or length that does not fit, or a backend without the kernel
 */
export function lastStep(x: Tensor3D, lengths?: ArrayLike<number>): Tensor2D {
  requireFusedKernel('lastStep');
  checkTensor('lastStep', 'x', x, 'float32', [null, null, null]);
  const [batch, time] = x.shape;
  const rows = checkLengths('lastStep', lengths, batch, time) ?? null;
  return runOp<Tensor2D>(GRADIENT, { x }, { time, lengths: rows });
}

const GRADIENT: GradConfig = {
  kernelName: 'LastStep',
  gradFunc: (dy, _saved, attributes) => ({
    x: () => runOp<Tensor>(SECOND_GRADIENT, { dOutput: dy as Tensor }, { ...attributes }),
  }),
};

/** The op is linear, so the gradient of its gradient is the op itself. */
const SECOND_GRADIENT: GradConfig = {
  kernelName: 'LastStepGradient',
  gradFunc: (dy, _saved, attributes) => ({
    dOutput: () => runOp<Tensor>(GRADIENT, { x: dy as Tensor }, { ...attributes }),
  }),
};
