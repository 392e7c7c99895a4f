import * as tf from '@tensorflow/tfjs-core';
import * as nn from '@unrolled/cells';
import { type PaddedSequences, padSequences } from '@unrolled/data';
import type { Side } from '@unrolled/example-data';
import { sequenceLoss } from '@unrolled/losses';
import { type BeamCandidate, beamSearchBatch, modelLoss } from '@unrolled/training';

/**
 * A bidirectional LSTM encoder: 2 · units values for each source token. An LSTM decoder attends to them at
 * each step with the score `general` (Luong et al., 2015), and predicts the next token from its output and
 * the attention context. The target has two special tokens besides its own.
 */
export function network(source: Side, target: Side, units: number) {
  const size = Math.ceil(units / 2);
  const [ids, outputs] = [source.vocabulary.size, target.vocabulary.size + 2];
  const reader = nn.lstm({ inputSize: size, units });
  const encoder = nn.stack([
    nn.embedding({ vocabularySize: ids, dimension: size }),
    nn.dropout({ rate: 0.2 }),
    nn.bidirectional(reader, reader),
  ]);
  const looking = { memorySize: 2 * units, score: 'general', attentionUnits: units } as const;
  const decoder = nn.stack([
    nn.embedding({ vocabularySize: outputs, dimension: size }),
    nn.dropout({ rate: 0.2 }),
    nn.attentionWrapper(nn.lstm({ inputSize: size, units }), looking),
    nn.dropout({ rate: 0.2 }),
    nn.dense({ inputSize: units, units: outputs }),
  ]);
  return nn.encoderDecoder(encoder, decoder);
}

export type Network = ReturnType<typeof network>;
export type Params = nn.ParamsOf<Network>;

/** A network with the tokens of its two sides. */
export interface Translator {
  readonly model: Network;
  readonly params: Params;
  readonly source: Side;
  readonly target: Side;
}

/** The marks before and after every target. */
export const marksOf = ({ vocabulary: { size } }: Side) => ({ startId: size, endId: size + 1 });

const tensorOf = ({ values, count, length }: PaddedSequences) =>
  tf.tensor2d(values, [count, length], 'int32');

/**
 * Nats per token of the target, each predicted from the earlier tokens of the true target. Its steps run by a
 * plan.
 */
export const lossOf = (model: Network) => modelLoss(model, sequenceLoss, { labelSmoothing: 0.1 });

/** Maximum number of source tokens; longer texts are truncated. */
export const MOST_TOKENS = 1000;

/**
 * The most likely translations of each text, best first, with the attention of each token; width 1 is greedy.
 */
export function translate(translator: Translator, texts: readonly string[], width: number, best = 1) {
  const { model, params, source, target } = translator;
  const { startId, endId } = marksOf(target);
  const sources = texts.map((text, index) => ({ index, ids: source.encode(text).subarray(0, MOST_TOKENS) }));
  sources.sort((a, b) => b.ids.length - a.ids.length);
  const found: BeamCandidate[][] = [];
  // Texts of similar length share a batch: 256, fewer if they are long.
  for (let start = 0, count = 0; start < sources.length; start += count) {
    count = Math.max(1, Math.min(256, Math.floor(16_000 / sources[start]!.ids.length)));
    const rows = sources.slice(start, start + count);
    const padded = padSequences(rows.map(({ ids }) => ids));
    const read = tensorOf(padded);
    const initialState = nn.encode(model, params, read, { lengths: padded.lengths });
    const beams = beamSearchBatch({
      ...{ model, params, initialState, width, best, prime: [startId], stopAt: endId },
      exclude: [startId, target.vocabulary.unknownId ?? startId],
      minLength: 1,
      length: Math.min(target.longest, MOST_TOKENS, 8 * padded.length + 10),
      constantState: nn.constantStatePaths(model),
      outputOf: ({ state }) => state[2].alignments,
    });
    nn.disposeTree([read, initialState]);
    for (const [row, candidates] of beams.entries()) found[rows[row]!.index] = candidates;
  }
  return found;
}
