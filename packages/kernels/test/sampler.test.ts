import * as tf from '@tensorflow/tfjs-core';
import {
  canSample,
  createSampler,
  isRecurrent,
  type LayerData,
  layerType,
  type RecurrentLayer,
  recurrentSequence,
  type SamplerLayer,
  type SamplerModel,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
  useUnrolledBackend,
} from '@unrolled/kernels';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Engine } from '../src/wasm/engine/engine';
import { generator } from './fused';
import type { Layer } from './reference';
import { samplerModel as model } from './sampler-model';

beforeAll(() => useUnrolledBackend({ threads: 1 }));
afterAll(() => unregisterUnrolledBackend());

const random = generator(41);
const values = (size: number, scale = 0.7) =>
  Float32Array.from({ length: size }, () => (random() * 2 - 1) * scale);

const tensorsOf = ({ layer, params }: SamplerLayer) =>
  Object.fromEntries(
    Object.entries(layerType(layer).parameters(layer)).map(([name, shape]) => [
      name,
      tf.tensor(params[name]!, [...shape]),
    ]),
  );

/** The logits after the last id, computed by the sequence ops. */
function expectedLogits({ layers }: SamplerModel, ids: number[]) {
  return tf.tidy(() => {
    let x: tf.Tensor = tf.tensor2d(ids, [1, ids.length], 'int32');
    for (const part of layers) {
      const { layer } = part;
      const params = tensorsOf(part);
      if (layer.type === 'embedding') x = tf.gather(params.embeddings!, x);
      else if (layer.type === 'linear') {
        const last = tf.slice(x as tf.Tensor3D, [0, ids.length - 1, 0], [1, 1, layer.inputSize]);
        const rows = tf.reshape(last, [1, layer.inputSize]);
        x = tf.add(tf.matMul(rows as tf.Tensor2D, params.kernel as tf.Tensor2D), params.bias!);
      } else if (isRecurrent(layer)) {
        const zeros = Object.entries(layerType<RecurrentLayer>(layer).states(layer)).map(([name, width]) => [
          name,
          tf.zeros([1, width]),
        ]);
        x = recurrentSequence(x, { layer, params, state: Object.fromEntries(zeros) }).output;
      }
    }
    return x.dataSync();
  });
}

test.each([
  [['lstm', 'lstm'], 13, 11, undefined],
  [['gru-after', 'gru-before'], 9, 6, 5],
  [['rnn-tanh', 'rnn-relu'], 20, 33, undefined],
  [['lstm', 'gru-after', 'rnn-tanh'], 36, 70, 8],
] as const)(
  '%j with %i units and %i ids agrees with the sequence ops',
  (kinds, units, vocabulary, dimension) => {
    const used = unrolledBackendInfo()!.usedBytes;
    const described = model([...kinds], units, vocabulary, dimension);
    const sampler = createSampler(described);
    const drawn = sampler.sample(20, { prime: [1, 2] });
    const expected = expectedLogits(described, [1, 2, ...drawn]);
    const expectLogits = (logits: Float32Array) => {
      for (const [i, value] of logits.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-4);
    };
    expectLogits(sampler.logits());
    // The same again by single steps, and from a saved state.
    sampler.reset();
    for (const id of [1, 2, ...drawn.slice(0, 9)]) sampler.step(id);
    const state = sampler.state();
    sampler.reset();
    sampler.reset(state);
    let last: Float32Array = new Float32Array();
    for (const id of drawn.slice(9)) last = sampler.step(id);
    expect(last).toEqual(sampler.logits());
    expectLogits(last);
    sampler.dispose();
    expect(unrolledBackendInfo()!.usedBytes).toBe(used);
  },
);

test('the same seed draws the same ids; temperature 0 is greedy; topK limits', () => {
  const described = model(['lstm'], 8, 12);
  const [a, b] = [createSampler(described), createSampler(described)];
  const first = a.sample(200, { prime: [0] });
  expect(b.sample(200, { prime: [0] })).toEqual(first);
  const other = createSampler({ ...described, seed: 13 });
  expect(other.sample(200, { prime: [0] })).not.toEqual(first);
  a.reset();
  let logits = a.step(3);
  const greedy = Array.from({ length: 10 }, () => {
    const id = logits.indexOf(Math.max(...logits));
    logits = a.step(id);
    return id;
  });
  b.reset();
  expect(Array.from(b.sample(10, { prime: [3], temperature: 0 }))).toEqual(greedy);
  b.reset();
  expect(Array.from(b.sample(10, { prime: [3], topK: 1 }))).toEqual(greedy);
  for (const sampler of [a, b, other]) sampler.dispose();
});

