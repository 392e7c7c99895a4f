import * as tf from '@tensorflow/tfjs-core';
import { type Frames, stackFrames } from '@unrolled/audio';
import * as nn from '@unrolled/cells';
import { padSequences } from '@unrolled/data';
import { ctcLoss } from '@unrolled/losses';
import { type CtcCandidate, type CtcLanguageModel, ctcBeamSearch } from '@unrolled/training';
import type { Alphabet } from './alphabet';
import type { Batch } from './batches';
import { FEATURES, STACKED } from './features';

/**
 * Two bidirectional LSTM layers predict the probability of each label at each step. Class 0, the blank, means
 * no label. The positions of the labels are unknown: the loss sums the probabilities of all alignments (CTC).
 */
export function network(labels: number, units: number) {
  const layer = (inputSize: number) => nn.lstm({ inputSize, units });
  const [first, second] = [layer(FEATURES), layer(2 * units)];
  return nn.stack([
    nn.bidirectional(first, first),
    nn.dropout({ rate: 0.3 }),
    nn.bidirectional(second, second),
    nn.dropout({ rate: 0.3 }),
    nn.dense({ inputSize: 2 * units, units: labels + 1 }),
  ]);
}

export type Network = ReturnType<typeof network>;
export type Params = nn.ParamsOf<Network>;

/** A network with its labels. */
export interface Recogniser {
  readonly model: Network;
  readonly params: Params;
  readonly alphabet: Alphabet;
}

/** Logits [B, T, labels + 1], and the number of valid steps of each row. */
export function hearAll(model: Network, params: Params, list: readonly Frames[], context?: nn.Context) {
  const stacked = list.map((frames) => stackFrames(frames, STACKED).values);
  const { values, lengths, count, length } = padSequences(stacked, { features: FEATURES });
  const inputs = tf.tensor3d(values, [count, length, FEATURES]);
  const { output } = nn.unroll(model, params, inputs, { lengths, context });
  return { logits: output as tf.Tensor3D, lengths };
}

/** Nats per label. */
export function lossOf(model: Network, params: Params, { frames, targets }: Batch, context: nn.Context) {
  const { logits, lengths } = hearAll(model, params, frames, context);
  return ctcLoss(logits, targets, { inputLengths: lengths, zeroInfinity: true });
}

/** Options of the search: the beam's width, the number of results, and a language model. */
export interface Search {
  readonly width: number;
  readonly best?: number;
  readonly languageModel?: CtcLanguageModel<unknown, unknown, nn.InputKind>;
  readonly lengthBonus?: number;
}

/** The most likely labels of each utterance, best first, with their steps. */
export function recognise({ model, params }: Recogniser, list: readonly Frames[], search: Search) {
  const order = list.map((_, index) => index).sort((a, b) => list[b]!.count - list[a]!.count);
  const found: CtcCandidate[][] = [];
  for (let start = 0; start < order.length; start += 16) {
    const rows = order.slice(start, start + 16);
    const heard = tf.tidy(() =>
      hearAll(
        model,
        params,
        rows.map((row) => list[row]!),
      ),
    );
    const candidates = ctcBeamSearch(heard.logits, { ...search, inputLengths: heard.lengths });
    for (const [index, row] of rows.entries()) found[row] = candidates[index]!;
    tf.dispose(heard.logits);
  }
  return found;
}
