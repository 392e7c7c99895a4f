import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type AnyPart,
  attentionPool1d,
  attentionWrapper,
  averagePool2d,
  bidirectional,
  type Cell,
  conv1d,
  conv2d,
  dense,
  dropout,
  dropoutWrapper,
  embedding,
  encoderDecoder,
  flatten,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool1d,
  glorotNormal,
  gru,
  lastOutput,
  layerNorm,
  layerNormLstm,
  lstm,
  maxPool1d,
  maxPool2d,
  minGru,
  minLstm,
  orthogonal,
  pixelSteps,
  random,
  residual,
  simpleRnn,
  stack,
  tiedEmbedding,
  unroll,
} from '../src/index';
import { contractChecks } from '../src/testing';

const I = 3;
const H = 5;

/** A user-defined cell with only `init`, `zeroState` and `step`. */
const usersCell: Cell<{ wxh: Tensor2D; whh: Tensor2D; bh: Tensor1D }, { memory: Tensor2D }> = {
  inputSize: I,
  outputSize: H,
  init: (seed) => ({
    wxh: tf.tensor2d(glorotNormal([I, H], random(seed)), [I, H]),
    whh: tf.tensor2d(orthogonal([H, H], random(seed + 1)), [H, H]),
    bh: tf.zeros([H]),
  }),
  zeroState: (batchSize) => ({ memory: tf.zeros([batchSize, H]) }),
  step: ({ wxh, whh, bh }, input, { memory }) => {
    const h = tf.tidy(
      () => tf.tanh(tf.add(tf.add(tf.matMul(input, wxh), tf.matMul(memory, whh)), bh)) as Tensor2D,
    );
    return { output: h, state: { memory: tf.clone(h) } };
  },
};

