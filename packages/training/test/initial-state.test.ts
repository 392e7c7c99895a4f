/** Texts that start from a state: an encoder's last state is the decoder's first. */
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyCell,
  bidirectional,
  type Cell,
  dense,
  disposeTree,
  dropout,
  embedding,
  gru,
  lastOutput,
  lstm,
  mapTree,
  residual,
  simpleRnn,
  stack,
  stepper,
  tensorsOf,
  tiedEmbedding,
  unroll,
} from '@unrolled/cells';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { beamSearch, generate, generateSamples, trainedModel } from '../src/index';
import { complaint, withoutLeak } from './support';

const V = 6;
type AnyModel = Cell<unknown, unknown, 'ids'>;
const models: Record<string, AnyCell> = {
  'gru, dense': stack([gru({ inputSize: V, units: 5, inputKind: 'ids' }), dense({ inputSize: 5, units: V })]),
  'embedding, lstm, dropout, gru, dense': stack([
    embedding({ vocabularySize: V, dimension: 3 }),
    lstm({ inputSize: 3, units: 4 }),
    dropout({ size: 4, rate: 0.5 }),
    gru({ inputSize: 4, units: 5 }),
    dense({ inputSize: 5, units: V }),
  ]),
  'one lstm without a head': lstm({ inputSize: V, units: V, inputKind: 'ids' }),
  'one-hot vectors': stack([simpleRnn({ inputSize: V, units: 4 }), dense({ inputSize: 4, units: V })]),
  'a residual lstm, lstm': stack([
    embedding({ vocabularySize: V, dimension: 4 }),
    residual(lstm({ inputSize: 4, units: 4 })),
    lstm({ inputSize: 4, units: V }),
  ]),
  'a tied embedding': tiedEmbedding(gru({ inputSize: 4, units: 4 }), { vocabularySize: V }),
};

/** A state after a text, [rows, …], different in each row. */
function stateOf(model: AnyCell, params: unknown, rows: number): unknown {
  const feeder = stepper(model, params, { batchSize: rows });
  const isIds = model.inputKind === 'ids';
  for (const shift of [0, 1, 2]) {
    const ids = Int32Array.from({ length: rows }, (_, row) => (row * row + 2 * shift) % V);
    const hot = Float32Array.from({ length: rows * V }, (_, i) => +(ids[Math.floor(i / V)] === i % V));
    feeder.step(isIds ? ids : hot);
  }
  const state = feeder.state();
  feeder.dispose();
  return state;
}

/** One row of a state, as a state of one row. */
const rowOf = (state: unknown, row: number): unknown =>
  mapTree(state, (tensor) => tf.slice(tensor, [row], [1]));

/** Without `generate`: feeds back the most likely id after each step, starting from a state. */
function greedyFrom(
  model: AnyCell,
  params: unknown,
  state: unknown,
  prime: number[],
  length: number,
): number[] {
  const feeder = stepper(model, params, { state });
  const feed = (id: number) => {
    const hot = Float32Array.from({ length: V }, (_, k) => +(k === id));
    return feeder.step(model.inputKind === 'ids' ? Int32Array.of(id) : hot);
  };
  let logits = new Float32Array();
  for (const id of prime) logits = feed(id) as Float32Array<ArrayBuffer>;
  const ids: number[] = [];
  while (ids.length < length) {
    ids.push(logits.indexOf(Math.max(...logits)));
    logits = feed(ids.at(-1)!) as Float32Array<ArrayBuffer>;
  }
  feeder.dispose();
  return ids;
}

