import type { GradConfig, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { checkTensor, outerShape } from './checks';
import { requireFirstOrder, requireFusedKernel, runKernel, runOp } from './registry';

/**
 * x·kernel + bias over the last axis. One kernel computes the gradients of kernel and bias.
 *
 * @param x […,I]
 * @param kernel [I,O]
 * @param bias [O], optional
 * @returns […,O]
 * @throws UnrolledError on a shape or dtype that does not fit, or a backend without the kernel
 */
export function linear<T extends Tensor = Tensor>(x: Tensor, kernel: Tensor2D, bias?: Tensor): T {
  requireFusedKernel('linear');
  requireFirstOrder('linear');
  checkTensor('linear', 'kernel', kernel, 'float32', [null, null]);
  checkTensor('linear', 'x', x, 'float32', [...outerShape(x), kernel.shape[0]]);
  if (bias !== undefined) checkTensor('linear', 'bias', bias, 'float32', [kernel.shape[1]]);
  return runOp<Tensor>(GRADIENT, bias ? { x, kernel, bias } : { x, kernel }, {
    hasBias: bias !== undefined,
  }) as T;
}

const GRADIENT: GradConfig = {
  kernelName: 'Linear',
  inputsToSave: ['x', 'kernel'],
  gradFunc: (dy, [x, kernel], attributes) => {
    const dOutput = dy as Tensor;
    const [dKernel, dBias] = runKernel<Tensor[]>('LinearGradient', { x, dOutput }, { ...attributes });
    return {
      x: () => runKernel<Tensor>('LinearInputGradient', { dOutput, kernel }),
      kernel: () => dKernel!,
      bias: () => dBias!,
    };
  },
};
