import * as tf from '@tensorflow/tfjs-core';
import * as nn from '@unrolled/cells';
import { endOf, type Language, markOf, type Names, type Picture } from '@unrolled/example-data';
import { sequenceLoss } from '@unrolled/losses';
import { type BeamCandidate, beamSearchBatch, tokenBatch } from '@unrolled/training';
import type { CaptionBatch } from './batches';

/** Pixels of a side of the pictures, and cells of a side that the decoder can look at. */
export const [PIXELS, CELLS] = [32, 4];

/** How many tokens and emoji there are. */
export interface Counts {
  readonly tokens: number;
  readonly kinds: number;
}

/**
 * The eye: four convolutions make 4 × 4 cells of a picture of 32 × 32 pixels; each halves the picture but for the third. A
 * summary of all cells is what the decoder begins with. The decoder's LSTM reads the name so far and what it attended to in
 * the step before, looks at the cells by the score `general` (Luong et al., 2015), and says the next token.
 *
 * In training a dense layer also tells from the summary which emoji the picture shows. Without it the decoder learns names by
 * heart before it looks, and the eye, of which nothing is asked meanwhile, goes blind: its outputs all come to −1 or 1.
 *
 * @param counts tokens that names are made of, the marks among them; kinds of emoji that are learned
 * @param sizes filters of the first convolution, of which the last has eight times as many; units of the decoder's LSTM
 */
export function network(counts: Counts, sizes: { readonly width: number; readonly units: number }) {
  const { tokens, kinds } = counts;
  const { width, units } = sizes;
  const convolution = (inputSize: number, filters: number, kernelSize: number, stride: number) =>
    nn.conv2d({ inputSize, filters, kernelSize, stride, padding: 'same', activation: 'tanh' });
  const eye = nn.stack([
    convolution(3, width, 5, 2),
    convolution(width, 2 * width, 3, 2),
    convolution(2 * width, 4 * width, 3, 1),
    convolution(4 * width, 8 * width, 3, 2),
  ]);
  const cells = nn.stack([nn.pixelSteps({ inputSize: 8 * width }), nn.layerNorm()]);
  const summary = nn.stack([
    nn.flatten({ height: CELLS, width: CELLS, inputSize: 8 * width }),
    nn.dropout({ rate: 0.2 }),
    nn.dense({ inputSize: CELLS ** 2 * 8 * width, units: 2 * units, activation: 'tanh' }),
  ]);
  const kind = nn.stack([nn.dropout({ rate: 0.2 }), nn.dense({ inputSize: 2 * units, units: kinds })]);
  const size = units / 2;
  const looking = { memorySize: 8 * width, attentionUnits: units, inputFeeding: true };
  const decoder = nn.stack([
    nn.embedding({ vocabularySize: tokens, dimension: size }),
    nn.dropout({ rate: 0.2 }),
    nn.attentionWrapper(nn.lstm({ inputSize: size + units, units }), looking),
    nn.dropout({ rate: 0.2 }),
    nn.dense({ inputSize: units, units: tokens }),
  ]);
  const init = (seed: number) => ({
    eye: eye.init(seed),
    cells: cells.init(seed),
    summary: summary.init(seed + 1),
    decoder: decoder.init(seed + 2),
    kind: kind.init(seed + 3),
  });
  return { eye, cells, summary, decoder, kind, init };
}

export type Network = ReturnType<typeof network>;
export type Params = ReturnType<Network['init']>;

/** A network with what its tokens mean. */
export interface Captioner {
  readonly model: Network;
  readonly params: Params;
  readonly names: Names;
}

/** [B, 32, 32, 3]: red, green and blue, about 0, so that no channel is as good as constant. */
function tensorOf(pictures: readonly Picture[]) {
  const pixels = new Float32Array(pictures.length * 3 * PIXELS ** 2);
  for (const [row, picture] of pictures.entries()) pixels.set(picture, row * picture.length);
  return tf.tensor4d(
    pixels.map((value) => 3 * value - 2),
    [pictures.length, PIXELS, PIXELS, 3],
  );
}

/** The summary [B, 2 × units], and the decoder's first state: what it will look at, and the summary as its LSTM's h and c. */
function look(model: Network, params: Params, pictures: readonly Picture[], context?: nn.Context) {
  const { output: seen } = nn.unroll(model.eye, params.eye, tensorOf(pictures), { context });
  const { output: memory } = nn.unroll(model.cells, params.cells, seen, { context });
  const { output: summary } = nn.unroll(model.summary, params.summary, seen, { context });
  const [h, c] = tf.split(summary, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  const state = [{}, {}, { h, c }, {}, {}] as const;
  return { summary, initialState: nn.attend(model.decoder, params.decoder, memory, { state }) };
}

/**
 * Nats per token of the names, each told from the picture, the language and those before it in the right name; and nats per
 * picture of the emoji that it shows.
 */
export function lossOf(
  model: Network,
  params: Params,
  { pictures, kinds, names }: CaptionBatch,
  context: nn.Context,
) {
  const { summary, initialState } = look(model, params, pictures, context);
  const { inputs, targets } = tokenBatch(names);
  const { output } = nn.unroll(model.decoder, params.decoder, inputs, { initialState, context });
  const named = sequenceLoss(output, targets, { lengths: names.lengths, labelSmoothing: 0.1 });
  const once = tf.expandDims<tf.Tensor3D>(summary, 1);
  const { output: kind } = nn.unroll(model.kind, params.kind, once, { context });
  const shown = tf.tensor2d(kinds, [kinds.length, 1], 'int32');
  return tf.add<tf.Scalar>(named, sequenceLoss(kind, shown, { labelSmoothing: 0.1 }));
}

/** The likeliest names of each picture in a language, with where each token looked; width 1 is greedy. */
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
