/**
 * Exported graphs in onnxruntime against our own outputs, for every architecture, with whole and with ragged
 * rows.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyLayer,
  type AnyPart,
  attentionWrapper,
  averagePool1d,
  averagePool2d,
  bidirectional,
  conv1d,
  conv2d,
  dense,
  disposeTree,
  dropout,
  dropoutWrapper,
  embedding,
  flatten,
  flattenParams,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool1d,
  globalMaxPool2d,
  gru,
  lastOutput,
  layerNorm,
  layerNormLstm,
  lstm,
  maxPool1d,
  maxPool2d,
  minGru,
  pixelSteps,
  residual,
  simpleRnn,
  stack,
  tiedEmbedding,
  unflattenParams,
  unroll,
} from '@unrolled/cells';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { type OnnxOptions, onnxGraph, toOnnx } from '../src/index';
import { complaint, expectClose, someParams, withoutLeak } from './support';

const BATCH = 4;
const STEPS = 5;
const LENGTHS = [5, 0, 1, 3];

const inner = residual(gru({ inputSize: 4, units: 4 }));
const deeper = stack([lstm({ inputSize: 4, units: 4 }), inner]);

const models: Record<string, AnyPart> = {
  rnn: simpleRnn({ inputSize: 3, units: 4 }),
  'rnn, relu': simpleRnn({ inputSize: 3, units: 4, activation: 'relu' }),
  'rnn, linear': simpleRnn({ inputSize: 3, units: 4, activation: 'linear' }),
  lstm: lstm({ inputSize: 3, units: 4 }),
  'lstm with peepholes': lstm({ inputSize: 3, units: 4, peepholes: true }),
  'lstm, hard sigmoid and softsign': lstm({
    inputSize: 3,
    units: 4,
    activation: 'softsign',
    recurrentActivation: 'hardSigmoid',
  }),
  'gru, reset after': gru({ inputSize: 3, units: 4 }),
  'gru, reset before': gru({ inputSize: 3, units: 4, variant: 'reset-before' }),
  'gru, hard sigmoid': gru({ inputSize: 3, units: 4, recurrentActivation: 'hardSigmoid' }),
  'lstm of one-hot ids': lstm({ inputSize: 6, units: 4, inputKind: 'ids' }),
  'bidirectional of ids': bidirectional(
    gru({ inputSize: 6, units: 4, inputKind: 'ids' }),
    lstm({ inputSize: 6, units: 3, inputKind: 'ids' }),
  ),
  stacked: stack([
    lstm({ inputSize: 3, units: 4 }),
    gru({ inputSize: 4, units: 5 }),
    simpleRnn({ inputSize: 5, units: 2 }),
  ]),
  'a dense head': stack([
    lstm({ inputSize: 3, units: 4 }),
    dense({ inputSize: 4, units: 5, activation: 'relu' }),
    dense({ inputSize: 5, units: 2, useBias: false, activation: 'hardSigmoid' }),
  ]),
  'an embedding': stack([embedding({ vocabularySize: 6, dimension: 3 }), gru({ inputSize: 3, units: 4 })]),
  'an embedding alone': embedding({ vocabularySize: 6, dimension: 3 }),
  'a tied embedding': tiedEmbedding(
    stack([lstm({ inputSize: 3, units: 4 }), dense({ inputSize: 4, units: 3 })]),
    {
      vocabularySize: 6,
    },
  ),
  bidirectional: bidirectional(lstm({ inputSize: 3, units: 4 }), lstm({ inputSize: 3, units: 4 })),
  'stacked, both directions': stack([
    bidirectional(gru({ inputSize: 3, units: 4 }), gru({ inputSize: 3, units: 4 })),
    bidirectional(gru({ inputSize: 8, units: 2 }), gru({ inputSize: 8, units: 2 })),
    dense({ inputSize: 4, units: 2 }),
  ]),
  'both directions of a stack, within both directions': bidirectional(
    stack([lstm({ inputSize: 3, units: 4 }), dense({ inputSize: 4, units: 2 })]),
    stack([bidirectional(gru({ inputSize: 3, units: 2 }), gru({ inputSize: 3, units: 2 }))]),
  ),
  'residual and dropout': stack([
    dropoutWrapper(simpleRnn({ inputSize: 3, units: 4 }), { input: 0.5 }),
    dropout({ size: 4, rate: 0.5 }),
    residual(deeper),
  ]),
  'many to one': lastOutput(stack([gru({ inputSize: 3, units: 4 }), dense({ inputSize: 4, units: 1 })])),
  'many to one, and what follows': stack([
    gru({ inputSize: 3, units: 4 }),
    lastOutput(lstm({ inputSize: 4, units: 3 })),
    dropout({ rate: 0.5 }),
    residual(dense({ inputSize: 3, units: 3, activation: 'tanh' })),
    stack([dense({ inputSize: 3, units: 2 }), dense({ inputSize: 2, units: 2, activation: 'relu' })]),
  ]),
  'many to one of ids': stack([
    embedding({ vocabularySize: 6, dimension: 3 }),
    stack([lastOutput(gru({ inputSize: 3, units: 4 })), dense({ inputSize: 4, units: 2 })]),
  ]),
  'many to one, both directions': lastOutput(
    bidirectional(lstm({ inputSize: 3, units: 4 }), lstm({ inputSize: 3, units: 4 })),
  ),
  'convolutions over time': stack([
    conv1d({ inputSize: 3, filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }),
    layerNorm({ inputSize: 4 }),
    conv1d({ inputSize: 4, filters: 3, kernelSize: 2, padding: [1, 2], dilation: 2, useBias: false }),
    maxPool1d({ size: 2, stride: 1 }),
    gru({ inputSize: 3, units: 2 }),
  ]),
  'convolutions with strides, and what follows': stack([
    conv1d({ inputSize: 3, filters: 4, kernelSize: 2, padding: 'causal' }),
    conv1d({ inputSize: 4, filters: 4, kernelSize: 3, padding: 'same', stride: 2 }),
    averagePool1d({ size: 2 }),
    lastOutput(lstm({ inputSize: 4, units: 3 })),
    layerNorm({ inputSize: 3 }),
    dense({ inputSize: 3, units: 2 }),
  ]),
  'the mean over time': stack([gru({ inputSize: 3, units: 4 }), globalAveragePool1d()]),
  'the largest over time of ids': stack([
    embedding({ vocabularySize: 6, dimension: 3 }),
    conv1d({ inputSize: 3, filters: 4, kernelSize: 3, padding: 'causal' }),
    globalMaxPool1d(),
    dense({ inputSize: 4, units: 2 }),
  ]),
  'convolutions in both directions': bidirectional(
    stack([
      conv1d({ inputSize: 3, filters: 4, kernelSize: 2, padding: 'causal' }),
      gru({ inputSize: 4, units: 2 }),
    ]),
    conv1d({ inputSize: 3, filters: 2, kernelSize: 3, padding: [0, 2], activation: 'tanh' }),
  ),
};

const pictures: Record<string, AnyPart> = {
  'a classifier of pictures': stack([
    conv2d({ inputSize: 2, filters: 3, kernelSize: 3, padding: 'same', stride: 2, activation: 'relu' }),
    maxPool2d({ size: 2, stride: 1, padding: 'same' }),
    globalAveragePool2d(),
    dense({ inputSize: 3, units: 2 }),
  ]),
  'pictures of pictures': stack([
    conv2d({
      inputSize: 2,
      filters: 3,
      kernelSize: [3, 2],
      padding: [
        [1, 0],
        [0, 2],
      ],
      dilation: [1, 2],
    }),
    averagePool2d({ size: [2, 1], padding: 'same' }),
    conv2d({ inputSize: 3, filters: 2, kernelSize: 2, padding: 'same', dilation: 2, useBias: false }),
  ]),
  'pixels as a vector': stack([
    conv2d({ inputSize: 2, filters: 3, kernelSize: 2, stride: [2, 1] }),
    flatten({ height: 3, width: 4 }),
    dense({ inputSize: 36, units: 2 }),
  ]),
  'a recurrent layer over pixels': stack([
    conv2d({ inputSize: 2, filters: 3, kernelSize: 2, padding: 1 }),
    averagePool2d({ size: 2 }),
    pixelSteps(),
    lstm({ inputSize: 3, units: 4 }),
  ]),
  'the largest of each channel': globalMaxPool2d({ inputSize: 2 }),
};

const draw = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);

function someInputs(model: AnyPart): Tensor {
  if (model.inputKind === 'pictures') return draw([BATCH, 6, 5, model.inputSize], 7);
  if (model.inputKind !== 'ids') return draw([BATCH, STEPS, model.inputSize], 7);
  return tf.randomUniformInt([BATCH, STEPS], 0, model.inputSize, 7);
}

const feed = (tensor: Tensor, idType: OnnxOptions['idType'] = 'int64'): ort.Tensor => {
  const { shape, dtype } = tensor;
  if (dtype === 'float32') return new ort.Tensor('float32', tensor.dataSync<'float32'>(), shape);
  const ids = tensor.dataSync<'int32'>() as Int32Array;
  return idType === 'int32'
    ? new ort.Tensor('int32', ids, shape)
    : new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), shape);
};

/** Our results and onnxruntime's by the graph's names: output and, with states, final_state.… */
async function runBoth(
  model: AnyPart,
  options: OnnxOptions,
): Promise<[Record<string, Tensor>, Record<string, ort.Tensor>]> {
  const params = someParams(model);
  const inputs = someInputs(model);
  const zero = model.zeroState(BATCH);
  const flatZero = flattenParams(zero);
  const initial = Object.entries(flatZero).map(
    ([path, { shape }], index) => [path, draw(shape, 20 + index)] as const,
  );
  const lengths = options.lengths ? LENGTHS : undefined;
  const initialState = options.state ? unflattenParams(zero, Object.fromEntries(initial)) : undefined;
  const ours = unroll(model as AnyLayer, params, inputs as never, { lengths, initialState });
  const finals = Object.entries(flattenParams(ours.state)).map(([path, tensor]) => [
    `final_state.${path}`,
    tensor,
  ]);

  const session = await ort.InferenceSession.create(toOnnx(model, params as never, options));
  const theirs = await session.run({
    input: feed(inputs, options.idType),
    ...(lengths && { lengths: new ort.Tensor('int32', Int32Array.from(lengths), [BATCH]) }),
    ...(options.state &&
      Object.fromEntries(initial.map(([path, tensor]) => [`initial_state.${path}`, feed(tensor)]))),
  });
  await session.release();
  disposeTree([params, inputs, zero, initial.map(([, tensor]) => tensor)]);
  return [{ output: ours.output, ...Object.fromEntries(finals) }, theirs as Record<string, ort.Tensor>];
}

