import * as tf from '@tensorflow/tfjs-core';
import { dense, disposeTree, flattenParams, lstm, mapTree, stack, unflattenParams } from '@unrolled/cells';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beamSearch, generate, scoreSequence } from '../src/index';
import { complaint, withoutLeak } from './support';

const V = 3;
const tiny = stack([lstm({ inputSize: V, units: 4, inputKind: 'ids' }), dense({ inputSize: 4, units: V })]);

/** Weights so large that the best text is not the greedy one. */
function tinyParams(seed: number) {
  const initial = tiny.init(seed);
  const params = mapTree(initial, (tensor) => tf.mul(tensor, 4));
  disposeTree(initial);
  return params;
}

/** Every text of a length with its ln P, most likely first. */
function exhaustive(params: ReturnType<typeof tinyParams>, prime: number[], length: number) {
  const before = scoreSequence({ model: tiny, params, ids: prime });
  return Array.from({ length: V ** length }, (_, number) => {
    const ids = Array.from({ length }, (_, place) => Math.floor(number / V ** place) % V);
    const whole = scoreSequence({ model: tiny, params, ids: [...prime, ...ids] });
    return { ids, logProbability: whole - before };
  }).sort((a, b) => b.logProbability - a.logProbability);
}

describe.each([1, 2])('beam search over model %i', (seed) => {
  let params: ReturnType<typeof tinyParams>;
  beforeAll(() => {
    params = tinyParams(seed);
  });
  afterAll(() => disposeTree(params));

  it('of width 1 is greedy', async () => {
    await withoutLeak(() => {
      const options = { model: tiny, params, prime: [0, 2], length: 12 };
      const [only, ...others] = beamSearch({ ...options, width: 1 });
      expect(others).toEqual([]);
      expect(only!.ids).toEqual([...generate({ ...options, temperature: 0 })]);
    });
  });

  it('that keeps everything finds all texts in the order of their probability', async () => {
    await withoutLeak(() => {
      const length = 3;
      const best = exhaustive(params, [1, 0], length);
      const found = beamSearch({ model: tiny, params, prime: [1, 0], length, width: V ** length });
      expect(found).toHaveLength(V ** length);
      found.forEach(({ logProbability, score }, rank) => {
        expect(logProbability).toBeCloseTo(best[rank]!.logProbability, 4);
        expect(score).toBe(logProbability);
      });
      expect(found.slice(0, 5).map(({ ids }) => ids)).toEqual(best.slice(0, 5).map(({ ids }) => ids));
    });
  });

  it('says of each candidate what the whole text scores, and is the same again', async () => {
    await withoutLeak(() => {
      const options = { model: tiny, params, prime: [2], length: 9, width: 4 };
      const found = beamSearch(options);
      for (const { ids, logProbability } of found) {
        expect(logProbability).toBeCloseTo(scoreSequence({ model: tiny, params, ids: [2, ...ids] }), 4);
      }
      expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).sort((a, b) => b - a));
      expect(new Set(found.map(({ ids }) => ids.join())).size).toBe(4);
      expect(beamSearch(options)).toEqual(found);
    });
  });
});

it('a wider beam finds what the greedy one misses', () => {
  const gains = [1, 2, 3, 4, 5, 6].map((seed) => {
    const params = tinyParams(seed);
    const at = (width: number) => beamSearch({ model: tiny, params, prime: [0], length: 8, width })[0]!;
    const gain = at(20).logProbability - at(1).logProbability;
    disposeTree(params);
    return gain;
  });
  for (const gain of gains) expect(gain).toBeGreaterThan(-1e-5);
  expect(Math.max(...gains)).toBeGreaterThan(0.1);
});

/** The same known distribution at each step: 0.5, 0.3, 0.2. */
function constantParams() {
  const initial = tiny.init(1);
  const zeros = Object.fromEntries(
    Object.entries(flattenParams(initial)).map(([path, { shape }]) => [path, tf.zeros(shape)] as const),
  );
  zeros['1.bias']!.dispose();
  const params = unflattenParams(initial, { ...zeros, '1.bias': tf.tensor1d([0.5, 0.3, 0.2].map(Math.log)) });
  disposeTree(initial);
  return params;
}

describe('stops and the length penalty, computed step by step', () => {
  const params = constantParams();
  afterAll(() => disposeTree(params));
  const search = (options: object) =>
    withoutLeak(() => beamSearch({ model: tiny, params, prime: [0], length: 3, width: 3, ...options }));
  const listed = async (options: object) =>
    (await search(options)).map(({ ids, logProbability }) => [
      ids.join(''),
      Math.exp(logProbability).toFixed(4),
    ]);

  it('a stopped text is set aside with the stop in its probability, and the beam is one narrower', async () => {
    // Step 1: 0 (.5) and 1 (.3) continue, 2 (.2) stops. Step 2: 00 (.25), and 01 or 10 (.15, up to the last
    // bit). Step 3: 000 (.125), and one of those with a single 1 (.075).
    const found = await listed({ stopAt: 2 });
    expect(found.map(([, probability]) => probability)).toEqual(['0.2000', '0.1250', '0.0750']);
    expect(found.slice(0, 2).map(([ids]) => ids)).toEqual(['', '000']);
    expect(await listed({ stopAt: 0, width: 2 })).toEqual([
      ['', '0.5000'],
      ['1', '0.1500'],
    ]);
  });

  it('a stop sequence is not part of the text', async () => {
    expect(await listed({ stopSequences: [[0, 0]], width: 1 })).toEqual([['', '0.2500']]);
    expect(await listed({ stopSequences: [[1, 0], [0]], width: 2 })).toEqual([
      ['', '0.5000'],
      ['', '0.1500'],
    ]);
  });

  it('the length penalty is ((5 + |ids|) / 6)^α', async () => {
    const alpha = 2;
    const found = await search({ stopAt: 2, lengthPenalty: alpha });
    // ln 0.2 over 1², compared with ln 0.125 over (8 / 6)².
    expect(found.map(({ ids }) => ids.length)).toEqual([3, 3, 0]);
    expect(found[0]!.score).toBeCloseTo(Math.log(0.125) / (8 / 6) ** alpha, 5);
    expect(found[2]!.score).toBeCloseTo(Math.log(0.2), 5);
  });

  it('excluded ids are never taken', async () => {
    expect(await listed({ exclude: [0], width: 2, length: 2 })).toEqual([
      ['11', '0.0900'],
      ['12', '0.0600'],
    ]);
  });

  it('refuses what it cannot do', async () => {
    const refusal = (options: object) => complaint(() => search(options));
    expect(await refusal({ prime: [] })).toMatch('an empty prime');
    expect(await refusal({ prime: [3] })).toMatch('in the prime, got 3');
    expect(await refusal({ width: 0 })).toMatch('width to be a positive integer, got 0');
    expect(await refusal({ length: Infinity })).toMatch('length to be a positive integer, got Infinity');
    expect(await refusal({ lengthPenalty: -1 })).toMatch('a length penalty of at least 0, got -1');
    expect(await refusal({ stopAt: 3 })).toMatch('stopAt');
    expect(await refusal({ stopSequences: [[]] })).toMatch('at least one id');
    expect(await refusal({ exclude: [0, 1, 2] })).toMatch('expected an id that may be chosen, got none');
  });
});
