import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { EMBEDDING, type EmbeddingLayer, embeddingLookup, hasFusedKernel } from '@unrolled/kernels';
import type { Cell, NoState } from './contract';
import { INITIALIZER, type Initializer, type InitializerName } from './initializers';
import { rowsOf } from './input-product';
import { layerCell } from './layer-cell';
import { checkOptions } from './refuse';

export interface EmbeddingOptions {
  /** V: the number of distinct ids, 0 … V − 1. */
  readonly vocabularySize: number;
  /** D: the length of one embedding. */
  readonly dimension: number;
  /** Default uniform in [−0.05, 0.05), as in Keras. */
  readonly initializer?: Initializer | InitializerName;
}

const KINDS: OptionKinds<EmbeddingOptions> = {
  vocabularySize: 'positive integer',
  dimension: 'positive integer',
  initializer: INITIALIZER,
};

export type EmbeddingParams = {
  /** E [V, D], one row for each id */
  readonly embeddings: Tensor2D;
};

/**
 * Looks up one row of a table for each id: int32 ids [B, T] → [B, T, D]. It builds no one-hot vectors, and
 * the gradient sums only the rows that were looked up. Ids must be in 0 … V − 1; past a row's length they may
 * have any value.
 *
 * @throws UnrolledError if a size is not a positive integer
 */
export function embedding(options: EmbeddingOptions): Cell<EmbeddingParams, NoState, 'ids'> {
  checkOptions('embedding', options, KINDS);
  const { vocabularySize, dimension, initializer } = options;

  const lookup = (embeddings: Tensor2D, ids: Tensor1D): Tensor2D =>
    hasFusedKernel('embeddingLookup') ? embeddingLookup(embeddings, ids) : rowsOf(embeddings, ids);

  return layerCell<EmbeddingLayer, EmbeddingParams, NoState, 'ids'>({
    name: 'embedding',
    type: EMBEDDING,
    layer: { type: 'embedding', inputSize: vocabularySize, units: dimension },
    inputKind: 'ids',
    initialization: { initializer },
    step: ({ embeddings }, ids) => ({ output: lookup(embeddings, ids), state: {} }),
  });
}
