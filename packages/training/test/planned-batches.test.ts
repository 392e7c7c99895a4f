/** Unusual batches and parts: a planned step has the results of the ops, or the same error. */
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyPart,
  conv1d,
  conv2d,
  dense,
  disposeTree,
  globalAveragePool2d,
  lastOutput,
  layerNorm,
  layerNormLstm,
  lstm,
  maxPool1d,
  stack,
} from '@unrolled/cells';
import { onFallback, unregisterUnrolledBackend, useUnrolledBackend } from '@unrolled/kernels';
import { meanSquaredError, sequenceLoss } from '@unrolled/losses';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { evaluate, modelLoss, train } from '../src/index';

const IDS = [0, 1, 2, 3, 4, 0, 1, 2];
const head = dense({ inputSize: 4, units: 5 });
const vectors = stack([lstm({ inputSize: 3, units: 4 }), head]);
const label = stack([lastOutput(lstm({ inputSize: 3, units: 4 })), head]);
const tokens = stack([lstm({ inputSize: 5, units: 4, inputKind: 'ids' }), head]);

beforeEach(() => useUnrolledBackend({ threads: 1 }));
afterAll(() => unregisterUnrolledBackend());

/** Steps or the error, trained parameters, and the reported fallbacks. */
async function outcomeOf(model: AnyPart, lossOf: unknown, batches: unknown) {
  const told: string[] = [];
  const quiet = onFallback(({ reasons }) => told.push(...reasons));
  const run = train({
    ...{ params: () => model.init(1), lossOf, batches, steps: 5, learningRate: 0.01, seed: 2 },
  } as never);
  const steps: unknown[] = [];
  try {
    for await (const step of run) steps.push(step);
  } catch (error) {
    steps.push(String(error));
  }
  quiet();
  const { params } = run.snapshot();
  disposeTree(run.params);
  return { result: { steps, params }, told };
}

async function expectSame(model: unknown, loss: unknown, batches: unknown): Promise<string[]> {
  const lossOf = modelLoss(model as AnyPart, loss as never) as (...given: unknown[]) => unknown;
  const planned = await outcomeOf(model as AnyPart, lossOf, batches);
  const byOps = await outcomeOf(model as AnyPart, (...given: unknown[]) => lossOf(...given), batches);
  expect(planned.result).toEqual(byOps.result);
  return planned.told;
}

const sequence = () => ({
  inputs: tf.randomUniform([2, 4, 3], -1, 1, 'float32', 5),
  targets: IDS as unknown,
});
const text = { inputs: IDS, targets: IDS, batchSize: 2, steps: 4 };
const NO_PLAN = /that plans do not support$/;

test.each<[what: string, batch: () => object]>([
  ['weights as an array', () => ({ ...sequence(), weights: [1, 1, 1, 1, 1, 1, 1, 0] })],
  ['weights null', () => ({ ...sequence(), weights: null })],
  ['lengths null', () => ({ ...sequence(), lengths: null })],
  ['lengths that look like a list', () => ({ ...sequence(), lengths: { 0: 1, 1: 2, length: 2 } })],
  ['targets null', () => ({ ...sequence(), targets: null })],
  ['targets that look like a list', () => ({ ...sequence(), targets: { ...IDS, length: 8 } })],
  ['big integers', () => ({ ...sequence(), targets: BigInt64Array.from(IDS.map(BigInt)) })],
  ['big integers in a list', () => ({ ...sequence(), targets: IDS.map(BigInt) })],
  ['symbols', () => ({ ...sequence(), targets: IDS.map(() => Symbol('id')) })],
  ['an option that is none', () => ({ ...sequence(), sampleWeights: 1 })],
])('a batch of vectors with %s', async (_, batch) => {
  const told = await expectSame(vectors, sequenceLoss, [batch()]);
  expect(told).toEqual([expect.stringMatching(NO_PLAN)]);
});

