/** A decoder that sometimes reads its own ids. */
import * as tf from '@tensorflow/tfjs-core';
import { type AnyCell, dense, disposeTree, lstm, mapTree, simpleRnn, stack, unroll } from '@unrolled/cells';
import { sequenceLoss } from '@unrolled/losses';
import { describe, expect, it } from 'vitest';
import {
  exponentialTruthRate,
  generate,
  inverseSigmoidTruthRate,
  linearTruthRate,
  scheduledSampling,
  tokenBatch,
  train,
} from '../src/index';
import { batchSize, complaint, finish, idBatches, model, steps, withoutLeak } from './support';

const V = 5;
const models: Record<string, AnyCell> = {
  ids: model,
  vectors: stack([simpleRnn({ inputSize: V, units: 7 }), dense({ inputSize: 7, units: V })]),
  'an lstm alone': lstm({ inputSize: V, units: V, inputKind: 'ids' }),
};

describe.each(Object.entries(models))('scheduled sampling of %s', (_name, decoder) => {
  const wide = { batchSize: 40, steps: 9 };
  const inputs = Int32Array.from({ length: 40 * 9 }, (_, place) => (place * place + (place >> 2)) % V);
  const batch = { ...wide, inputs };

  it('reads the truth as often as the rate says, and else its own ids', async () => {
    const initial = decoder.init(2);
    const params = mapTree(initial, (tensor) => tf.mul(tensor, 3));
    await withoutLeak(() => {
      const base = { model: decoder, params, batch, seed: 4 };
      expect(scheduledSampling({ ...base, truthRate: 1 })).toEqual(inputs);
      const mixed = scheduledSampling({ ...base, truthRate: 0.6 });
      expect(scheduledSampling({ ...base, truthRate: 0.6 })).toEqual(mixed);
      expect(scheduledSampling({ ...base, truthRate: 0.6, seed: 5 })).not.toEqual(mixed);
      // A row does not depend on the others.
      const few = { batchSize: 3, steps: 9, inputs: inputs.subarray(0, 27) };
      expect(scheduledSampling({ ...base, batch: few, truthRate: 0.6 })).toEqual(mixed.slice(0, 27));
      // With a truth rate of 0 and temperature 0 it gives the ids of greedy decoding.
      const own = scheduledSampling({ ...base, truthRate: 0, temperature: 0 });
      const start = inputs[9]!;
      const greedy = [...generate({ model: decoder, params, prime: [start], length: 8, temperature: 0 })];
      expect([...own.subarray(9, 18)]).toEqual([start, ...greedy]);
      const told = own.map((id, place) => +(id !== inputs[place]));
      const share = (ids: Int32Array) => ids.reduce((sum, id) => sum + id, 0) / ids.length;
      const changed = mixed.map((id, place) => +(id !== inputs[place]));
      expect(share(changed)).toBeGreaterThan(0.15);
      expect(share(changed)).toBeLessThan(share(told));
    });
    disposeTree([initial, params]);
  });
});

it('trains, resumes to the same numbers, and leaves no gradient through the draws', async () => {
  const rate = linearTruthRate({ slope: 0.1, least: 0.2 });
  const rates: number[] = [];
  const options = {
    params: () => model.init(1),
    batches: idBatches(3),
    lossOf: ((params, batch, _state, context) => {
      const truthRate = context.training ? rate(context.step) : 1;
      rates.push(truthRate);
      const seed = context.training ? context.seed : 0;
      const own = scheduledSampling({
        model,
        params,
        batch: { ...batch, batchSize, steps },
        truthRate,
        seed,
      });
      const { inputs, targets } = tokenBatch({ ...batch, batchSize, steps, inputs: own });
      return { loss: sequenceLoss(unroll(model, params, inputs, { context }).output, targets) };
    }) satisfies Parameters<
      typeof train<ReturnType<typeof model.init>, ReturnType<typeof idBatches>[number]>
    >[0]['lossOf'],
    ...{ learningRate: 0.05, seed: 7 },
  };
  await withoutLeak(async () => {
    const whole = train({ ...options, steps: 12 });
    const all = await finish(whole);
    expect(rates).toEqual(Array.from({ length: 12 }, (_, done) => Math.max(0.2, 1 - 0.1 * done)));
    const first = train({ ...options, steps: 5 });
    const begun = await finish(first);
    const second = train({ ...options, steps: 12, resume: first.snapshot() });
    const rest = await finish(second);
    expect([...begun, ...rest].map(({ loss }) => loss)).toEqual(all.map(({ loss }) => loss));
    disposeTree([whole.params, first.params, second.params]);
  });
});

it('rates fall as Bengio et al. have them', () => {
  const linear = linearTruthRate({ initial: 0.9, slope: 0.01, least: 0.25 });
  expect([1, 11, 1000].map(linear)).toEqual([0.9, 0.8, 0.25]);
  const exponential = exponentialTruthRate({ base: 0.99 });
  expect(exponential(1)).toBe(1);
  expect(exponential(101)).toBeCloseTo(0.99 ** 100, 12);
  const sigmoid = inverseSigmoidTruthRate({ k: 20 });
  expect(sigmoid(1)).toBeCloseTo(20 / 21, 12);
  expect(sigmoid(1 + Math.round(20 * Math.log(20)))).toBeCloseTo(0.5, 1);
  expect(sigmoid(1_000_000)).toBe(0);
});

it('refuses what it cannot mix', async () => {
  const params = model.init(1);
  const base = {
    model,
    params,
    batch: { inputs: [0, 1, 2, 3], batchSize: 2, steps: 2 },
    truthRate: 0.5,
    seed: 1,
  };
  const refusal = (options: object) => complaint(() => scheduledSampling({ ...base, ...options } as never));
  expect(await refusal({ truthRate: 1.5 })).toMatch('truthRate from 0 to 1, got 1.5');
  expect(await refusal({ batch: { inputs: [0], batchSize: 2, steps: 2 } })).toMatch(
    '2 rows × 2 steps, got 1 ids',
  );
  expect(await refusal({ batch: { inputs: [0, 1, 2, 9], batchSize: 2, steps: 2 } })).toMatch('got 9');
  expect(await refusal({ temperature: -1 })).toMatch('a temperature of at least 0');
  expect(await refusal({ initialState: [] })).toMatch('a state with');
  expect(await complaint(() => linearTruthRate({ slope: -1 }))).toMatch('slope of at least 0');
  expect(await complaint(() => exponentialTruthRate({ base: 1 }))).toMatch('in (0, 1)');
  expect(await complaint(() => inverseSigmoidTruthRate({ k: 0 }))).toMatch('of at least 1');
  expect(await complaint(() => linearTruthRate({ slope: 0.1 })(0))).toMatch('step to be a positive integer');
  disposeTree(params);
});
