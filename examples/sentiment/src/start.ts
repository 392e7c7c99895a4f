import * as tf from '@tensorflow/tfjs-core';
import type { ReadEmbeddings } from '@unrolled/data/node';
import type { Network, Params } from './network';

/** The initial parameters: drawn from the seed, or for words the vectors of a file. */
export function startOf(
  model: Network,
  { seed, embeddings }: { seed: number; embeddings?: ReadEmbeddings },
): Params {
  const [table, ...others] = model.init(seed);
  if (embeddings === undefined) return [table, ...others];
  const { values, dimension } = embeddings;
  table.embeddings.dispose();
  return [{ embeddings: tf.tensor2d(values, [values.length / dimension, dimension]) }, ...others];
}
