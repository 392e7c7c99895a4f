import { add, type GradConfig, greaterEqual, sigmoid, type Tensor, tidy, where } from '@tensorflow/tfjs-core';
import { checkKind } from '../refuse';
import { hasFusedKernel, requireFirstOrder, runKernel, runOp } from './registry';

/**
 * g(x) = x + ½ if x ≥ 0, else σ(x), elementwise: the positive activation of minGRU's and minLSTM's candidate
 * (Feng et al., 2024). With the fused kernel, the activation and its gradient take one pass each.
 *
 * @param x float32 of any shape
 * @returns the shape of x
 * @throws UnrolledError if x is not a tensor
 */
export function positive<T extends Tensor>(x: T): T {
  checkKind('positive', 'x', x, 'tensor');
  if (!hasFusedKernel('positive')) {
    return tidy(() => where(greaterEqual(x, 0), add(x, 0.5), sigmoid(x)) as T);
  }
  requireFirstOrder('positive');
  return runOp<Tensor>(GRADIENT, { x }) as T;
}

const GRADIENT: GradConfig = {
  kernelName: 'Positive',
  inputsToSave: ['x'],
  gradFunc: (dy, [x]) => ({
    x: () => runKernel<Tensor>('PositiveGradient', { dOutput: dy as Tensor, x }),
  }),
};
