import * as tf from '@tensorflow/tfjs-core';
import * as nn from '@unrolled/cells';
import { type PaddedSequences, padSequences } from '@unrolled/data';
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
 * Two LSTMs read the words, one from each end. Their outputs at each word are averaged by learned weights
 * (Yang et al., 2016), and one number says how glad the whole is: the logit of a yes.
 */
export const network = (sizes: Sizes) => nn.stack(partsOf(sizes));

export function partsOf({ vocabularySize, dimension, units }: Sizes) {
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

/**
 * What keeps a network from learning its texts by heart: the share of words that it does not see, and what
 * each label lacks of certainty.
 */
export interface Restraint {
  readonly hide: number;
  readonly labelSmoothing: number;
}

/** Nats per text. The restraint acts while it learns alone. */
export function lossOf(
  model: Network,
  params: Params,
  { texts, labels }: Batch,
  { context, hide, labelSmoothing }: Restraint & { context: nn.Context },
) {
  const read = context.training ? withGaps(texts, model.inputSize - 1, hide, context.seed) : texts;
  const logits = logitsOf(model, params, read, context);
  return binaryCrossEntropy(logits, labels, { labelSmoothing: context.training ? labelSmoothing : 0 });
}

/** The same texts with the unknown word in the place of some. */
function withGaps(texts: PaddedSequences, unknownId: number, share: number, seed: number): PaddedSequences {
  const { uniform } = nn.random(seed);
  return { ...texts, values: texts.values.map((id) => (uniform() < share ? unknownId : id)) };
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
