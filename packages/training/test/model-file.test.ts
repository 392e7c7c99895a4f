/** A trained model as one object and as one file. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyCell,
  attentionWrapper,
  bidirectional,
  type Cell,
  dense,
  describe,
  disposeTree,
  dropout,
  embedding,
  encode,
  encoderDecoder,
  flattenParams,
  gru,
  lastOutput,
  lstm,
  residual,
  simpleRnn,
  stack,
  tiedEmbedding,
  unroll,
} from '@unrolled/cells';
import { UnrolledError } from '@unrolled/errors';
import { readSafetensors, type SafetensorsTensor, writeSafetensors } from '@unrolled/safetensors';
import { expect, it } from 'vitest';
import {
  encodeCheckpoint,
  generate,
  type Json,
  type LossOf,
  loadModel,
  type TensorData,
  train,
  trainedModel,
} from '../src/index';
import { loadModelFile, saveModel } from '../src/node';
import { finish, withoutLeak } from './support';
import { temporaryFolder } from './temporary-folder';

const V = 6;
const languageModel = () =>
  stack([
    embedding({ vocabularySize: V, dimension: 3 }),
    lstm({ inputSize: 3, units: 4, forgetBias: 0.5 }),
    dropout({ size: 4, rate: 0.5 }),
    residual(gru({ inputSize: 4, units: 4, variant: 'reset-before' })),
    dense({ inputSize: 4, units: V }),
  ]);
const forecaster = () =>
  lastOutput(
    stack([
      bidirectional(simpleRnn({ inputSize: 2, units: 2 }), lstm({ inputSize: 2, units: 3, peepholes: true })),
      dense({ inputSize: 5, units: 1, activation: 'hardSigmoid' }),
    ]),
  );
const ids: TensorData = { shape: [2, 3], data: Int32Array.of(0, 1, 2, 5, 4, 3) };
const vectors: TensorData = { shape: [1, 2, 2], data: Float32Array.of(0.5, -1, 2, 0) };
const details: Json = { vocabulary: ['a', 'b'], scaler: { mean: [0.5], deviation: [2] } };

async function errorOf(body: () => unknown): Promise<string> {
  try {
    await body();
  } catch (error) {
    return error instanceof UnrolledError ? `${error.code}: ${error.message}` : `another error: ${error}`;
  }
  return 'none';
}

it.each([
  ['a language model', languageModel, ids],
  ['a forecaster', forecaster, vectors],
  ['a tied model', () => tiedEmbedding(gru({ inputSize: 3, units: 3 }), { vocabularySize: V }), ids],
] as const)(
  '%s comes back from its bytes, predicts the same and makes the same bytes',
  (_name, make, inputs) =>
    withoutLeak(() => {
      const model = make();
      const trained = trainedModel({ model, params: model.init(3) as never, details });
      const bytes = trained.toBytes();
      const again = loadModel(bytes);
      expect(again.details).toEqual(details);
      expect(describe(again.model)).toEqual(describe(model));
      expect(again.predict(inputs)).toEqual(trained.predict(inputs));
      expect(again.toBytes()).toEqual(bytes);
      trained.dispose();
      again.dispose();
    }),
);

it('predicts what unroll gives, also with lengths', () =>
  withoutLeak(() => {
    const model = languageModel();
    const trained = trainedModel({ model, params: model.init(1) });
    expect(trained.details).toBeNull();
    const x = tf.tensor2d(ids.data as Int32Array, [2, 3], 'int32');
    const { output, state } = unroll(model, trained.params, x, { lengths: [3, 1] });
    expect(trained.predict(ids, { lengths: [3, 1] })).toEqual({ shape: [2, 3, V], data: output.dataSync() });
    disposeTree([x, output, state]);
    trained.dispose();
  }));

it('reads numbers in any array, and refuses what are none', () =>
  withoutLeak(async () => {
    const models = [
      { model: languageModel(), inputs: ids, other: [1.5], words: 'inputs.data of ids, got 1.5 at 0' },
      { model: forecaster(), inputs: vectors, other: ['1'], words: 'inputs.data of numbers, got "1" at 0' },
    ];
    for (const { model, inputs, other, words } of models) {
      const trained = trainedModel({ model, params: model.init(1) as never });
      const expected = trained.predict(inputs);
      for (const data of [[...inputs.data], Float64Array.from(inputs.data)])
        expect(trained.predict({ shape: inputs.shape, data })).toEqual(expected);
      const shape = [1, ...inputs.shape.slice(1).map(() => 1)];
      expect(await errorOf(() => trained.predict({ shape, data: other as number[] }))).toContain(words);
      expect(await errorOf(() => trained.predict([1, 2] as never))).toContain(
        'expected inputs as { shape, data }, got an array of 2: pass { shape: [B, T, I], data }',
      );
      trained.dispose();
    }
  }));

it('samples what generate gives', () =>
  withoutLeak(() => {
    const model = languageModel();
    const trained = trainedModel({ model, params: model.init(1) });
    const options = { prime: [1, 2], length: 8, seed: 4, temperature: 0.8 };
    expect([...trained.sample(options)]).toEqual([
      ...generate({ model, params: trained.params, ...options }),
    ]);
    trained.dispose();
  }));

it('refuses a wrong input, a layer to sample from, and everything after dispose', () =>
  withoutLeak(async () => {
    const model = forecaster();
    const trained = trainedModel({ model, params: model.init(1) });
    expect(await errorOf(() => trained.predict({ shape: [1, 2, 2], data: new Float32Array(3) }))).toBe(
      'shape: [unrolled/training] predict: expected 4 values for [1, 2, 2], got 3: pass the numbers row by row',
    );
    expect(await errorOf(() => trained.predict(ids))).toContain(
      'expected float32 input [B, T, 2], got int32 [2, 3]',
    );
    expect(await errorOf(() => trained.predict(vectors, { lengths: [3] }))).toContain('got 3 at row 0');
    expect(await errorOf(() => trained.sample({ prime: [1], length: 1 }))).toMatch(
      /^unsupported: .* cannot run single steps: pass the inner cells: lastOutput/,
    );
    trained.dispose();
    trained.dispose();
    for (const use of [
      () => trained.predict(vectors),
      () => trained.sample({ prime: [1], length: 1 }),
      () => trained.toBytes(),
    ]) {
      expect(await errorOf(use)).toMatch(
        /^state: .* expected a model that is not disposed, got a disposed model$/,
      );
    }
  }));

it('goes to a file and back', () =>
  withoutLeak(async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'model.safetensors');
    const model = forecaster();
    const trained = trainedModel({ model, params: model.init(1), details });
    await saveModel(file, trained);
    expect(readdirSync(folder)).toEqual(['model.safetensors']);
    const again = await loadModelFile(file);
    expect(again.toBytes()).toEqual(trained.toBytes());
    expect(await errorOf(() => loadModelFile(path.join(folder, 'missing')))).toMatch(/^file: .*no such file/);
    expect(await errorOf(() => saveModel(path.join(folder, 'missing', 'file'), trained))).toMatch(/^file: /);
    trained.dispose();
    again.dispose();
  }));

/** h' = ½h + ½x */
const leaky: Cell<{ share: tf.Scalar }, { h: tf.Tensor2D }> = {
  name: 'leaky',
  inputSize: 2,
  outputSize: 2,
  init: () => ({ share: tf.scalar(0.5) }),
  zeroState: (batchSize) => ({ h: tf.zeros([batchSize, 2]) }),
  step: ({ share }, x, { h }) => {
    const next = tf.tidy(() => tf.add(tf.mul(h, share), tf.mul(x, tf.sub(1, share))) as tf.Tensor2D);
    return { output: next, state: { h: tf.clone(next) } };
  },
};