const parts: Record<string, AnyPart> = {
  simpleRnn: simpleRnn({ inputSize: I, units: H }),
  'simpleRnn relu': simpleRnn({ inputSize: I, units: H, activation: 'relu' }),
  'simpleRnn ids': simpleRnn({ inputSize: I, units: H, inputKind: 'ids' }),
  lstm: lstm({ inputSize: I, units: H }),
  'lstm ids': lstm({ inputSize: I, units: H, inputKind: 'ids' }),
  'lstm peepholes': lstm({ inputSize: I, units: H, peepholes: true }),
  'lstm projection': lstm({ inputSize: I, units: H, projection: 4 }),
  'lstm all options': lstm({
    inputSize: I,
    units: H,
    peepholes: true,
    projection: 4,
    cellClip: 3,
    projectionClip: 2,
  }),
  'lstm other activations': lstm({
    inputSize: I,
    units: H,
    activation: 'softsign',
    recurrentActivation: 'sigmoid',
  }),
  'gru reset-after': gru({ inputSize: I, units: H }),
  'gru reset-before': gru({ inputSize: I, units: H, variant: 'reset-before' }),
  'gru ids': gru({ inputSize: I, units: H, inputKind: 'ids' }),
  minGru: minGru({ inputSize: I, units: H }),
  'minGru linear, without bias': minGru({ inputSize: I, units: H, activation: 'linear', useBias: false }),
  'minGru ids': minGru({ inputSize: I, units: H, inputKind: 'ids' }),
  minLstm: minLstm({ inputSize: I, units: H }),
  'minLstm ids': minLstm({ inputSize: I, units: H, inputKind: 'ids', activation: 'linear' }),
  'stack of minGru, lstm, dense': stack([
    minGru({ inputSize: I, units: H }),
    lstm({ inputSize: H, units: 4 }),
    dense({ inputSize: 4, units: 2 }),
  ]),
  'bidirectional minLstm': bidirectional(
    minLstm({ inputSize: I, units: H }),
    minGru({ inputSize: I, units: 4 }),
  ),
  'one unit': lstm({ inputSize: 1, units: 1 }),
  dense: dense({ inputSize: I, units: H }),
  embedding: embedding({ vocabularySize: 7, dimension: H, initializer: 'glorotUniform' }),
  dropout: dropout({ size: I, rate: 0.4 }),
  'dropout variational': dropout({ size: I, rate: 0.4, variational: true }),
  'dropoutWrapper input, output': dropoutWrapper(lstm({ inputSize: I, units: H }), {
    input: 0.3,
    output: 0.3,
  }),
  'dropoutWrapper state': dropoutWrapper(gru({ inputSize: I, units: H }), { state: 0.3, variational: true }),
  residual: residual(lstm({ inputSize: I, units: I })),
  'stack of lstm, dropout, gru, dense': stack([
    lstm({ inputSize: I, units: H }),
    dropout({ size: H, rate: 0.5 }),
    gru({ inputSize: H, units: 4 }),
    dense({ inputSize: 4, units: 2 }),
  ]),
  'stack of embedding and lstm': stack([
    embedding({ vocabularySize: 7, dimension: I }),
    lstm({ inputSize: I, units: H }),
  ]),
  tiedEmbedding: tiedEmbedding(stack([lstm({ inputSize: I, units: H }), dense({ inputSize: H, units: I })]), {
    vocabularySize: 7,
    initializer: 'glorotUniform',
  }),
  bidirectional: bidirectional(lstm({ inputSize: I, units: H }), gru({ inputSize: I, units: 4 })),
  'stack of bidirectional and lstm': stack([
    bidirectional(lstm({ inputSize: I, units: 2 }), lstm({ inputSize: I, units: 2 })),
    lstm({ inputSize: 4, units: H }),
  ]),
  'residual bidirectional': residual(
    bidirectional(simpleRnn({ inputSize: 4, units: 2 }), simpleRnn({ inputSize: 4, units: 2 })),
  ),
  lastOutput: lastOutput(lstm({ inputSize: I, units: H })),
  'attention general': attentionWrapper(lstm({ inputSize: I, units: H }), { memorySize: 4 }),
  'attention dot, input feeding, vector': attentionWrapper(gru({ inputSize: I + 4, units: H }), {
    ...{ memorySize: H, score: 'dot', inputFeeding: true, attentionUnits: 4 },
  }),
  'attention scaled, ids': attentionWrapper(simpleRnn({ inputSize: I, units: 4, inputKind: 'ids' }), {
    ...{ memorySize: 4, score: 'scaled', attentionUnits: 2, activation: 'linear' },
  }),
  'attention additive, input feeding, of a stack': attentionWrapper(
    stack([lstm({ inputSize: I + 2, units: 4 }), dropout({ rate: 0.5 }), gru({ inputSize: 4, units: H })]),
    { memorySize: 2, score: 'additive', units: 4, inputFeeding: true },
  ),
  'attention additive normalized, in a stack': stack([
    embedding({ vocabularySize: 7, dimension: I }),
    attentionWrapper(lstm({ inputSize: I, units: H }), {
      ...{ memorySize: 2, score: 'additive', normalized: true, attentionUnits: 4 },
    }),
    dense({ inputSize: 4, units: 2 }),
  ]),
  encoderDecoder: encoderDecoder(
    bidirectional(lstm({ inputSize: I, units: 2 }), gru({ inputSize: I, units: 2 })),
    stack([
      attentionWrapper(gru({ inputSize: I + 4, units: H }), {
        ...{ memorySize: 4, inputFeeding: true, attentionUnits: 4 },
      }),
      dense({ inputSize: 4, units: 2 }),
    ]),
  ),
  layerNorm: layerNorm({ inputSize: I }),
  layerNormLstm: layerNormLstm({ inputSize: I, units: H }),
  'layerNormLstm ids, dropout': layerNormLstm({
    inputSize: I,
    units: H,
    inputKind: 'ids',
    recurrentDropout: 0.3,
  }),
  conv1d: conv1d({ inputSize: I, filters: H, kernelSize: 3 }),
  'conv1d causal, dilated': conv1d({
    inputSize: I,
    filters: H,
    kernelSize: 2,
    dilation: 2,
    padding: 'causal',
    activation: 'tanh',
  }),
  'conv1d zeros, strided': conv1d({ inputSize: I, filters: 2, kernelSize: 3, stride: 2, padding: [2, 1] }),
  maxPool1d: maxPool1d({ inputSize: I, size: 2 }),
  'stack of conv1d, pooling and lstm': stack([
    conv1d({ inputSize: I, filters: 4, kernelSize: 3, padding: 'same' }),
    maxPool1d({ size: 2, stride: 1 }),
    layerNorm(),
    lstm({ inputSize: 4, units: 3 }),
  ]),
  'stack of conv1d and globalMaxPool1d': stack([
    conv1d({ inputSize: I, filters: 4, kernelSize: 2 }),
    globalMaxPool1d(),
    dense({ inputSize: 4, units: 2 }),
  ]),
  globalAveragePool1d: globalAveragePool1d({ inputSize: I }),
  attentionPool1d: attentionPool1d({ inputSize: I, units: H }),
  'stack of bidirectional, attentionPool1d, dense': stack([
    bidirectional(lstm({ inputSize: I, units: 2 }), lstm({ inputSize: I, units: 2 })),
    attentionPool1d(),
    dense({ inputSize: 4, units: 2 }),
  ]),
  'lastOutput of a strided conv1d': lastOutput(
    conv1d({ inputSize: I, filters: H, kernelSize: 2, stride: 2, padding: 'causal' }),
  ),
  'bidirectional conv1d': bidirectional(
    conv1d({ inputSize: I, filters: 2, kernelSize: 2, padding: 'causal' }),
    conv1d({ inputSize: I, filters: 3, kernelSize: 3, padding: 'causal' }),
  ),
  conv2d: conv2d({ inputSize: I, filters: H, kernelSize: [3, 2], stride: [2, 1], padding: 1 }),
  'conv2d dilated': conv2d({ inputSize: I, filters: 2, kernelSize: 2, dilation: [2, 1], padding: 'same' }),
  averagePool2d: averagePool2d({ inputSize: I, size: 2, padding: 'same' }),
  maxPool2d: maxPool2d({ inputSize: I, size: 2, padding: 'same' }),
  'stack of conv2d, averagePool2d, flatten, dense': stack([
    conv2d({ inputSize: I, filters: 4, kernelSize: 3, activation: 'tanh' }),
    averagePool2d({ size: 2, stride: 1 }),
    flatten({ height: 3, width: 2 }),
    dense({ inputSize: 24, units: 2 }),
  ]),
  'stack of conv2d, pixelSteps, lstm': stack([
    conv2d({ inputSize: I, filters: 4, kernelSize: 3 }),
    pixelSteps(),
    lstm({ inputSize: 4, units: 3 }),
  ]),
  'stack of conv2d and globalAveragePool2d': stack([
    conv2d({ inputSize: I, filters: 4, kernelSize: 3 }),
    globalAveragePool2d(),
  ]),
  "a user's cell": usersCell,
  "a user's cell, stacked": stack([usersCell, dense({ inputSize: H, units: 2 })]),
  "a user's cell, both ways": bidirectional(usersCell, usersCell),
  "a user's cell, wrapped": dropoutWrapper(usersCell, { input: 0.2, state: 0.2, output: 0.2 }),
};

