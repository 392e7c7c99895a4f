import * as tf from '@tensorflow/tfjs-core';
import { dense, deriveSeed, disposeTree, random, simpleRnn, stack, unflattenParams } from '@unrolled/cells';
import { afterAll, describe, expect, it } from 'vitest';
import { type GenerateOptions, generate, generateSamples, sampleFromLogits } from '../src/index';
import { complaint, model, withoutLeak } from './support';

/** A model that returns the same logits for any input. */
const constant = stack([
  simpleRnn({ inputSize: 4, units: 2, inputKind: 'ids' }),
  dense({ inputSize: 2, units: 4 }),
]);

function constantParams(logits: readonly number[]) {
  const template = constant.init(1);
  const flat = {
    '0.kernel': tf.zeros([4, 2]),
    '0.recurrentKernel': tf.zeros([2, 2]),
    '0.bias': tf.zeros([2]),
    '1.kernel': tf.zeros([2, 4]),
    '1.bias': tf.tensor1d([...logits]),
  };
  const params = unflattenParams(template, flat);
  disposeTree(template);
  return params;
}

describe('the repetition penalty', () => {
  const params = constantParams([2, 1.5, -1, -2]);
  afterAll(() => disposeTree(params));
  const greedyIds = (options: Partial<GenerateOptions<typeof params, never, 'ids'>>) =>
    withoutLeak(() => [
      ...generate({ model: constant as never, params, prime: [3], length: 6, temperature: 0, ...options }),
    ]);

  // With θ = 2 and a window of 2 the logits 2, 1.5, -1, -2 become, after the ids on the left:
  //   3      2     1.5   -1   -4    → 0
  //   3 0    1     1.5   -1   -4    → 1
  //   0 1    1     0.75  -1   -2    → 0
  //   1 0    the same               → 0
  //   0 0    1     1.5   -1   -2    → 1
  //   0 1    1     0.75             → 0
  it('divides positive logits and multiplies negative ones, within its window', async () => {
    expect(await greedyIds({ repetitionPenalty: 2, repetitionWindow: 2 })).toEqual([0, 1, 0, 0, 1, 0]);
  });

  it('counts an id once, however often it stands there', async () => {
    // After 0 0 0: 2 / 1.3 = 1.54 > 1.5. If applied twice, it would be 1.18 < 1.5.
    expect(await greedyIds({ repetitionPenalty: 1.3, prime: [0, 0, 0], length: 1 })).toEqual([0]);
    expect(await greedyIds({ repetitionPenalty: 1.4, prime: [0, 0, 0], length: 1 })).toEqual([1]);
  });

  it('of 1 changes nothing, of less repeats, and never makes a negative logit likelier', async () => {
    expect(await greedyIds({ repetitionPenalty: 1 })).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await greedyIds({ repetitionPenalty: 0.5, prime: [1] })).toEqual([1, 1, 1, 1, 1, 1]);
    expect(await greedyIds({ repetitionPenalty: 100, repetitionWindow: Infinity, length: 3 })).toEqual([
      0, 1, 0,
    ]);
  });

  it('acts before the temperature and the filters', async () => {
    // θ = 2 after 0: 1, 1.5, -1, -2. Now 1 is the most likely id, and the only one in top-k 1.
    expect(await greedyIds({ repetitionPenalty: 2, prime: [0], temperature: 1, topK: 1, length: 1 })).toEqual(
      [1],
    );
  });
});

describe('stop sequences', () => {
  const params = model.init(1);
  afterAll(() => disposeTree(params));
  const options = { model, params, prime: [0], length: 60, seed: 4 };
  const plain = [...generate(options)];
  const until = (...stopSequences: number[][]) =>
    withoutLeak(() => [...generate({ ...options, stopSequences })]);
  const places = (sequence: number[]) =>
    plain.findIndex((_, at) => sequence.every((id, offset) => plain[at + offset] === id));

  it('end the text before them, wherever they stand', async () => {
    for (let at = 0; at < 20; at++) {
      for (const length of [1, 2, 4]) {
        const sequence = plain.slice(at, at + length);
        expect(await until(sequence)).toEqual(plain.slice(0, places(sequence)));
      }
    }
  });

  it('of several the first that is complete counts, and of two that end at once the longer', async () => {
    const [a, b] = [plain.slice(5, 8), plain.slice(12, 15)];
    const first = Math.min(places(a) + 3, places(b) + 3) - 3;
    expect(await until(b, a)).toEqual(plain.slice(0, first));
    const long = plain.slice(3, 9);
    const end = places(long) + 6;
    const short = long.slice(-2);
    if (places(short) + 2 === end) expect(await until(short, long)).toEqual(plain.slice(0, places(long)));
    expect(await until(long.slice(1), long)).toEqual(plain.slice(0, places(long)));
  });

  it('that are only begun hold back no ids at the end', async () => {
    expect(await until([...plain.slice(-2), 0, 0, 0, 0])).toEqual(plain);
    expect(await until([9 % 5, 9 % 5, 9 % 5, 9 % 5, 9 % 5, 9 % 5, 9 % 5])).toEqual(plain);
  });

  it('are given as soon as no stop can follow any more', () => {
    const sequence = plain.slice(10, 12);
    const given: number[] = [];
    for (const id of generate({
      ...options,
      length: Infinity,
      stopSequences: [[...sequence, 4, 4, 4, 4, 4]],
    })) {
      given.push(id);
      if (given.length === 20) break;
    }
    expect(given).toEqual(plain.slice(0, 20));
  });
});