it("takes a user's own cell from the program, and checks the shapes", () =>
  withoutLeak(async () => {
    const model = stack([leaky, dense({ inputSize: 2, units: 1 })]);
    const trained = trainedModel({ model, params: model.init(1), details });
    const bytes = trained.toBytes();
    expect(await errorOf(() => loadModel(bytes))).toBe(
      'argument: [unrolled/training] loadModel: expected a file that describes its model, got a file without a description: pass the model that it was saved with as the option model',
    );
    const again = loadModel(bytes, { model });
    expect(again.predict(vectors)).toEqual(trained.predict(vectors));
    expect(again.toBytes()).toEqual(bytes);
    const wider = stack([leaky, dense({ inputSize: 2, units: 2 })]);
    expect(await errorOf(() => loadModel(bytes, { model: wider }))).toMatch(
      /^shape: .*'1\.kernel' float32 \[2, 2\], got float32 \[2, 1\]/,
    );
    trained.dispose();
    again.dispose();
  }));

it('comes from a checkpoint that says its model, with the averaged weights where there are any', () =>
  withoutLeak(async () => {
    const model = stack([lstm({ inputSize: 2, units: 2 }), dense({ inputSize: 2, units: 1 })]);
    const params = model.init(1);
    const inputs = tf.ones([1, 3, 2]) as tf.Tensor3D;
    const lossOf: LossOf<typeof params, number, undefined> = (own) => ({
      loss: tf.mean(tf.square(tf.sub(unroll(model, own, inputs).output, 1))) as tf.Scalar,
    });
    for (const averaging of [undefined, { decay: 0.5 }]) {
      const run = train({ params, batches: [0], lossOf, learningRate: 0.1, steps: 3, averaging });
      await finish(run);
      const snapshot = run.snapshot();
      const bytes = encodeCheckpoint(snapshot, { model: describe(model), config: details });
      const trained = loadModel(bytes);
      expect(trained.details).toEqual(details);
      const expected = averaging ? run.averages : run.params;
      const numbers = (tree: unknown) =>
        Object.entries(flattenParams(tree)).map(([name, one]) => [name, one.dataSync()]);
      expect(numbers(trained.params)).toEqual(numbers(expected));
      expect(await errorOf(() => loadModel(encodeCheckpoint(snapshot)))).toContain(
        'a file without a description',
      );
      const own = loadModel(encodeCheckpoint(snapshot), { model });
      expect(numbers(own.params)).toEqual(numbers(expected));
      const broken = { version: 1, model: { type: 'lstm' } } as never;
      expect(await errorOf(() => loadModel(encodeCheckpoint(snapshot, { model: broken })))).toMatch(
        /^format: .*model\.inputSize/,
      );
      disposeTree([run.params, run.averages ?? {}]);
      trained.dispose();
      own.dispose();
    }
    disposeTree([params, inputs]);
  }));

