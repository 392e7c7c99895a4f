import * as tf from '@tensorflow/tfjs-core';
import * as nn from '@unrolled/cells';
import type { Language, Picture } from '@unrolled/example-data';
import { sequenceLoss } from '@unrolled/losses';
import { type BeamCandidate, beamSearchBatch, tokenBatch } from '@unrolled/training';
import { type CaptionBatch, endOf, markOf, type Names } from './captions';

/** Pixels of a side of the pictures, and cells of a side that the decoder can look at. */
export const [PIXELS, CELLS] = [32, 4];

/** How large a network is. */
export interface Sizes {
  /** Filters of the first convolution; the last has eight times as many. */
  readonly width: number;
  /** Of the decoder's LSTM. */
  readonly units: number;
}

/**
 * Four convolutions make 4 × 4 cells of a picture of 32 × 32 pixels; each halves the picture but for the third. An LSTM reads
 * the caption so far and what it attended to in the step before, looks at the cells by the score `general`
 * (Luong et al., 2015), and says the next token.
 *
 * @param tokens what captions are made of, the marks among them
 */
export function network(tokens: number, { width, units }: Sizes) {
  const convolution = (inputSize: number, filters: number, kernelSize: number, stride: number) =>
    nn.conv2d({
      ...{ inputSize, filters, kernelSize, stride, padding: 'same', activation: 'tanh' },
    });
  const encoder = nn.stack([
    convolution(3, width, 5, 2),
    convolution(width, 2 * width, 3, 2),
    convolution(2 * width, 4 * width, 3, 1),
    convolution(4 * width, 8 * width, 3, 2),
    nn.pixelSteps(),
    nn.layerNorm(),
    nn.dropout({ rate: 0.2 }),
  ]);
  const looking = { memorySize: 8 * width, score: 'general', attentionUnits: units } as const;
  const size = units / 2;
  const decoder = nn.stack([
    nn.embedding({ vocabularySize: tokens, dimension: size }),
    nn.dropout({ rate: 0.2 }),
    nn.attentionWrapper(nn.lstm({ inputSize: size + units, units }), { ...looking, inputFeeding: true }),
    nn.dropout({ rate: 0.2 }),
    nn.dense({ inputSize: units, units: tokens }),
  ]);
  // The encoder has no state: the decoder begins with numbers that are learned, and sees the picture by attention.
  return nn.encoderDecoder(encoder, decoder, { bridge: 'learned' });
}

export type Network = ReturnType<typeof network>;
export type Params = nn.ParamsOf<Network>;

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

/** Nats per token of the names: each is told from the picture, the language and those before it in the right name. */
export function lossOf(model: Network, params: Params, batch: CaptionBatch, context: nn.Context) {
  const initialState = nn.encode(model, params, tensorOf(batch.pictures), { context });
  const { inputs, targets } = tokenBatch(batch.names);
  const { output } = nn.unroll(model, params, inputs, { initialState, context });
  return sequenceLoss(output, targets, { lengths: batch.names.lengths, labelSmoothing: 0.1 });
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
    const read = tensorOf(pictures.slice(start, start + 128));
    const initialState = nn.encode(model, params, read);
    const beams = beamSearchBatch({
      ...{ model, params, initialState, width, best: 1, prime: [markOf(names, language)] },
      ...{ stopAt: endOf(names), exclude: marks, minLength: 1, length: 2 * names.side.longest },
      constantState: nn.constantStatePaths(model),
      outputOf: ({ state }) => state[2].alignments,
    });
    nn.disposeTree([read, initialState]);
    found.push(...beams.map(([best]) => best!));
  }
  return found;
}
