import * as tf from '@tensorflow/tfjs-core';
import * as nn from '@unrolled/cells';
import { endOf, type Language, markOf, type Names, type Picture } from '@unrolled/example-data';
import { sequenceLoss } from '@unrolled/losses';
import { type BeamCandidate, beamSearchBatch, tokenBatch } from '@unrolled/training';
import type { CaptionBatch } from './batches';
import { STROKE_CELLS, STROKES, strokesOf } from './strokes';

/** Pixels along a side of the pictures, and cells along a side that the decoder attends to. */
export const [PIXELS, CELLS] = [32, 4];

/**
 * The power of the emoji probabilities in the decoder's initial state: the decoder should name one emoji, not
 * an average.
 */
const SHARPNESS = 2;

/** How many tokens and emoji there are. */
export interface Counts {
  readonly tokens: number;
  readonly kinds: number;
}

/**
 * Two convolutions over a drawing's strokes give the 4 × 4 cells that the decoder attends to. A summary of
 * strokes and cells predicts the probability of each emoji. The decoder's initial state is the weighted sum
 * of learned vectors, one for each emoji. Its LSTM reads the previous token and the previous attention
 * context, attends to the cells with the score `general` (Luong et al., 2015), and predicts the next token.
 *
 * @param counts number of tokens, including the marks, and of kinds of emoji
 * @param sizes filters of the first convolution (the second has twice as many), and units of the decoder's
 *   LSTM
 */
export function network(counts: Counts, sizes: { readonly width: number; readonly units: number }) {
  const { tokens, kinds } = counts;
  const { width, units } = sizes;
  const convolution = (inputSize: number, filters: number, stride: number) =>
    nn.conv2d({ inputSize, filters, kernelSize: 3, stride, padding: 'same', activation: 'tanh' });
  const eye = nn.stack([convolution(STROKES, width, 1), convolution(width, 2 * width, 2)]);
  const cells = nn.stack([nn.pixelSteps({ inputSize: 2 * width }), nn.layerNorm()]);
  const summaryOf = (side: number, inputSize: number) =>
    nn.stack([
      nn.flatten({ height: side, width: side, inputSize }),
      nn.dropout({ rate: 0.1 }),
      nn.dense({ inputSize: side ** 2 * inputSize, units: 2 * units }),
    ]);
  const [drawn, seen] = [summaryOf(STROKE_CELLS, STROKES), summaryOf(CELLS, 2 * width)];
  const kind = nn.stack([
    nn.layerNorm({ inputSize: 2 * units }),
    nn.dropout({ rate: 0.1 }),
    nn.dense({ inputSize: 2 * units, units: kinds }),
  ]);
  // A vector for each emoji, as long as a standard normal one, so that they are distinct at the start.
  const kernelInitializer = nn.normal(1);
  const idea = nn.dense({ inputSize: kinds, units: 2 * units, activation: 'tanh', kernelInitializer });
  const size = units / 2;
  const looking = { memorySize: 2 * width, attentionUnits: units, inputFeeding: true };
  const decoder = nn.stack([
    nn.embedding({ vocabularySize: tokens, dimension: size }),
    nn.dropout({ rate: 0.2 }),
    nn.attentionWrapper(nn.lstm({ inputSize: size + units, units }), looking),
    nn.dropout({ rate: 0.2 }),
    nn.dense({ inputSize: units, units: tokens }),
  ]);
  const parts = { eye, cells, drawn, seen, kind, idea, decoder };
  const init = (seed: number) => ({
    eye: eye.init(seed),
    cells: cells.init(seed),
    drawn: drawn.init(seed + 1),
    seen: seen.init(seed + 2),
    kind: kind.init(seed + 3),
    idea: idea.init(seed + 4),
    decoder: decoder.init(seed + 5),
  });
  return { ...parts, init };
}

export type Network = ReturnType<typeof network>;
export type Params = ReturnType<Network['init']>;

/** A network and the meaning of its tokens. */
export interface Captioner {
  readonly model: Network;
  readonly params: Params;
  readonly names: Names;
}

/** [B, 8, 8, 9]: the drawings' strokes. */
const tensorOf = (pictures: readonly Picture[]) =>
  tf.tidy(() =>
    tf.stack(
      pictures.map((picture) => tf.tensor3d(strokesOf(picture), [STROKE_CELLS, STROKE_CELLS, STROKES])),
    ),
  );

/**
 * The logits of each emoji, [B, 1, kinds], and the decoder's initial state: the cells that it attends to, and
 * its LSTM's h and c.
 */
function look(model: Network, params: Params, pictures: readonly Picture[], context?: nn.Context) {
  const strokes = tensorOf(pictures) as tf.Tensor4D;
  const { output: picture } = nn.unroll(model.eye, params.eye, strokes, { context });
  const { output: memory } = nn.unroll(model.cells, params.cells, picture, { context });
  const { output: drawn } = nn.unroll(model.drawn, params.drawn, strokes, { context });
  const { output: seen } = nn.unroll(model.seen, params.seen, picture, { context });
  const summary = tf.expandDims<tf.Tensor3D>(tf.add(drawn, seen), 1);
  const { output: kind } = nn.unroll(model.kind, params.kind, summary, { context });
  const belief = tf.softmax(tf.mul(kind, SHARPNESS)) as tf.Tensor3D;
  const { output: idea } = nn.unroll(model.idea, params.idea, belief, { context });
  const [h, c] = tf.split(tf.squeeze<tf.Tensor2D>(idea, [1]), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  const state = [{}, {}, { h, c }, {}, {}] as const;
  return { kind, initialState: nn.attend(model.decoder, params.decoder, memory, { state }) };
}

/**
 * Nats per token of the names, each predicted from the picture, the language and the earlier tokens of the
 * true name; and nats per picture of its emoji.
 */
export function lossOf(
  model: Network,
  params: Params,
  { pictures, kinds, names }: CaptionBatch,
  context: nn.Context,
) {
  const { kind, initialState } = look(model, params, pictures, context);
  const { inputs, targets } = tokenBatch(names);
  const { output } = nn.unroll(model.decoder, params.decoder, inputs, { initialState, context });
  const named = sequenceLoss(output, targets, { lengths: names.lengths, labelSmoothing: 0.1 });
  const shown = tf.tensor2d(kinds, [kinds.length, 1], 'int32');
  return tf.add<tf.Scalar>(named, sequenceLoss(kind, shown, { labelSmoothing: 0.1 }));
}

/**
 * The most likely names of each picture in a language, with the attention of each token; width 1 is greedy.
 */
export function caption(
  captioner: Captioner,
  pictures: readonly Picture[],
  language: Language,
  width: number,
) {
  const { model, params, names } = captioner;
  const marks = names.languages.map((own) => markOf(names, own));
  const found: BeamCandidate[] = [];
  for (let start = 0; start < pictures.length; start += 128) {
    tf.tidy(() => {
      const { initialState } = look(model, params, pictures.slice(start, start + 128));
      const beams = beamSearchBatch({
        ...{ model: model.decoder, params: params.decoder, initialState, width, best: 1 },
        ...{ prime: [markOf(names, language)], stopAt: endOf(names), exclude: marks },
        ...{ minLength: 1, length: 2 * names.side.longest },
        constantState: nn.constantStatePaths(model.decoder),
        outputOf: ({ state }) => state[2].alignments,
      });
      found.push(...beams.map(([best]) => best!));
    });
  }
  return found;
}