describe.each(Object.entries(parts))('%s', (_name, part) => {
  it.each(contractChecks(part).map(({ name, check }) => [name, check] as const))('%s', (_check, check) => {
    const before = tf.memory().numTensors;
    check();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the contract suite itself', () => {
  const failing = (part: AnyPart) =>
    contractChecks(part).flatMap(({ name, check }) => {
      try {
        check();
        return [];
      } catch {
        return [name];
      }
    });

  it('catches a cell that mixes rows', () => {
    const mixing = {
      ...usersCell,
      step: (...[params, input, state, context]: Parameters<typeof usersCell.step>) =>
        usersCell.step(params, tf.add(input, tf.mean(input, 0)) as Tensor2D, state, context),
    };
    expect(failing(mixing)).toContain('computes each row as if it were alone');
  });

  it('catches an unroll that does not match the steps', () => {
    const cell = lstm({ inputSize: I, units: H });
    const wrong: AnyPart = {
      ...cell,
      unroll: (params, inputs, initialState, options) => {
        const given = { ...options, initialState };
        const { output, state: next } = unroll(cell, params, inputs as Tensor3D, given);
        return { output: tf.mul(output, 1.001), state: next };
      },
    };
    expect(failing(wrong)).toContain('gives the same fused and step by step');
  });

  it('catches a layer that keeps NaN in the padding from its outputs, but not from its gradients', () => {
    const layer: AnyPart = {
      inputSize: I,
      outputSize: H,
      init: (seed) => ({ w: tf.tensor2d(glorotNormal([I, H], random(seed)), [I, H]) }),
      zeroState: () => ({}),
      unroll: ({ w }, inputs, _state, { lengths } = {}) =>
        tf.tidy(() => {
          const [batchSize, steps] = inputs.shape as [number, number];
          const flat = tf.reshape(inputs as Tensor3D, [batchSize * steps, I]) as Tensor2D;
          const output = tf.reshape(tf.matMul(flat, w), [batchSize, steps, H]) as Tensor3D;
          if (!lengths) return { output, state: {} };
          const valid = lengths.map((length) =>
            Array.from({ length: steps }, (_, time) => [+(time < length)]),
          );
          const mask = tf.tensor3d(valid, [batchSize, steps, 1], 'bool');
          return { output: tf.where(mask, output, tf.zerosLike(output)), state: {} };
        }),
    };
    expect(failing(layer)).toEqual(['ignores values past a row’s length']);
  });

  it('catches a leak', () => {
    const leaking = {
      ...usersCell,
      step: (...args: Parameters<typeof usersCell.step>) => {
        tf.keep(tf.scalar(1));
        return usersCell.step(...args);
      },
    };
    const before = tf.memory().numTensors;
    expect(failing(leaking)).toContain('returns none of its arguments, and keeps none');
    expect(tf.memory().numTensors).toBeGreaterThan(before);
  });
});