async function expectAgreement(model: AnyPart, options: OnnxOptions): Promise<void> {
  await withoutLeak(async () => {
    const [ours, theirs] = await runBoth(model, options);
    const names = options.state ? Object.keys(ours) : ['output'];
    expect(Object.keys(theirs).sort()).toEqual([...names].sort());
    for (const name of names) {
      expect(theirs[name]!.dims, name).toEqual(ours[name]!.shape);
      expectClose(theirs[name]!.data as Float32Array, ours[name]!.dataSync());
    }
    disposeTree(Object.values(ours));
  });
}

describe.each(Object.keys(models))('%s', (name) => {
  const model = models[name]!;
  it('gives our outputs', () => expectAgreement(model, {}));
  it('gives our outputs and states for ragged rows and given states', () =>
    expectAgreement(model, { lengths: true, state: true, idType: 'int32' }));
});

describe.each(Object.keys(pictures))('%s', (name) => {
  it('gives our outputs', () => expectAgreement(pictures[name]!, {}));
});

it('takes any batch size and any number of steps', () =>
  withoutLeak(async () => {
    const model = stack([lstm({ inputSize: 3, units: 4 }), dense({ inputSize: 4, units: 2 })]);
    const params = someParams(model);
    const session = await ort.InferenceSession.create(toOnnx(model, params as never));
    for (const [batch, steps] of [
      [1, 1],
      [3, 9],
    ] as const) {
      const inputs = draw([batch, steps, 3], batch) as tf.Tensor3D;
      const { output, state } = unroll(model, params as never, inputs);
      const result = await session.run({ input: feed(inputs) });
      expectClose(result.output!.data as Float32Array, output.dataSync());
      disposeTree([inputs, output, state]);
    }
    await session.release();
    disposeTree(params);
  }));

