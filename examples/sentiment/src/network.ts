import * as tf from '@tensorflow/tfjs-core';
import * as nn from '@unrolled/cells';
import { type PaddedSequences, padSequences } from '@unrolled/data';
import { binaryCrossEntropy } from '@unrolled/losses';

/** The sizes of a network. */
export interface Sizes {
  /** Number of words and pairs of words, including the unknown one. */
  readonly vocabularySize: number;
  /** Units of each LSTM. An embedding has twice this size. */
  readonly units: number;
}

/**
 * A word's input is the mean of two embeddings: its own, and that of the pair with the word before it. A
 * bidirectional LSTM reads the inputs, and its outputs are added to them (residual), so a word whose meaning
 * does not depend on the context needs no LSTM. Attention averages the sums over time (Yang et al., 2016).
 * The dense layer returns the logit of "positive".
 */
export const network = (sizes: Sizes) => nn.stack(partsOf(sizes));

export function partsOf({ vocabularySize, units }: Sizes) {
  const dimension = 2 * units;
  const reader = nn.lstm({ inputSize: dimension, units });
  return [
    nn.embedding({ vocabularySize, dimension }),
    nn.averagePool1d({ inputSize: dimension, size: 2 }),
    nn.dropout({ rate: 0.5 }),
    nn.residual(nn.bidirectional(reader, reader)),
    nn.attentionPool1d(),
    nn.dropout({ rate: 0.5 }),
    nn.dense({ inputSize: dimension, units: 1 }),
  ] as const;
}

export type Network = ReturnType<typeof network>;
export type Params = nn.ParamsOf<Network>;

/** Padded ids of texts, and their labels: 1 is positive, 0 negative. */
export interface Batch {
  readonly texts: PaddedSequences;
  readonly labels: readonly number[];
}

const tensorOf = ({ values, count, length }: PaddedSequences) =>
  tf.tensor2d(values, [count, length], 'int32');

/** Logits [B, 1] of padded texts. */
function logitsOf(model: Network, params: Params, texts: PaddedSequences, context?: nn.Context): tf.Tensor2D {
  return nn.unroll(model, params, tensorOf(texts), { lengths: texts.lengths, context }).output;
}

/** Regularisation: the share of words and pairs that training hides, and label smoothing. */
export interface Regularisation {
  readonly hide: number;
  readonly labelSmoothing: number;
}

/** The loss in nats per text. The regularisation applies in training only. */
export function lossOf(
  model: Network,
  params: Params,
  { texts, labels }: Batch,
  { context, hide, labelSmoothing }: Regularisation & { context: nn.Context },
) {
  const read = context.training ? withGaps(texts, model.inputSize - 1, hide, context.seed) : texts;
  const logits = logitsOf(model, params, read, context);
  return binaryCrossEntropy(logits, labels, { labelSmoothing: context.training ? labelSmoothing : 0 });
}

/** Replaces a random share of the words and pairs by the unknown word. */
function withGaps(texts: PaddedSequences, unknownId: number, share: number, seed: number): PaddedSequences {
  const { uniform } = nn.random(seed);
  return { ...texts, values: texts.values.map((id) => (uniform() < share ? unknownId : id)) };
}

/** The probability that each text is positive, in the order of `texts`. */
export function probabilitiesOf(model: Network, params: Params, texts: readonly Int32Array[]): Float32Array {
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
