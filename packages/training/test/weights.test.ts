/** Weights alone, saved and loaded in one call each. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyPart,
  bidirectional,
  type Cell,
  dense,
  disposeTree,
  dropout,
  embedding,
  flattenParams,
  gru,
  lastOutput,
  lstm,
  type ParamsOf,
  residual,
  stack,
  tiedEmbedding,
} from '@unrolled/cells';
import { readSafetensors, writeSafetensors } from '@unrolled/safetensors';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  dataOf,
  decodeWeights,
  earlyStopping,
  encodeCheckpoint,
  encodeWeights,
  loadModel,
  train,
  trainedModel,
} from '../src/index';
import { loadWeights, saveModel, saveWeights } from '../src/node';
import { complaint, finish, model as small, smallRun, withoutLeak } from './support';
import { temporaryFolder } from './temporary-folder';

/** A user-defined cell whose parameters are a single tensor. */
const own: Cell<tf.Tensor2D, { h: tf.Tensor2D }> = {
  name: 'own',
  inputSize: 2,
  outputSize: 3,
  init: (seed) => tf.randomNormal([2, 3], 0, 1, 'float32', seed),
  zeroState: (batchSize) => ({ h: tf.zeros([batchSize, 3]) }),
  step: (kernel, x, { h }) => {
    const next: tf.Tensor2D = tf.add(tf.matMul(x, kernel), h);
    return { output: tf.clone(next), state: { h: next } };
  },
};

const models: Record<string, () => AnyPart> = {
  stack: () => stack([lstm({ inputSize: 3, units: 4 }), dense({ inputSize: 4, units: 2 })]),
  'both ways': () =>
    lastOutput(bidirectional(gru({ inputSize: 2, units: 3 }), lstm({ inputSize: 2, units: 2 }))),
  tied: () => tiedEmbedding(residual(gru({ inputSize: 3, units: 3 })), { vocabularySize: 5 }),
  embedding: () => embedding({ vocabularySize: 4, dimension: 2 }),
  'no weights': () => dropout({ size: 3, rate: 0.5 }),
  'a cell of a user': () => own as AnyPart,
  'one within a stack': () => stack([own as never, dense({ inputSize: 3, units: 2 })] as never) as AnyPart,
};

const valuesOf = (params: unknown) =>
  Object.entries(flattenParams(params)).map(([name, tensor]) => [name, tensor.shape, [...tensor.dataSync()]]);

describe.each(Object.entries(models))('%s', (_, make) => {
  it('comes back from bytes and from a file, the same bytes for the same weights, and leaves no tensor', () =>
    withoutLeak(async () => {
      const params = make().init(7);
      const file = path.join(temporaryFolder(), 'weights.safetensors');
      await saveWeights(file, params);
      expect(readdirSync(path.dirname(file))).toEqual(['weights.safetensors']);
      const bytes = encodeWeights(params);
      expect(Buffer.compare(readFileSync(file), bytes)).toBe(0);
      expect(encodeWeights(dataOf(params))).toEqual(bytes);
      const [fromFile, fromBytes] = [await loadWeights(file, make()), decodeWeights(bytes, make())];
      for (const loaded of [fromFile, fromBytes]) expect(valuesOf(loaded)).toEqual(valuesOf(params));
      expect(encodeWeights(fromFile)).toEqual(bytes);
      disposeTree([params, fromFile, fromBytes]);
    }));
});