it('names what goes in and out', () =>
  withoutLeak(async () => {
    const both = bidirectional(lstm({ inputSize: 3, units: 4 }), gru({ inputSize: 3, units: 2 }));
    const params = both.init(1);
    const session = await ort.InferenceSession.create(toOnnx(both, params, { lengths: true, state: true }));
    const states = ['forward.h', 'forward.c', 'backward.h'];
    expect(session.inputNames).toEqual([
      'input',
      'lengths',
      ...states.map((name) => `initial_state.${name}`),
    ]);
    expect(session.outputNames).toEqual(['output', ...states.map((name) => `final_state.${name}`)]);
    await session.release();
    disposeTree(params);
  }));

it('writes the same bytes for the same model', () =>
  withoutLeak(() => {
    const model = tiedEmbedding(lstm({ inputSize: 3, units: 3 }), { vocabularySize: 5 });
    const params = model.init(1);
    const metadata = { vocabulary: 'hielo' };
    expect(toOnnx(model, params, { metadata })).toEqual(toOnnx(model, params, { metadata }));
    expect(new TextDecoder().decode(toOnnx(model, params, { metadata }))).toContain('hielo');
    disposeTree(params);
  }));

describe('what ONNX has no operator for is refused by name', () => {
  const leaky: AnyPart = { ...simpleRnn({ inputSize: 3, units: 4 }), name: 'leaky' };
  const cases: [string, AnyPart, string][] = [
    ['projection', lstm({ inputSize: 3, units: 4, projection: 2 }), 'got lstm with projection'],
    ['cell clip', stack([lstm({ inputSize: 3, units: 4, cellClip: 1 })]), "got lstm at '0' with cell clip"],
    ['a minimal layer', stack([minGru({ inputSize: 3, units: 4 })]), "got minGru at '0' with a recurrence"],
    [
      'attention',
      stack([attentionWrapper(gru({ inputSize: 3, units: 4 }), { memorySize: 4 })]),
      'expected state: true, for a model with attention, got attentionWrapper(gru) without it',
    ],
    [
      'both a stride and a dilation beside padding',
      conv1d({ inputSize: 3, filters: 2, kernelSize: 3, padding: 'same', stride: 2, dilation: 2 }),
      "expected padding: 'same' with a stride of at most the size, and with either a stride or a dilation, got conv1d with a stride and a dilation",
    ],
    [
      "padding: 'same' with a stride of at most the size",
      averagePool2d({ inputSize: 3, size: 3, stride: [1, 4], padding: 'same' }),
      'either a stride or a dilation, got averagePool2d with a larger stride',
    ],
    [
      'a normalised LSTM',
      layerNormLstm({ inputSize: 3, units: 4 }),
      'expected only parts that ONNX export supports, got layerNormLstm',
    ],
    ["a user's own cell", stack([leaky]), 'got leaky, a user-defined part'],
    [
      "a user's own activation",
      gru({ inputSize: 3, units: 4, activation: (x) => tf.sin(x) }),
      'got a function in gru',
    ],
  ];
  it.each(cases)('%s', (_name, model, words) =>
    withoutLeak(async () => {
      const params = model.init(1);
      expect(await complaint(() => toOnnx(model, params))).toContain(words);
      disposeTree(params);
    }),
  );

  it('lengths of pictures', () =>
    withoutLeak(async () => {
      const params = pictures['the largest of each channel']!.init(1);
      expect(
        await complaint(() => toOnnx(pictures['the largest of each channel']!, params, { lengths: true })),
      ).toContain('got lengths: true for globalMaxPool2d');
      disposeTree(params);
    }));

  it('parameters of another model', () =>
    withoutLeak(async () => {
      const params = lstm({ inputSize: 3, units: 5 }).init(1);
      expect(await complaint(() => toOnnx(lstm({ inputSize: 3, units: 4 }), params))).toBe(
        "[unrolled/interop] toOnnx: expected a parameter 'kernel' [3, 16] for lstm, got [3, 20]: pass the parameters that belong to this model",
      );
      disposeTree(params);
    }));
});

