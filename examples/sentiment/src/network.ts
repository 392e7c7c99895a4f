import * as tf from '@tensorflow/tfjs-core';
import * as nn from '@unrolled/cells';
import { type PaddedSequences, padSequences } from '@unrolled/data';
import type { ReadEmbeddings } from '@unrolled/data/node';
import { binaryCrossEntropy } from '@unrolled/losses';

/** How large a network is. */
export interface Sizes {
  /** Words that it knows, the unknown one among them. */
  readonly vocabularySize: number;
  /** Numbers that stand for a word. */
  readonly dimension: number;
  /** Of each LSTM. */
  readonly units: number;
}

/**
 * Two LSTMs read the words, one from each end. What they say at each word is averaged by shares that are learned
 * (Yang et al., 2016), and one number says how glad the whole is: the logit of a yes.
 */
export const network = (sizes: Sizes) => nn.stack(partsOf(sizes));

function partsOf({ vocabularySize, dimension, units }: Sizes) {
  const reader = nn.lstm({ inputSize: dimension, units });
  return [
    nn.embedding({ vocabularySize, dimension }),
    nn.dropout({ rate: 0.5 }),
    nn.bidirectional(reader, reader),
    nn.attentionPool1d(),
    nn.dropout({ rate: 0.5 }),
    nn.dense({ inputSize: 2 * units, units: 1 }),
  ] as const;
}

export type Network = ReturnType<typeof network>;
export type Params = nn.ParamsOf<Network>;

/** What training begins with: draws of the seed, or for words the rows of a file. */
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

/** Texts as ids, filled up, with 1 for glad and 0 for angry. */
export interface Batch {
  readonly texts: PaddedSequences;
  readonly labels: readonly number[];
}

const tensorOf = ({ values, count, length }: PaddedSequences) =>
  tf.tensor2d(values, [count, length], 'int32');

/** The logits [B, 1] of texts. */
function logitsOf(model: Network, params: Params, texts: PaddedSequences, context?: nn.Context): tf.Tensor2D {
  return nn.unroll(model, params, tensorOf(texts), { lengths: texts.lengths, context }).output;
}

/** Nats per text. While it learns, a fifth of the words is hidden and no label is quite sure, so that it relies on no single word. */
export function lossOf(model: Network, params: Params, { texts, labels }: Batch, context: nn.Context) {
  const read = context.training ? withGaps(texts, model.inputSize - 1, context.seed) : texts;
  const logits = logitsOf(model, params, read, context);
  return binaryCrossEntropy(logits, labels, { labelSmoothing: context.training ? 0.1 : 0 });
}

/** The same texts with the unknown word in the place of some. */
function withGaps(texts: PaddedSequences, unknownId: number, seed: number): PaddedSequences {
  const { uniform } = nn.random(seed);
  return { ...texts, values: texts.values.map((id) => (uniform() < 0.2 ? unknownId : id)) };
}

/** How probable it is that each text is glad, in their order. */
export function gladness(model: Network, params: Params, texts: readonly Int32Array[]): Float32Array {
  const order = texts.map((_, index) => index).sort((a, b) => texts[a]!.length - texts[b]!.length);
  const found = new Float32Array(texts.length);
  for (let start = 0; start < order.length; start += 64) {
    const some = order.slice(start, start + 64);
    const padded = padSequences(some.map((index) => texts[index]!));
    const values = tf.tidy(() => tf.sigmoid(logitsOf(model, params, padded)).dataSync());
    for (const [row, index] of some.entries()) found[index] = values[row]!;
  }
  return found;
}

/** What decided about a text: how probable glad is, and of each word what it counted and where it pulled. */
export interface Decision {
  readonly glad: number;
  /** The word's share of attention; they sum to 1. */
  readonly shares: Float32Array;
  /** Gradient × input: how much of the logit goes with the word's embedding, above 0 towards glad. */
  readonly pulls: Float32Array;
}

/** Takes the network apart to see which words decide. */
export function decisionOf(model: Network, params: Params, text: Int32Array): Decision {
  const [table, , readers, pool, , head] = (
    nn.structureOf(model) as unknown as { parts: ReturnType<typeof partsOf> }
  ).parts;
  const [ofTable, , ofReaders, ofPool, , ofHead] = params;
  return tf.tidy(() => {
    const words = nn.unroll(table, ofTable, tf.tensor2d(text, [1, text.length], 'int32')).output;
    const read = (x: tf.Tensor3D) => nn.unroll(readers, ofReaders, x).output;
    const judged = (x: tf.Tensor3D) => {
      const pooled = nn.unroll(pool, ofPool, read(x)).output;
      return tf.squeeze<tf.Scalar>(head.step(ofHead, pooled, {}).output);
    };
    const { value, grad } = tf.valueAndGrad(judged)(words);
    return {
      glad: tf.sigmoid(value).dataSync()[0]!,
      shares: nn.poolingShares(pool, ofPool, read(words)).dataSync<'float32'>(),
      pulls: tf.sum(tf.mul(grad, words), 2).dataSync<'float32'>(),
    };
  });
}