test('draws follow softmax(logits / temperature)', () => {
  const sampler = createSampler(model(['rnn-tanh'], 4, 6));
  const temperature = 1.7;
  sampler.step(2);
  const state = sampler.state();
  const weights = Array.from(sampler.step(2), (x) => Math.exp(x / temperature));
  const total = weights.reduce((a, b) => a + b, 0);
  const counts = new Array<number>(6).fill(0);
  const draws = 4000;
  for (let i = 0; i < draws; i++) {
    sampler.reset(state);
    counts[sampler.sample(1, { prime: [2], temperature })[0]!]!++;
  }
  for (const [i, count] of counts.entries()) {
    expect(Math.abs(count / draws - weights[i]! / total)).toBeLessThan(0.035);
  }
  sampler.dispose();
});

test.each([
  [['lstm', 'lstm'], 13, 11, undefined, 2],
  [['gru-after', 'gru-before'], 9, 6, 5, 7],
  [['lstm', 'rnn-relu'], 40, 70, 8, 33],
] as const)(
  '%j with %i units: rows side by side are each what they are alone, to the last bit',
  (kinds, units, vocabulary, dimension, batchSize) => {
    const described = model([...kinds], units, vocabulary, dimension);
    const batch = createSampler({ ...described, batchSize });
    const alone = createSampler(described);
    const ids = Array.from({ length: 3 }, () =>
      Int32Array.from({ length: batchSize }, () => Math.floor(random() * vocabulary)),
    );
    const swapped = Array.from({ length: batchSize }, (_, row) => (row * 3 + 1) % batchSize);
    const logits = ids.slice(0, 2).map((row) => batch.step(row));
    batch.gather(swapped);
    logits.push(batch.step(ids[2]!));
    const row = (values: Float32Array, n: number) => values.slice(n * vocabulary, (n + 1) * vocabulary);
    for (let n = 0; n < batchSize; n++) {
      const from = swapped[n]!;
      alone.reset();
      expect(row(logits[0]!, from)).toEqual(alone.step(ids[0]![from]!));
      expect(row(logits[1]!, from)).toEqual(alone.step(ids[1]![from]!));
      expect(row(logits[2]!, n)).toEqual(alone.step(ids[2]![n]!));
      alone.state().forEach(({ h, c }, layer) => {
        const whole = batch.state()[layer]!;
        expect(whole.h.slice(n * units, (n + 1) * units)).toEqual(h);
        if (c) expect(whole.c!.slice(n * units, (n + 1) * units)).toEqual(c);
      });
    }
    for (const sampler of [batch, alone]) sampler.dispose();
  },
);

describe('threads', () => {
  /** A page has shared memory only if it is cross-origin isolated; Node always has it. */
  const available = (threads: number) => (typeof SharedArrayBuffer === 'undefined' ? 1 : threads);
  const useThreads = async (threads: number) => {
    unregisterUnrolledBackend();
    await useUnrolledBackend({ threads });
  };
  afterAll(() => useThreads(1));

  /**
   * Ids, logits and states, of draws and of several rows, and the largest number of threads that a run used.
   */
  async function everything(described: SamplerModel, threads: number) {
    await useThreads(threads);
    const run = vi.spyOn(Engine.prototype, 'run');
    const sampler = createSampler(described);
    const values: unknown[] = [
      sampler.sample(16, { prime: [1, 3, 0] }),
      sampler.sample(9, { temperature: 0.4, topK: 3 }),
      sampler.logits(),
      sampler.state(),
      sampler.sample(8, { prime: [2], temperature: 0 }),
    ];
    sampler.dispose();
    for (const batchSize of [3, 9]) {
      const rows = createSampler({ ...described, batchSize });
      for (let step = 0; step < 3; step++)
        values.push(rows.step(Array.from({ length: batchSize }, (_, row) => (row + step) % 5)), rows.state());
      rows.dispose();
    }
    const taken = Math.max(...run.mock.calls.map(([, count]) => count));
    run.mockRestore();
    return { values, taken };
  }

  test.each([
    [['lstm', 'lstm'], 101, 37, undefined],
    [['gru-after', 'gru-after'], 97, 5, 7],
    [['gru-before', 'lstm', 'gru-before'], 100, 70, undefined],
    [['rnn-tanh', 'rnn-relu'], 230, 33, 51],
    [['lstm'], 5, 9, 6000],
    [['lstm'], 201, 37, undefined],
    [['gru-before'], 230, 37, undefined],
  ] as const)(
    '%j with %i units and %i ids: their number changes no bit, more of them than cores included',
    async (kinds, units, vocabulary, dimension) => {
      const described = model([...kinds], units, vocabulary, dimension);
      const alone = await everything(described, 1);
      expect(alone.taken).toBe(1);
      for (const threads of [2, 5]) {
        const together = await everything(described, threads);
        expect(together.taken).toBe(available(threads));
        expect(together.values).toEqual(alone.values);
      }
    },
  );

  test('one layer of every cell, again and again: the moment at which a thread comes changes no bit', async () => {
    const kinds: Layer[] = ['lstm', 'gru-after', 'gru-before', 'rnn-tanh'];
    const cases = kinds.map((kind) => model([kind], kind === 'rnn-tanh' ? 230 : 120, 11));
    const draws = (described: SamplerModel) => {
      const sampler = createSampler(described);
      const runs = [sampler.sample(12, { prime: [1, 3, 0, 2] }), sampler.logits()];
      sampler.dispose();
      return runs;
    };
    await useThreads(1);
    const alone = cases.map(draws);
    for (const threads of [2, 3, 4]) {
      await useThreads(threads);
      for (let n = 0; n < 8; n++) expect(cases.map(draws)).toEqual(alone);
    }
  });

  test('a model without dense layer, and one too small for threads', async () => {
    const described = model(['gru-before', 'lstm'], 150, 150);
    const small = model(['lstm'], 8, 12);
    const open = { ...described, layers: described.layers.slice(0, -1) };
    const [alone, together] = [await everything(open, 1), await everything(open, 2)];
    expect(together.taken).toBe(available(2));
    expect(together.values).toEqual(alone.values);
    expect((await everything(small, 2)).taken).toBe(1);
  });

  test('a sampler outlives the threads', async () => {
    await useThreads(2);
    const described = model(['lstm', 'lstm'], 101, 37);
    const sampler = createSampler(described);
    const first = sampler.sample(30, { prime: [1] });
    await useThreads(1);
    const second = createSampler(described);
    expect(second.sample(30, { prime: [1] })).toEqual(first);
    expect(sampler.sample(30)).toEqual(second.sample(30));
    sampler.dispose();
    second.dispose();
  });
});

