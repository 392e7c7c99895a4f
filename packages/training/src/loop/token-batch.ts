import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords } from '@unrolled/errors';
import { checkKind, refuse } from '../refuse';

/** Ids to read and ids to predict, row-major [B, T], in the form of the batches of `@unrolled/data`. */
export interface TokenBatch {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** B. */
  readonly batchSize: number;
  /** T. */
  readonly steps: number;
}

/**
 * Converts a batch of tokens to tensors, for `lossOf`, whose tidy frees them.
 *
 * @returns int32 [B, T] each
 * @throws UnrolledError if there are not B·T ids
 */
export function tokenBatch(batch: TokenBatch): { readonly inputs: Tensor2D; readonly targets: Tensor2D } {
  checkKind('tokenBatch', 'the batch', batch, 'object');
  const { batchSize, steps } = batch;
  checkKind('tokenBatch', 'batchSize', batchSize, 'positive integer');
  checkKind('tokenBatch', 'steps', steps, 'positive integer');
  const checkIds = (name: 'inputs' | 'targets') => {
    const ids = batch[name];
    const isList = Array.isArray(ids) || ArrayBuffer.isView(ids);
    if (isList && ids.length === batchSize * steps) return;
    refuse('tokenBatch', {
      expected: `${name} of ${batchSize} rows × ${steps} steps`,
      got: ids === undefined ? 'none' : ids?.length === undefined ? inWords(ids) : `${ids.length} ids`,
      remedy:
        'pass a batch of contiguousBatches, or { inputs, targets, batchSize, steps } with that number of ids',
      code: 'shape',
    });
  };
  checkIds('inputs');
  checkIds('targets');
  const tensorOf = (ids: Int32Array) => tf.tensor2d(ids, [batchSize, steps], 'int32');
  return { inputs: tensorOf(batch.inputs), targets: tensorOf(batch.targets) };
}
