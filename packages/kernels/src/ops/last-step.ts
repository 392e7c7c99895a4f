import { registerGradient, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { check } from '../refuse';
import { checkTensor } from './checks';
import { requireFusedKernel, runKernel } from './registry';

/**
 * Each row's last valid step; zeros for a row of length 0. One kernel, and one for the gradient.
 *
 * @param x float32 [B,T,O]
 * @param lengths valid steps of each row, 0 to T; all T by default
 * @returns [B,O]
 * @throws UnrolledError on a shape or length that does not fit, or a backend without the kernel
 */
export function lastStep(x: Tensor3D, lengths?: readonly number[]): Tensor2D {
  requireFusedKernel('lastStep');
  checkTensor('lastStep', 'x', x, 'float32', [null, null, null]);
  const [batch, time] = x.shape;
  check.lengths('lastStep', lengths, batch, time);
  return runKernel<Tensor2D>('LastStep', { x }, { time, lengths: lengths ?? null });
}

registerGradient({
  kernelName: 'LastStep',
  gradFunc: (dy, _saved, attributes) => ({
    x: () => runKernel<Tensor>('LastStepGradient', { dOutput: dy as Tensor }, { ...attributes }),
  }),
});
