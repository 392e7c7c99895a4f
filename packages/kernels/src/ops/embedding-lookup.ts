import type { GradConfig, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { checkTensor } from './checks';
import { requireFirstOrder, requireFusedKernel, runKernel, runOp } from './registry';

/**
 * Rows of an embedding matrix. The gradient sums the rows of repeated ids.
 *
 * @param embeddings [V,D]
 * @param ids int32 of any shape, from 0 to V − 1
 * @returns [...ids.shape, D]
 * @throws UnrolledError on a shape or dtype that does not fit, an id out of range, or a backend without the
 *   kernel
 */
export function embeddingLookup<T extends Tensor = Tensor>(embeddings: Tensor2D, ids: Tensor): T {
  requireFusedKernel('embeddingLookup');
  requireFirstOrder('embeddingLookup');
  checkTensor('embeddingLookup', 'embeddings', embeddings, 'float32', [null, null]);
  checkTensor('embeddingLookup', 'ids', ids, 'int32', ids?.shape ?? []);
  return runOp<Tensor>(GRADIENT, { embeddings, ids }, { vocabularySize: embeddings.shape[0] }) as T;
}

const GRADIENT: GradConfig = {
  kernelName: 'EmbeddingLookup',
  inputsToSave: ['ids'],
  gradFunc: (dy, saved, attributes) => ({
    embeddings: () =>
      runKernel<Tensor>(
        'EmbeddingLookupGradient',
        { dOutput: dy as Tensor, ids: saved[0]! },
        { ...attributes },
      ),
  }),
};