describe('weights', () => {
  it('have the type of the model’s parameters', () =>
    withoutLeak(async () => {
      const model = stack([lstm({ inputSize: 3, units: 4 }), dense({ inputSize: 4, units: 2 })]);
      const params = model.init(1);
      const loaded = decodeWeights(encodeWeights(params), model);
      expectTypeOf(loaded).toEqualTypeOf<ParamsOf<typeof model>>();
      expectTypeOf(loadWeights<typeof model>).returns.resolves.toEqualTypeOf<ParamsOf<typeof model>>();
      disposeTree([params, loaded]);
    }));

  it('come out of a trained model’s file and a checkpoint, averaged where they are, and go into loadModel', () =>
    withoutLeak(async () => {
      const file = path.join(temporaryFolder(), 'model.safetensors');
      const params = small.init(1);
      await saveModel(file, { model: small, params, details: null });
      const fromModel = await loadWeights(file, small);
      expect(valuesOf(fromModel)).toEqual(valuesOf(params));
      const run = train({ ...smallRun({ steps: 2 }), params, averaging: { decay: 0.5 } });
      await finish(run);
      const fromCheckpoint = decodeWeights(encodeCheckpoint(run.snapshot()), small);
      expect(valuesOf(fromCheckpoint)).toEqual(valuesOf(run.averages));
      const trained = loadModel(encodeWeights(params), { model: small });
      expect(valuesOf(trained.params)).toEqual(valuesOf(params));
      expect(await complaint(() => loadModel(encodeWeights(params)))).toContain('pass the model');
      trained.dispose();
      disposeTree([params, fromModel, run.params, run.averages, fromCheckpoint]);
    }));

  it('the best of early stopping go into a file as they are', () =>
    withoutLeak(() => {
      const params = small.init(2);
      const stopping = earlyStopping();
      stopping.update({ step: 1, loss: 1, params });
      const loaded = decodeWeights(encodeWeights(stopping.bestParams), small);
      expect(valuesOf(loaded)).toEqual(valuesOf(params));
      disposeTree([params, loaded]);
    }));

  const two = (units: number) => stack([gru({ inputSize: 2, units }), dense({ inputSize: units, units: 1 })]);
  it.each<[string, AnyPart, string]>([
    ['other units', two(5), "'0.kernel' float32 [2, 15], got float32 [2, 12]"],
    [
      'another cell',
      stack([lstm({ inputSize: 2, units: 4 })]),
      "'0.kernel' float32 [2, 16], got float32 [2, 12]",
    ],
    [
      'another head',
      stack([gru({ inputSize: 2, units: 4 }), dense({ inputSize: 4, units: 3 })]),
      "'1.kernel' float32 [4, 3], got float32 [4, 1]",
    ],
    ['a layer fewer', stack([gru({ inputSize: 2, units: 4 })]), 'only the names 0.kernel'],
    [
      'a layer more',
      stack([
        gru({ inputSize: 2, units: 4 }),
        gru({ inputSize: 4, units: 4 }),
        dense({ inputSize: 4, units: 1 }),
      ]),
      "'1.kernel' float32 [4, 12], got float32 [4, 1]",
    ],
    ['no stack', gru({ inputSize: 2, units: 4 }), "'kernel' float32 [2, 12], got nothing of that name"],
  ])('of another model are refused, naming the tensor and both shapes: %s', (_, model, words) =>
    withoutLeak(async () => {
      const params = two(4).init(1);
      const bytes = encodeWeights(params);
      const file = path.join(temporaryFolder(), 'weights.safetensors');
      await saveWeights(file, params);
      for (const read of [() => decodeWeights(bytes, model), () => loadWeights(file, model)]) {
        expect(await complaint(read)).toContain(words);
      }
      disposeTree(params);
    }),
  );

  it('and files that are none are refused in words', () =>
    withoutLeak(async () => {
      const params = small.init(1);
      const bytes = encodeWeights(params);
      const { tensors, metadata } = readSafetensors(bytes);
      const damaged = bytes.slice();
      damaged[bytes.length - 3]! ^= 1;
      const cases: [Uint8Array, string][] = [
        [new Uint8Array(3), 'safetensors'],
        [bytes.slice(0, -4), 'expected'],
        [damaged, 'checksum'],
        [writeSafetensors(tensors, {}), "read another program's weights with @unrolled/interop"],
        [writeSafetensors(tensors, { unrolled: metadata.unrolled! }), 'a file with its checksum'],
      ];
      const file = path.join(temporaryFolder(), 'weights.safetensors');
      for (const [wrong, words] of cases) {
        expect(await complaint(() => decodeWeights(wrong, small))).toContain(words);
        writeFileSync(file, wrong);
        expect(await complaint(() => loadWeights(file, small))).toContain(words);
      }
      expect(await complaint(() => loadWeights(`${file}-none`, small))).toContain(`${file}-none`);
      const lost = path.join(temporaryFolder(), 'none', 'weights.safetensors');
      expect(await complaint(() => saveWeights(lost, params))).toContain('none');
      disposeTree(params);
    }));

  it('plausible slips are refused in words', () =>
    withoutLeak(async () => {
      const params = small.init(1);
      const bytes = encodeWeights(params);
      const run = train({ ...smallRun({ steps: 1 }), params });
      await finish(run);
      const gone = small.init(1);
      disposeTree(gone);
      const slips: [() => unknown, string][] = [
        [
          () => saveWeights(params as never, 'weights.safetensors'),
          'saveWeights: expected path to be a string',
        ],
        [
          () => saveWeights('x', undefined),
          'saveWeights: expected params: tensors in nested records and arrays',
        ],
        [() => encodeWeights(run.snapshot()), 'pass run.params'],
        [() => encodeWeights(run), 'pass run.params'],
        [() => encodeWeights(small), 'pass run.params'],
        [() => encodeWeights(gone), "a disposed tensor at '0.kernel'"],
        [() => encodeWeights(Promise.resolve(params)), 'got a promise'],
        [() => encodeWeights(new Map()), 'got an object'],
        [() => encodeWeights('params'), 'got "params"'],
        [() => loadWeights('x', params as never), 'loadWeights: expected a model'],
        [() => loadWeights(small as never, 'x' as never), 'expected path to be a string'],
        [() => decodeWeights('x' as never, small), 'expected bytes to be a Uint8Array'],
        [() => decodeWeights(bytes, undefined as never), 'got undefined: pass the model itself'],
      ];
      for (const [slip, words] of slips) expect(await complaint(slip)).toContain(words);
      disposeTree([params, run.params]);
    }));
});

it('trained models are as before', () =>
  withoutLeak(() => {
    const trained = trainedModel({ model: small, params: small.init(1) });
    const again = decodeWeights(trained.toBytes(), small);
    expect(valuesOf(again)).toEqual(valuesOf(trained.params));
    trained.dispose();
    disposeTree(again);
  }));