const good = () => {
  const model = stack([simpleRnn({ inputSize: 2, units: 2 })]);
  const trained = trainedModel({ model, params: model.init(1), details });
  const bytes = trained.toBytes();
  trained.dispose();
  return readSafetensors(bytes);
};

const withHeader = (change: Record<string, unknown>) => {
  const { tensors, metadata } = good();
  const header = { ...JSON.parse(metadata.unrolled!), ...change };
  return writeSafetensors(tensors, { unrolled: JSON.stringify(header) }, { checksum: true });
};

const withTensor = (name: string, tensor: SafetensorsTensor | undefined) => {
  const { tensors, metadata } = good();
  const changed = new Map(tensors);
  if (tensor) changed.set(name, tensor);
  else changed.delete(name);
  return writeSafetensors(changed, metadata, { checksum: true });
};

const floats = (...shape: number[]): SafetensorsTensor => ({
  dtype: 'F32',
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
});

it.each<[string, () => Uint8Array, RegExp]>([
  ['no file', () => new Uint8Array(0), /\[unrolled\/safetensors\] readSafetensors: .* truncated/],
  [
    'weights alone',
    () => writeSafetensors(new Map([['params.0.bias', floats(2)]]), {}),
    /^format: .*another origin/,
  ],
  ['text that is no JSON', () => writeSafetensors(new Map(), { unrolled: '{' }), /^format: .*another origin/],
  [
    'JSON that is no record',
    () => writeSafetensors(new Map(), { unrolled: 'null' }),
    /^format: .*another origin/,
  ],
  ['another format', () => withHeader({ format: 'other' }), /^format: .*another origin/],
  ['another version', () => withHeader({ version: 2 }), /^format: .*got a file of format version 2/],
  ['no model', () => withHeader({ model: undefined }), /^format: .*got a file without model/],
  ['no details', () => withHeader({ details: undefined }), /^format: .*got a file without details/],
  ['a model that is none', () => withHeader({ model: 7 }), /^format: .*the description to be an object/],
  [
    'a damaged model',
    () => withHeader({ model: { version: 1, model: { type: 'stack', parts: [{ type: 'gru' }] } } }),
    /^format: .*model\.parts\[0\]\.inputSize/,
  ],
  [
    'a damaged checkpoint',
    () => withHeader({ format: 'unrolled-checkpoint' }),
    /^format: .*a damaged checkpoint: run\.step/,
  ],
  [
    'a missing tensor',
    () => withTensor('params.0.bias', undefined),
    /^shape: .*'0\.bias' float32 \[2\], got nothing/,
  ],
  ['a tensor too many', () => withTensor('params.1.bias', floats(2)), /^shape: .*also 1\.bias/],
  ['a tensor of another shape', () => withTensor('params.0.bias', floats(3)), /^shape: .*got float32 \[3\]/],
  ['a tensor of no parameter', () => withTensor('bias', floats(2)), /^format: .*got F32 'bias'/],
  [
    'a tensor of another type',
    () => withTensor('params.0.bias', { dtype: 'F64', shape: [2], data: new Float64Array(2) }),
    /^format: .*got F64 'params\.0\.bias'/,
  ],
])('refuses %s', (_name, bytes, message) =>
  withoutLeak(async () => {
    expect(await errorOf(() => loadModel(bytes()))).toMatch(message);
  }),
);

