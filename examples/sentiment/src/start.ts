import * as tf from '@tensorflow/tfjs-core';
import type { Vocabulary } from '@unrolled/data';
import { type ReadEmbeddings, readEmbeddings } from '@unrolled/data/node';
import type { Network, Params } from './network';
import { refuseEmbeddings, type Settings } from './runs';

/** Reads the embeddings that `--embeddings` names. @throws UnrolledError that names the option */
export async function embeddingsOf({ embeddings, units, seed }: Settings, vocabulary: Vocabulary) {
  if (embeddings === undefined) return undefined;
  const options = { dimension: 2 * units, seed };
  return readEmbeddings(embeddings, vocabulary, options).catch(refuseEmbeddings);
}

/** The initial parameters, drawn from the seed. The embeddings are those of the file, if there is one. */
export function startOf(
  model: Network,
  { seed, embeddings }: { seed: number; embeddings?: ReadEmbeddings | undefined },
): Params {
  const [table, ...others] = model.init(seed);
  if (embeddings === undefined) return [table, ...others];
  const { values, dimension } = embeddings;
  table.embeddings.dispose();
  return [{ embeddings: tf.tensor2d(values, [values.length / dimension, dimension]) }, ...others];
}
