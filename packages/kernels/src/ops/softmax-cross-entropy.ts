import { registerGradient, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { checkTensor } from './checks';
import { requireFusedKernel, runKernel } from './registry';

/**
 * Sparse softmax cross-entropy, −log softmax(logits)[id], computed without overflow; fused forward and backward.
 *
 * @param logits [N,V]
 * @param ids int32 [N], from 0 to V − 1
 * @returns [N], in nats
 * @throws UnrolledError on a shape or dtype that does not fit, an id out of range, or a backend without the kernel
 */
export function softmaxCrossEntropy(logits: Tensor2D, ids: Tensor1D): Tensor1D {
  requireFusedKernel('softmaxCrossEntropy');
  checkTensor('softmaxCrossEntropy', 'logits', logits, 'float32', [null, null]);
  checkTensor('softmaxCrossEntropy', 'ids', ids, 'int32', [logits.shape[0]]);
  const [loss, logSum] = runKernel<Tensor[]>('SparseSoftmaxCrossEntropy', { logits, ids });
  logSum!.dispose();
  return loss as Tensor1D;
}

registerGradient({
  kernelName: 'SparseSoftmaxCrossEntropy',
  inputsToSave: ['logits', 'ids'],
  outputsToSave: [false, true],
  gradFunc: (dys, [logits, ids, logSum]) => ({
    logits: () => {
      const dLoss = (dys as unknown as Tensor[])[0]!;
      return runKernel<Tensor>('SparseSoftmaxCrossEntropyGradient', { dLoss, logits, ids, logSum });
    },
  }),
});