it('refuses a file cut short, or with one bit changed in anything but the name of its checksum', () =>
  withoutLeak(async () => {
    const { tensors, metadata } = good();
    const bytes = writeSafetensors(tensors, metadata, { checksum: true });
    const ours = /^[a-z]+: \[unrolled\/(safetensors|training|cells)\]/;
    for (let size = 0; size < bytes.length; size += 7) {
      expect(await errorOf(() => loadModel(bytes.slice(0, size)))).toMatch(ours);
    }
    for (let at = 0; at < bytes.length; at += 3) {
      const changed = bytes.slice();
      changed[at]! ^= 1 << (at % 8);
      const reply = await errorOf(() => {
        const trained = loadModel(changed);
        expect(trained.toBytes()).toEqual(bytes);
        trained.dispose();
      });
      expect(reply).toMatch(reply === 'none' ? 'none' : ours);
    }
  }));

it('is a cell to the type checker where the model is one', () =>
  withoutLeak(() => {
    const model: AnyCell = languageModel();
    const trained = trainedModel({ model, params: model.init(0) });
    expect(trained.model.step).toBe(model.step);
    trained.dispose();
  }));

it('keeps an encoder and a decoder with attention in one file', async () => {
  const cell = gru({ inputSize: 3 + 4, units: 5 });
  const options = { memorySize: 4, inputFeeding: true, attentionUnits: 4 };
  const model = encoderDecoder(
    bidirectional(simpleRnn({ inputSize: 2, units: 2 }), simpleRnn({ inputSize: 2, units: 2 })),
    stack([
      embedding({ vocabularySize: V, dimension: 3 }),
      attentionWrapper(cell, options),
      dense({ inputSize: 4, units: V }),
    ]),
  );
  await withoutLeak(async () => {
    const params = model.init(3);
    const file = path.join(temporaryFolder(), 'model.safetensors');
    await saveModel(file, { model, params, details: null });
    const loaded = await loadModelFile<typeof model>(file);
    const run = (one: typeof model, own: typeof params) =>
      tf.tidy(() => {
        const initialState = encode(one, own, tf.ones([2, 4, 2]), { lengths: [4, 1] });
        const inputs = tf.tensor2d(ids.data, [2, 3], 'int32');
        return Array.from(unroll(one, own, inputs, { initialState }).output.dataSync());
      });
    expect(run(loaded.model, loaded.params)).toEqual(run(model, params));
    expect(() => loaded.predict(ids)).toThrow(/a state with a source/);
    loaded.dispose();
    disposeTree(params);
  });
});
