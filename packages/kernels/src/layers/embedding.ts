import type { LayerSizes, LayerType } from './layer';

/** Rows of a table by id: `inputSize` is the number of distinct ids, `units` the length of an embedding. */
export interface EmbeddingLayer extends LayerSizes {
  readonly type: 'embedding';
}

/** A layer without gates and without a state. */
export const EMBEDDING: LayerType<EmbeddingLayer> = {
  gates: [],
  op: 'embeddingLookup',
  outputSize: ({ units }) => units,
  parameters: ({ inputSize, units }) => ({ embeddings: [inputSize, units] }),
  states: () => ({}),
  lacking: () => [],
};
