import * as tf from '@tensorflow/tfjs-core';
import * as nn from '@unrolled/cells';
import { endOf, type Language, markOf, type Names, type Picture } from '@unrolled/example-data';
import { sequenceLoss } from '@unrolled/losses';
import { type BeamCandidate, beamSearchBatch, tokenBatch } from '@unrolled/training';
import type { CaptionBatch } from './batches';

/** Pixels of a side of the pictures, and cells of a side that the decoder can look at. */
export const [PIXELS, CELLS] = [32, 4];

/**
 * The eye: four convolutions make 4 × 4 cells of a picture of 32 × 32 pixels; each halves the picture but for the third. A
 * summary of all cells is what the decoder begins with. The decoder's LSTM reads the name so far and what it attended to in
 * the step before, looks at the cells by the score `general` (Luong et al., 2015), and says the next token.
 *
 * @param tokens what names are made of, the marks among them
 * @param sizes filters of the first convolution, of which the last has eight times as many; units of the decoder's LSTM
 */
export function network(tokens: number, sizes: { readonly width: number; readonly units: number }) {
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
  });
  return { eye, cells, summary, decoder, init };
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

/** The decoder's first state: what it will look at, and the summary as its LSTM's h and c. */
function look(model: Network, params: Params, pictures: readonly Picture[], context?: nn.Context) {
  const { output: seen } = nn.unroll(model.eye, params.eye, tensorOf(pictures), { context });
  const { output: memory } = nn.unroll(model.cells, params.cells, seen, { context });
  const { output: all } = nn.unroll(model.summary, params.summary, seen, { context });
  const [h, c] = tf.split(all, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return nn.attend(model.decoder, params.decoder, memory, { state: [{}, {}, { h, c }, {}, {}] });
}

/** Nats per token of the names: each is told from the picture, the language and those before it in the right name. */
export function lossOf(
  model: Network,
  params: Params,
  { pictures, names }: CaptionBatch,
  context: nn.Context,
) {
  const initialState = look(model, params, pictures, context);
  const { inputs, targets } = tokenBatch(names);
  const { output } = nn.unroll(model.decoder, params.decoder, inputs, { initialState, context });
  return sequenceLoss(output, targets, { lengths: names.lengths, labelSmoothing: 0.1 });
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
      const initialState = look(model, params, pictures.slice(start, start + 128));
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
