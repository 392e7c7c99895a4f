import * as tf from '@tensorflow/tfjs-core';
import { dense, disposeTree, lstm, random, simpleRnn, stack, unflattenParams } from '@unrolled/cells';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generate, greedy, sampleFromLogits, scoreSequence, train } from '../src/index';
import { complaint, finish, idBatches, lossOf, model, withoutLeak } from './support';

describe('sampleFromLogits', () => {
  it('draws each id as often as the softmax says, at any temperature and offset', () => {
    for (const temperature of [0.5, 1, 2]) {
      const logits = [1001, 1000, Number.NEGATIVE_INFINITY, 999.5];
      const weights = logits.map((logit) => Math.exp((logit - 1001) / temperature));
      const total = weights.reduce((sum, weight) => sum + weight);
      const draws = random(5);
      const counts = [0, 0, 0, 0];
      for (let draw = 0; draw < 20_000; draw++)
        counts[sampleFromLogits(logits, { temperature, random: draws })]! += 1;
      expect(counts[2]).toBe(0);
      for (const [id, count] of counts.entries())
        expect(count / 20_000).toBeCloseTo(weights[id]! / total, 1.7);
    }
  });

  it('at temperature 0 is greedy, and takes no draw', () => {
    const finite = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(finite, (logits) => {
        const random = { uniform: (): number => expect.fail('a draw was taken') };
        const id = sampleFromLogits(logits, { temperature: 0, random });
        expect(id).toBe(greedy(logits));
        expect(logits[id]).toBe(Math.max(...logits));
        expect(id).toBe(logits.indexOf(logits[id]!));
      }),
      { seed: 1 },
    );
  });

  it('gives a valid id at the ends of the draw', () => {
    for (const draw of [0, 1 - 2 ** -32]) {
      expect(sampleFromLogits([0, 0, 0], { random: { uniform: () => draw } })).toBe(draw === 0 ? 0 : 2);
    }
  });

  it('refuses what cannot be drawn from', async () => {
    const draws = random(1);
    expect(await complaint(() => greedy([]))).toMatch('got none');
    expect(await complaint(() => greedy([0, Number.NaN]))).toMatch('NaN at 1');
    expect(await complaint(() => sampleFromLogits([Number.NEGATIVE_INFINITY], { random: draws }))).toMatch(
      '-Infinity',
    );
    expect(await complaint(() => sampleFromLogits([1], { temperature: -1, random: draws }))).toMatch(
      'temperature',
    );
  });
});

describe('generate', () => {
  it('continues the text that a model was trained on', async () => {
    await withoutLeak(async () => {
      const initial = model.init(3);
      const batches = idBatches(3);
      const run = train({ params: initial, batches, lossOf, learningRate: 0.1, epochs: 30 });
      disposeTree(initial);
      await finish(run);
      const { params } = run;
      const prime = batches[0]!.inputs.subarray(0, 2);
      const options = { model, params, prime, length: 3, temperature: 0 };
      const ids = [...generate(options)];
      expect(ids).toEqual([...batches[0]!.targets.subarray(1, 4)]);
      expect([...generate({ ...options, stopAt: ids[1]! })]).toEqual(ids.slice(0, ids.indexOf(ids[1]!)));
      disposeTree(params);
    });
  });

  it('is the same for the same seed, endless when asked, and frees everything when broken off', async () => {
    await withoutLeak(() => {
      const params = model.init(1);
      const options = { model, params, prime: [0], length: 30, seed: 4 };
      const ids = [...generate(options)];
      expect(ids).toHaveLength(30);
      expect([...generate(options)]).toEqual(ids);
      expect([...generate({ ...options, seed: 5 })]).not.toEqual(ids);
      const endless: number[] = [];
      for (const id of generate({ ...options, length: Infinity })) {
        endless.push(id);
        if (endless.length === 10) break;
      }
      expect(endless).toEqual(ids.slice(0, 10));
      expect([...generate({ ...options, exclude: [ids[0]!] })]).not.toContain(ids[0]);
      expect([...generate({ ...options, length: 0 })]).toEqual([]);
      generate(options);
      disposeTree(params);
    });
  });

  it('feeds vectors as one-hot: the same ids from a cell that reads either', async () => {
    await withoutLeak(() => {
      const reads = (inputKind: 'ids' | 'vectors') =>
        stack([lstm({ inputSize: 4, units: 4, inputKind }), dense({ inputSize: 4, units: 4 })]);
      const [ids, vectors] = [reads('ids'), reads('vectors')];
      const params = ids.init(2);
      const options = { params, prime: [1, 3], length: 20, seed: 1 };
      expect([...generate({ model: vectors as never, ...options })]).toEqual([
        ...generate({ model: ids as never, ...options }),
      ]);
      disposeTree(params);
    });
  });

  it('refuses at once what it cannot do', async () => {
    const params = model.init(1);
    await withoutLeak(async () => {
      const options = { model, params, prime: [0], length: 3 };
      expect(await complaint(() => generate({ ...options, prime: [] }))).toMatch('an empty prime');
      expect(await complaint(() => generate({ ...options, prime: [5] }))).toMatch(
        'ids in 0 … 4 in the prime, got 5',
      );
      expect(await complaint(() => generate({ ...options, stopAt: 9 }))).toMatch('stopAt');
      expect(await complaint(() => generate({ ...options, length: -1 }))).toMatch('length');
      expect(await complaint(() => generate({ ...options, temperature: -1 }))).toMatch('temperature');
      const wide = stack([lstm({ inputSize: 2, units: 3, inputKind: 'ids' })]);
      expect(await complaint(() => generate({ ...options, model: wide as never }))).toMatch('one vocabulary');
    });
    disposeTree(params);
  });
});

describe('lab case 19', () => {
  it('scores a whole sentence: the logarithm of its probability is the sum over its steps', async () => {
    await withoutLeak(() => {
      // Every weight is 0 except the head's bias: each step has the same known distribution.
      const layer = stack([
        simpleRnn({ inputSize: 3, units: 2, inputKind: 'ids' }),
        dense({ inputSize: 2, units: 3 }),
      ]);
      const initial = layer.init(1);
      const flat = {
        '0.kernel': tf.zeros([3, 2]),
        '0.recurrentKernel': tf.zeros([2, 2]),
        '0.bias': tf.zeros([2]),
        '1.kernel': tf.zeros([2, 3]),
        '1.bias': tf.tensor1d([0.5, 0.3, 0.2].map(Math.log)),
      };
      const params = unflattenParams(initial, flat);
      const score = scoreSequence({ model: layer, params, ids: [0, 1, 2, 0] });
      expect(score).toBeCloseTo(Math.log(0.3 * 0.2 * 0.5), 5);
      disposeTree([initial, params]);
    });
  });

  it('refuses texts without a step, and ids that the model does not know', async () => {
    const params = model.init(1);
    await withoutLeak(async () => {
      expect(await complaint(() => scoreSequence({ model, params, ids: [1] }))).toMatch('at least two ids');
      expect(await complaint(() => scoreSequence({ model, params, ids: [1, 5] }))).toMatch(
        'in the text, got 5',
      );
    });
    disposeTree(params);
  });
});
