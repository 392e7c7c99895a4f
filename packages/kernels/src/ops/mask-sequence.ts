import type { GradConfig, Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import { checkKind, checkLengths } from '../refuse';
import { checkTensor } from './checks';
import { requireFusedKernel, runOp } from './registry';

/**
 * The sequence with exact zeros past each row's length. Input values there, even NaN, affect neither the
 * result nor the gradient.
 *
 * @param x float32 [B,T,N]
 * @param lengths number of valid steps of each row, 0 to T
 * @returns [B,T,N]
 * @throws UnrolledError on a shape or length that does not fit, or a backend without the kernel
 */
export function maskSequence(x: Tensor3D, lengths: ArrayLike<number>): Tensor3D {
  requireFusedKernel('maskSequence');
  checkTensor('maskSequence', 'x', x, 'float32', [null, null, null]);
  checkKind('maskSequence', 'lengths', lengths, 'array or typed array');
  const [batch, time] = x.shape;
  return runOp<Tensor3D>(GRADIENT, { x }, { lengths: checkLengths('maskSequence', lengths, batch, time) });
}

const GRADIENT: GradConfig = {
  kernelName: 'MaskSequence',
  gradFunc: (dy, _saved, attributes) => ({
    x: () => runOp<Tensor>(GRADIENT, { x: dy as Tensor }, { ...attributes }),
  }),
};