describe.each(Object.entries(models))('%s', (_, anyModel) => {
  const model = anyModel as AnyModel;
  /** A modified copy runs its own steps, without the sampler in WebAssembly. */
  const slow: AnyModel = { ...model };

  it('goes on from a state as a stepper does, in all three, and leaves the state to its owner', () =>
    withoutLeak(() => {
      const params = model.init(3);
      const state = stateOf(model, params, 1);
      const from = { model, params, prime: [2, 4], length: 12, initialState: state };
      const expected = greedyFrom(model, params, state, [2, 4], 12);
      expect([...generate({ ...from, temperature: 0 })]).toEqual(expected);
      const texts: number[][] = [[], [], []];
      const many = { ...from, temperature: 0, seeds: Int32Array.of(1, 2, 3) };
      for (const [n, id] of generateSamples(many)) texts[n]!.push(id);
      expect(texts).toEqual([expected, expected, expected]);
      const [beam] = beamSearch({ ...from, width: 1 });
      const [other] = beamSearch({ ...from, width: 1, initialState: undefined });
      expect(beam!.ids).toEqual(expected);
      expect(beam!.logProbability).not.toBe(other!.logProbability);
      expect(tensorsOf(state).every(({ isDisposed }) => !isDisposed)).toBe(true);
      disposeTree([params, state]);
    }));

  it('draws the same tokens with the sampler and without', () =>
    withoutLeak(() => {
      const params = model.init(3);
      const initialState = stateOf(model, params, 1);
      const of = (one: AnyModel) => {
        const from = { model: one, params, prime: [1], length: 20, initialState };
        const texts: number[] = [];
        for (const [n, id] of generateSamples({ ...from, seeds: [5, 6] })) texts.push(n, id);
        const beams = beamSearch({ ...from, length: 5, width: 3 }).map(({ ids }) => ids);
        return { text: [...generate({ ...from, seed: 9, topK: 4 })], texts, beams };
      };
      expect(of(model)).toEqual(of(slow));
      disposeTree([params, initialState]);
    }));

  it('starts each sample from its own row', () =>
    withoutLeak(() => {
      const params = model.init(3);
      const initialState = stateOf(model, params, 3);
      const from = { model, params, prime: [0, 5], length: 15 };
      const texts: number[][] = [[], [], []];
      const many = { ...from, initialState, seeds: [4, 4, 5] };
      for (const [n, id] of generateSamples(many)) texts[n]!.push(id);
      for (const [row, seed] of [4, 4, 5].entries()) {
        const own = rowOf(initialState, row);
        expect([...generate({ ...from, initialState: own, seed })]).toEqual(texts[row]);
        disposeTree(own);
      }
      disposeTree([params, initialState]);
    }));

  it('of a beam every candidate has the probability that unroll gives it from that state', () =>
    withoutLeak(() => {
      const params = model.init(3);
      const state = stateOf(model, params, 1);
      const [best, second] = beamSearch({
        model,
        params,
        prime: [3],
        length: 4,
        width: 4,
        initialState: state,
      });
      for (const { ids, logProbability } of [best!, second!]) {
        const read = tf.tensor2d([[3, ...ids.slice(0, -1)]], undefined, 'int32');
        const inputs =
          model.inputKind === 'ids' ? read : tf.tidy(() => tf.cast(tf.oneHot(read, V), 'float32'));
        const { output, state: end } = unroll(model, params, inputs as never, { initialState: state });
        const logs = tf.tidy(() => tf.logSoftmax(output).dataSync());
        const sum = ids.reduce((total, id, step) => total + logs[step * V + id]!, 0);
        expect(Math.abs(sum - logProbability)).toBeLessThan(1e-4);
        tf.dispose([read, inputs, output]);
        disposeTree(end);
      }
      disposeTree([params, state]);
    }));
});

describe('an encoder and its decoder', () => {
  it('fit without a cast, the list with {} for the part without a state', () =>
    withoutLeak(() => {
      const encoder = gru({ inputSize: V, units: 5, inputKind: 'ids' });
      const decoder = stack([
        gru({ inputSize: V, units: 5, inputKind: 'ids' }),
        dense({ inputSize: 5, units: V }),
      ]);
      const params = { encoder: encoder.init(1), decoder: decoder.init(2) };
      const source = tf.tensor2d([[3, 1, 4]], [1, 3], 'int32');
      const { output, state } = unroll(encoder, params.encoder, source);
      const from = { model: decoder, params: params.decoder, prime: [0], length: 8, stopAt: 5 };
      const ids = [...generate({ ...from, initialState: [state, {}], temperature: 0 })];
      expectTypeOf(ids).toEqualTypeOf<number[]>();
      expect(ids).not.toContain(5);
      const [best] = beamSearch({ ...from, initialState: [state, {}], width: 3 });
      expect(best!.ids.length).toBeLessThanOrEqual(8);
      const trained = trainedModel({ model: decoder, params: params.decoder });
      const { prime, length, stopAt } = from;
      expect([
        ...trained.sample({ prime, length, stopAt, initialState: [state, {}], temperature: 0 }),
      ]).toEqual(ids);
      // @ts-expect-error: the state of one part is not that of the stack
      const wrong = () => generate({ ...from, initialState: state });
      expect(wrong).toThrow();
      disposeTree([params, source, output, state]);
    }));

  it('a state with c before h is the same state', () =>
    withoutLeak(() => {
      const model = stack([
        lstm({ inputSize: V, units: 4, inputKind: 'ids' }),
        lstm({ inputSize: 4, units: V }),
      ]);
      const params = model.init(4);
      const state = stateOf(model, params, 1) as { h: tf.Tensor2D; c: tf.Tensor2D }[];
      const turned = state.map(({ h, c }) => ({ c, h }));
      const of = (initialState: unknown) => [
        ...generate({ model: model as AnyModel, params, prime: [1], length: 20, initialState }),
      ];
      expect(of(turned)).toEqual(of(state));
      disposeTree([params, state]);
    }));
});