test('mistakes are told', () => {
  const described = model(['lstm'], 8, 12);
  const [lstm, head] = described.layers as [SamplerLayer, SamplerLayer];
  const wide = { ...head, params: { ...head.params, kernel: values(8 * 13) } };
  expect(() => createSampler({ ...described, layers: [lstm, wide] })).toThrow(
    /expected the linear's kernel \[8, 12\], 96 values, got 104/,
  );
  expect(() => createSampler({ ...described, layers: [head] })).toThrow(/got linear from 8 to 12.*canSample/);
  for (const layers of [undefined, [{ type: 'lstm', units: 8 }], [{ layer: { type: 'lstn' }, params: {} }]])
    expect(() => createSampler({ layers, seed: 1 } as never)).toThrow(/expected layers/);
  const sampler = createSampler(described);
  expect(() => sampler.sample(1)).toThrow(/an id to start from/);
  expect(() => sampler.step(12)).toThrow(/ids from 0 to 11, got 12/);
  expect(() => sampler.step([1, 2])).toThrow(/one id for each of 1 rows, got 2/);
  expect(() => createSampler({ ...described, batchSize: 0 })).toThrow(/a batch size of at least 1, got 0/);
  const pair = createSampler({ ...described, batchSize: 2 });
  expect(() => pair.sample(1, { prime: [1, 2] })).toThrow(
    /a sampler with one row, got a sampler with 2 rows/,
  );
  expect(() => pair.gather([0, 2])).toThrow(/1 … 2 rows, each in 0 … 1, got 0, 2/);
  pair.dispose();
  sampler.dispose();
  expect(() => sampler.step(1)).toThrow(/disposed/);
});

test('canSample tells the form of a model', () => {
  const forms = (kinds: Layer[], dimension?: number) =>
    model(kinds, 7, 7, dimension).layers.map(({ layer }) => layer);
  const [recurrent, linear] = forms(['lstm']) as [RecurrentLayer, LayerData];
  for (const layers of [[recurrent], [recurrent, linear], forms(['gru-after', 'rnn-relu'], 3)]) {
    expect(canSample(layers)).toBe(true);
  }
  const wide = { ...linear, units: 8 };
  const hard = { ...recurrent, recurrentActivation: 'hardSigmoid' } as LayerData;
  const own = { ...recurrent, activation: 'custom' } as LayerData;
  for (const layers of [
    [],
    [linear],
    [linear, recurrent],
    [recurrent, linear, linear],
    [recurrent, wide],
    [recurrent, { ...linear, inputSize: 8, units: 7 }],
    [hard, linear],
    [own, linear],
  ]) {
    expect(canSample(layers), JSON.stringify(layers)).toBe(false);
  }
});