describe('generateSamples', () => {
  const collect = (seeds: readonly number[], options: object = {}) => {
    const params = model.init(1);
    const texts = seeds.map((): number[] => []);
    for (const [sample, id] of generateSamples({
      model,
      params,
      prime: [0, 2],
      length: 25,
      seeds,
      ...options,
    }))
      texts[sample]!.push(id);
    disposeTree(params);
    return texts;
  };

  it('gives each seed the ids of generate, whatever the other samples are', async () => {
    await withoutLeak(() => {
      const seeds = [7, 8, deriveSeed(7, 2), 7, 11, 12, 13];
      const filters = { topK: 3, repetitionPenalty: 1.2, stopSequences: [[1, 1]] };
      for (const options of [{}, filters]) {
        const together = collect(seeds, options);
        expect(together[3]).toEqual(together[0]);
        expect(together[1]).not.toEqual(together[0]);
        for (const [n, seed] of seeds.entries()) expect(collect([seed], options)[0]).toEqual(together[n]);
        const params = model.init(1);
        const single = generate({ model, params, prime: [0, 2], length: 25, seed: 8, ...options });
        expect([...single]).toEqual(together[1]);
        disposeTree(params);
      }
    });
  });

  it('ends when every sample has stopped, and frees everything when broken off', async () => {
    await withoutLeak(() => {
      const params = model.init(1);
      const endless = { model, params, prime: [0], length: Infinity, seeds: [1, 2, 3], stopAt: 3 };
      expect([...generateSamples(endless)].map(([, id]) => id)).not.toContain(3);
      for (const drawn of generateSamples({ ...endless, stopAt: undefined } as never))
        if (drawn[0] === 2) break;
      disposeTree(params);
    });
  });

  it('draws from the very logits that the model gives', async () => {
    await withoutLeak(() => {
      const logits = [0.2, 1.1, -0.4, 0.9];
      const params = constantParams(logits);
      const options = { model: constant as never, params, prime: [0], length: 30, seeds: [5, 6], topP: 0.8 };
      const texts: number[][] = [[], []];
      for (const [sample, id] of generateSamples(options)) texts[sample]!.push(id);
      for (const [n, seed] of [5, 6].entries()) {
        const draws = random(seed);
        const exact = Float32Array.from(logits);
        expect(texts[n]).toEqual(
          Array.from({ length: 30 }, () => sampleFromLogits(exact, { topP: 0.8, random: draws })),
        );
      }
      disposeTree(params);
    });
  });

  it('refuses at once what it cannot do', async () => {
    await withoutLeak(async () => {
      const params = model.init(1);
      const options = { model, params, prime: [0], length: 3, seeds: [1] };
      const refusal = (changes: object) => complaint(() => generateSamples({ ...options, ...changes }));
      expect(await refusal({ seeds: [] })).toMatch('a seed for each sample');
      expect(await refusal({ topK: 0 })).toMatch('topK');
      expect(await refusal({ topP: 2 })).toMatch('topP');
      expect(await refusal({ repetitionPenalty: 0 })).toMatch('a repetition penalty above 0, got 0');
      expect(await refusal({ repetitionWindow: 0 })).toMatch(
        'a repetition window to be a positive integer or Infinity',
      );
      expect(await refusal({ stopSequences: [[]] })).toMatch('stop sequences of at least one id');
      expect(await refusal({ stopSequences: [[7]] })).toMatch('in stopSequences, got 7');
      expect(await refusal({ exclude: [-1] })).toMatch('in exclude, got -1');
      disposeTree(params);
    });
  });
});
