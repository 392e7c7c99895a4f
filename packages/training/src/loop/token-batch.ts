import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { refuse } from '../refuse';

/** Ids to read and ids to predict, row-major [B, T]: what the batches of `@unrolled/data` are. */
export interface TokenBatch {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** B. */
  readonly batchSize: number;
  /** T. */
  readonly steps: number;
}

/**
 * A batch of tokens as tensors, for `lossOf`, whose tidy frees them.
 *
 * @returns int32 [B, T] each
 * @throws UnrolledError when the ids are not B·T
 */
export function tokenBatch(batch: TokenBatch): { readonly inputs: Tensor2D; readonly targets: Tensor2D } {
  const { batchSize, steps } = batch;
  const tensorOf = (name: 'inputs' | 'targets'): Tensor2D => {
    const ids = batch[name];
    if (ids?.length === batchSize * steps) return tf.tensor2d(ids, [batchSize, steps], 'int32');
    return refuse('tokenBatch', {
      expected: `${name} of ${batchSize} rows × ${steps} steps`,
      got: ids === undefined ? 'none' : `${ids.length} ids`,
      code: 'shape',
    });
  };
  return { inputs: tensorOf('inputs'), targets: tensorOf('targets') };
}