describe('a graph put together by hand', () => {
  const encoder = lastOutput(gru({ inputSize: 3, units: 4 }));
  const other = lastOutput(stack([lstm({ inputSize: 3, units: 2 }), dense({ inputSize: 2, units: 4 })]));

  it('adds what two parts and a linear layer on the whole window give', () =>
    withoutLeak(async () => {
      const [first, second] = [someParams(encoder, 1), someParams(other, 2)];
      const [inputs, weights] = [
        draw([BATCH, STEPS, 3], 7) as tf.Tensor3D,
        draw([STEPS * 3, 4], 8) as tf.Tensor2D,
      ];
      const graph = onnxGraph({ metadata: { app: 'test' } });
      const window = graph.input('window', ['batch', STEPS, 3]);
      const flat = graph.operator('Reshape', [window, graph.integers(0, -1)]);
      const kernel = graph.constant('linear.kernel', weights.dataSync<'float32'>(), weights.shape);
      const sum = graph.operator('Sum', [
        graph.part('encoder', encoder, first as never, window),
        graph.part('other', other, second as never, window),
        graph.operator('MatMul', [flat, kernel]),
      ]);
      graph.output('forecast', sum, ['batch', 4]);
      const session = await ort.InferenceSession.create(graph.encode());
      const { forecast } = await session.run({ window: feed(inputs) });
      await session.release();
      const expected = tf.tidy(() =>
        tf.addN([
          unroll(encoder, first as never, inputs).output,
          unroll(other, second as never, inputs).output,
          tf.matMul(tf.reshape(inputs, [BATCH, STEPS * 3]), weights),
        ]),
      );
      expectClose(forecast!.data as Float32Array, expected.dataSync());
      disposeTree([first, second, inputs, weights, expected]);
    }));

  it('refuses a name that comes twice', () =>
    withoutLeak(async () => {
      const graph = onnxGraph();
      graph.input('window', ['batch']);
      expect(await complaint(() => graph.input('window', ['batch']))).toContain('got window twice');
    }));
});
