/**
 * Encoder–decoders as two graphs in onnxruntime, one for a source and one for steps, against our own outputs
 * and alignments.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyCell,
  attentionWrapper,
  bidirectional,
  type Cell,
  conv2d,
  dense,
  disposeTree,
  type EncoderDecoder,
  embedding,
  encode,
  encoderDecoder,
  flattenParams,
  gru,
  layerNorm,
  lstm,
  pixelSteps,
  stack,
  unroll,
} from '@unrolled/cells';
import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { toOnnx, toOnnxEncoder } from '../src/index';
import { complaint, expectClose, someParams, withoutLeak } from './support';

const [BATCH, SOURCE, STEPS] = [3, 5, 4];
const SOURCE_LENGTHS = [5, 1, 3];

const both = () => bidirectional(lstm({ inputSize: 3, units: 4 }), lstm({ inputSize: 3, units: 4 }));
const read = stack([embedding({ vocabularySize: 7, dimension: 3 }), both(), layerNorm()]);
const said = embedding({ vocabularySize: 6, dimension: 3 });
const cellOf = (inputSize: number) => lstm({ inputSize, units: 4 });
const head = (inputSize: number) => dense({ inputSize, units: 6 });

const additive = { memorySize: 8, score: 'additive', units: 5 } as const;
const fed = { attentionUnits: 6, inputFeeding: true } as const;
const models: Record<string, unknown> = {
  'additive, two layers, a dense bridge': encoderDecoder(
    read,
    stack([said, attentionWrapper(stack([cellOf(3), gru({ inputSize: 4, units: 5 })]), additive), head(13)]),
  ),
  'normalized, with input feeding': encoderDecoder(
    read,
    stack([said, attentionWrapper(cellOf(9), { ...additive, ...fed, normalized: true }), head(6)]),
  ),
  'general, a learned bridge': encoderDecoder(
    read,
    stack([
      said,
      attentionWrapper(cellOf(3), { memorySize: 8, attentionUnits: 6, activation: 'relu' }),
      head(6),
    ]),
    { bridge: 'learned' },
  ),
  'dot, copied states': encoderDecoder(
    stack([embedding({ vocabularySize: 7, dimension: 3 }), both()]),
    stack([
      said,
      attentionWrapper(lstm({ inputSize: 3, units: 8 }), { memorySize: 8, score: 'dot' }),
      head(16),
    ]),
    { bridge: 'copy' },
  ),
  'scaled, no bridge, and a second wrapper': encoderDecoder(
    stack([embedding({ vocabularySize: 7, dimension: 3 }), gru({ inputSize: 3, units: 4 })]),
    stack([
      said,
      attentionWrapper(gru({ inputSize: 3, units: 4 }), {
        memorySize: 4,
        score: 'scaled',
        attentionUnits: 5,
      }),
      attentionWrapper(gru({ inputSize: 5, units: 3 }), { memorySize: 4, score: 'general' }),
      head(7),
    ]),
    { bridge: 'zero' },
  ),
};
const pictures = encoderDecoder(
  stack([conv2d({ inputSize: 2, filters: 3, kernelSize: 2 }), pixelSteps()]),
  stack([said, attentionWrapper(cellOf(3), { memorySize: 3, attentionUnits: 5 }), head(5)]),
  { bridge: 'learned' },
);

// biome-ignore lint/suspicious/noExplicitAny: whichever parts a case has.
type Whole = EncoderDecoder<any, Cell<any, any, 'ids'>>;
type Values = Record<string, ort.Tensor>;

const ids = (values: Int32Array, shape: readonly number[]) =>
  new ort.Tensor('int64', BigInt64Array.from(values, BigInt), shape);

const start = (bytes: Uint8Array) => ort.InferenceSession.create(bytes);

/** Runs a graph with what it takes of some values. */
async function run(session: ort.InferenceSession, values: Values): Promise<Values> {
  const known = Object.entries(values).filter(([name]) => session.inputNames.includes(name));
  return (await session.run(Object.fromEntries(known))) as Values;
}

/** The state that a step leaves, as the next one takes it. */
const carried = (result: Values): Values =>
  Object.fromEntries(
    Object.entries(result).map(([name, value]) => [name.replace(/^final_state/, 'initial_state'), value]),
  );

async function expectAgreement(model: Whole, source: tf.Tensor, lengths?: number[]): Promise<void> {
  const params = someParams(model as AnyCell) as never;
  const inputs = tf.randomUniformInt([BATCH, STEPS], 0, 6, 3) as tf.Tensor2D;
  const initialState = encode(model, params, source as never, { lengths });
  const { output, state } = unroll(model, params, inputs, { initialState });

  const data = source.dataSync();
  const given =
    data instanceof Int32Array ? ids(data, source.shape) : new ort.Tensor(data as Float32Array, source.shape);
  const ragged = lengths && { lengths: new ort.Tensor('int32', Int32Array.from(lengths), [BATCH]) };
  const encoder = await start(toOnnxEncoder(model, params, { lengths: lengths !== undefined }));
  const first = await run(encoder, { input: given, ...ragged });
  const decoder = await start(toOnnx(model, params, { state: true }));
  let [feed, result] = [first, {} as Values];
  for (let step = 0; step < STEPS; step++) {
    const input = ids(inputs.dataSync<'int32'>().filter((_, index) => index % STEPS === step) as Int32Array, [
      BATCH,
      1,
    ]);
    result = await run(decoder, { ...feed, input });
    const expected = tf.tidy(() => tf.slice(output, [0, step, 0], [-1, 1, -1]).dataSync());
    expectClose(result.output!.data as Float32Array, expected);
    feed = { ...feed, ...carried(result) };
  }
  // All steps in one run, where a step needs nothing of the one before but the cell's state.
  if (!decoder.inputNames.some((name) => name.endsWith('.attention'))) {
    result = await run(decoder, {
      ...first,
      input: ids(inputs.dataSync<'int32'>() as Int32Array, [BATCH, STEPS]),
    });
    expectClose(result.output!.data as Float32Array, output.dataSync());
  }
  await Promise.all([encoder.release(), decoder.release()]);
  const finals = flattenParams(state);
  const names = Object.keys(result).filter((name) => name !== 'output');
  expect(names.length).toBeGreaterThan(1);
  for (const name of names)
    expectClose(result[name]!.data as Float32Array, finals[name.replace('final_state.', '')]!.dataSync());
  disposeTree([params, inputs, initialState, output, state]);
}

it.each(Object.keys(models))('%s: gives our outputs and alignments, of ragged sources too', (name) =>
  withoutLeak(async () => {
    const source = tf.randomUniformInt([BATCH, SOURCE], 0, 7, 5);
    await expectAgreement(models[name] as Whole, source);
    await expectAgreement(models[name] as Whole, source, SOURCE_LENGTHS);
    source.dispose();
  }),
);

it('attends to the pixels of pictures', () =>
  withoutLeak(async () => {
    const source = tf.randomNormal([BATCH, 4, 3, 2], 0, 1, 'float32', 5);
    await expectAgreement(pictures as Whole, source);
    source.dispose();
  }));

it('refuses what has no encoder', () =>
  withoutLeak(async () => {
    const cell = gru({ inputSize: 3, units: 4 });
    const params = cell.init(1);
    expect(await complaint(() => toOnnxEncoder(cell, params))).toContain(
      'toOnnxEncoder: expected a model that encoderDecoder(encoder, decoder) created, got gru',
    );
    disposeTree(params);
  }));