describe('is refused', () => {
  const model = stack([
    lstm({ inputSize: V, units: 4, inputKind: 'ids' }),
    dense({ inputSize: 4, units: V }),
  ]);
  const h = (...shape: number[]) => tf.zeros(shape);
  const calls: Record<string, (options: object) => unknown> = {
    generate: (options) => generate(options as never),
    generateSamples: (options) => generateSamples({ ...options, seeds: [1, 2] } as never),
    beamSearch: (options) => beamSearch({ ...options, width: 2 } as never),
  };
  const states: [string, () => unknown, RegExp | string][] = [
    ['the state of one part', () => ({ h: h(1, 4), c: h(1, 4) }), "with '0.h' float32 [N, 4], got none"],
    ['nothing for c', () => [{ h: h(1, 4) }, {}], "with '0.c' float32 [N, 4], got none"],
    ['other units', () => [{ h: h(1, 5), c: h(1, 5) }, {}], "with '0.h' float32 [N, 4], got a tensor [1, 5]"],
    ['many rows', () => [{ h: h(3, 4), c: h(3, 4) }, {}], 'float32 [N, 4], got a tensor [3, 4]'],
    [
      'rows of two kinds',
      () => [{ h: h(1, 4), c: h(2, 4) }, {}],
      "with '0.c' float32 [N, 4], got a tensor [2, 4]",
    ],
    ['another type', () => [{ h: tf.zeros([1, 4], 'int32'), c: h(1, 4) }, {}], "with '0.h' float32"],
    ['numbers', () => [{ h: [[0, 0, 0, 0]], c: h(1, 4) }, {}], 'got an array of 1'],
    [
      'too much',
      () => [{ h: h(1, 4), c: h(1, 4), m: h(1, 4) }, {}],
      "of stack(lstm, dense)'s form, got also '0.m'",
    ],
    ['a part too many', () => [{ h: h(1, 4), c: h(1, 4) }, {}, { h: h(1, 4) }], "got also '2'"],
    ['a promise', () => Promise.resolve([]), 'await it'],
    ['null', () => null, "with '0.h' float32 [N, 4], got none"],
    ['a tensor', () => h(1, 4), 'got none'],
    [
      'a disposed one',
      () => {
        const gone = h(1, 4);
        gone.dispose();
        return [{ h: gone, c: h(1, 4) }, {}];
      },
      'got a disposed tensor',
    ],
  ];

  it.each(states)('%s', (_, make, words) =>
    withoutLeak(async () => {
      const params = model.init(1);
      for (const [name, call] of Object.entries(calls)) {
        const initialState = make();
        const message = await complaint(() => call({ model, params, prime: [0], length: 2, initialState }));
        expect(message).toMatch(`[unrolled/training] ${name}: expected an initialState `);
        const plain = message.replace(/float32 \[1( or 2)?, /, 'float32 [N, ');
        expect(plain).toContain(words);
        if (!(initialState instanceof Promise)) tf.dispose(initialState as tf.TensorContainer);
      }
      disposeTree(params);
    }),
  );

  it.each(Object.entries(calls))(
    'by %s: a model without single steps, and an unknown option',
    async (name, call) => {
      const lines = gru({ inputSize: V, units: V, inputKind: 'ids' });
      const ways = bidirectional(lines, lines);
      const of = (one: unknown, more: object = {}) =>
        complaint(() => call({ model: one, params: {}, prime: [0], length: 2, ...more }));
      expect(await of(lastOutput(lines))).toMatch(
        /^\[unrolled\/training\] \w+: expected a model that takes single steps: .*, got .*, which has no step: pass the inner cells: lastOutput/,
      );
      expect(await of(ways)).toContain('use cells');
      expect(await of({})).toContain('got an object, which has no step');
      expect(await of(lines, { initialstate: [] })).toBe(
        `[unrolled/training] ${name}: expected a known option, got "initialstate": did you mean 'initialState'?`,
      );
    },
  );
});