test.each<[what: string, change: () => object]>([
  ['half a row', () => ({ batchSize: 2.5, inputs: IDS.slice(3), targets: IDS.slice(3), steps: 2 })],
  ['counts in words', () => ({ batchSize: '2', steps: '4' })],
  ['endless rows', () => ({ batchSize: Infinity })],
  ['more rows than ids', () => ({ batchSize: 1e9, steps: 1e9 })],
  ['no ids', () => ({ inputs: null })],
  ['tensors for ids', () => ({ inputs: tf.tensor2d(IDS, [2, 4], 'int32') })],
])('a batch of tokens with %s', async (_, change) => {
  const told = await expectSame(tokens, sequenceLoss, [{ ...text, ...change() }]);
  expect(told).toEqual([expect.stringMatching(NO_PLAN)]);
});

test('labels with lengths and weights keep a plan of their own', async () => {
  const batch = {
    inputs: tf.randomUniform([2, 4, 3], -1, 1, 'float32', 5),
    targets: tf.randomUniform([2, 5], -1, 1, 'float32', 6),
    lengths: [2, 4],
    weights: tf.randomUniform([2, 5], 0, 1, 'float32', 7),
  };
  const { weights, ...without } = batch;
  const { lengths, ...whole } = batch;
  expect(await expectSame(label, meanSquaredError, [batch, without, whole])).toEqual([]);
  // Allocated once: a step after the first allocates no memory.
  const { engine } = tf.backend() as unknown as { engine: { allocate(bytes: number): number } };
  const run = train({
    ...{ params: () => label.init(1), lossOf: modelLoss(label, meanSquaredError as never) },
    ...{ batches: [batch], steps: 3, learningRate: 0.1 },
  } as never);
  const steps = run[Symbol.asyncIterator]();
  await steps.next();
  const { allocate } = engine;
  let blocks = 0;
  engine.allocate = (bytes) => {
    blocks++;
    return allocate.call(engine, bytes);
  };
  await steps.next();
  engine.allocate = allocate;
  await steps.return!();
  disposeTree(run.params);
  expect(blocks).toBe(0);
});

test.each(['tanh', 'sigmoid', 'relu'] as const)(
  '%s of a few elements has the bits of the op',
  async (activation) => {
    const model = stack([vectors, dense({ inputSize: 5, units: 5, activation })]);
    const batch = { ...sequence(), targets: tf.randomUniform([2, 4, 5], -1, 1, 'float32', 6) };
    expect(await expectSame(model, meanSquaredError, [batch])).toEqual([]);
  },
);

test('a part that has no plan is named, and trains by the ops', async () => {
  const batch = { inputs: tf.randomUniform([2, 4, 3], -1, 1, 'float32', 5), targets: IDS };
  const picture = {
    inputs: tf.randomUniform([2, 4, 4, 3], -1, 1, 'float32', 5),
    targets: tf.tensor1d([1, 3], 'int32'),
  };
  const filter = conv2d({ inputSize: 3, filters: 4, kernelSize: 3 });
  const cases: [string, unknown, unknown][] = [
    ['layerNorm', stack([layerNorm({ inputSize: 3 }), vectors]), batch],
    ['layerNormLstm', stack([layerNormLstm({ inputSize: 3, units: 4 }), head]), batch],
    ['conv1d', conv1d({ inputSize: 3, filters: 5, kernelSize: 3, padding: 'same' }), batch],
    ['pool1d', stack([maxPool1d({ inputSize: 3, size: 1 }), vectors]), batch],
    ['conv2d', stack([filter, globalAveragePool2d({ inputSize: 4 }), head]), picture],
  ];
  for (const [type, model, given] of cases)
    expect(await expectSame(model, sequenceLoss, [given])).toEqual([type]);
});

test('parameters of another dtype are refused in the words of the ops', async () => {
  const params = label.init(1);
  const wrong = [params[0], { ...params[1], bias: tf.zeros([5], 'int32') }];
  const lossOf = modelLoss(label, sequenceLoss);
  const batches = [{ inputs: tf.ones<tf.Rank.R3>([2, 4, 3]), targets: [0, 1] }];
  const words = (of: unknown) =>
    evaluate({ params: wrong, lossOf: of, batches } as never).then(String, String);
  expect(await words(lossOf)).toMatch(/float32/);
  expect(await words(lossOf)).toBe(await words((...given: Parameters<typeof lossOf>) => lossOf(...given)));
});
