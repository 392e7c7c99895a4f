import { random } from '@unrolled/cells';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DrawOptions, greedy, sampleFromLogits } from '../src/index';
import { complaint } from './support';

const logits = [2.1, -0.3, 1.7, 0.4, 1.69, -2, 3, 0.4, Number.NEGATIVE_INFINITY, 1.1];

/** The distribution for the options, computed directly from their definitions. */
function expected({ temperature = 1, topK = Infinity, topP = 1, minP = 0 }: DrawOptions): number[] {
  const ranked = logits
    .map((logit, id) => ({ id, weight: Math.exp(logit / temperature) }))
    .sort((a, b) => b.weight - a.weight || a.id - b.id)
    .slice(0, topK);
  const sum = (all: typeof ranked) => all.reduce((total, { weight }) => total + weight, 0);
  let nucleus = 1;
  while (nucleus < ranked.length && sum(ranked.slice(0, nucleus)) < topP * sum(ranked)) nucleus += 1;
  const kept = ranked.slice(0, nucleus).filter(({ weight }) => weight >= minP * ranked[0]!.weight);
  return logits.map((_, id) => (kept.find((one) => one.id === id)?.weight ?? 0) / sum(kept));
}

const DRAWS = 20_000;

function countDraws(options: DrawOptions, seed: number): number[] {
  const draws = random(seed);
  const counts = logits.map(() => 0);
  for (let draw = 0; draw < DRAWS; draw++)
    counts[sampleFromLogits(logits, { ...options, random: draws })]! += 1;
  return counts;
}

/** Pearson's Σ (observed − expected)² / expected over the possible ids, and its degrees of freedom. */
function chiSquare(counts: readonly number[], probabilities: readonly number[]) {
  let statistic = 0;
  let freedom = -1;
  for (const [id, probability] of probabilities.entries()) {
    if (probability === 0) continue;
    statistic += (counts[id]! - DRAWS * probability) ** 2 / (DRAWS * probability);
    freedom += 1;
  }
  return { statistic, freedom };
}

/** The value that χ² exceeds in one of 10,000 cases (Wilson and Hilferty, 1931). */
function limit(freedom: number): number {
  return freedom * (1 - 2 / (9 * freedom) + 3.719 * Math.sqrt(2 / (9 * freedom))) ** 3;
}

describe.each<[string, DrawOptions]>([
  ['temperature 1', {}],
  ['temperature 0.5', { temperature: 0.5 }],
  ['temperature 2', { temperature: 2 }],
  ['top-k 3', { topK: 3 }],
  ['top-k 7, which cuts between two equal logits', { topK: 7 }],
  ['top-p 0.5', { topP: 0.5 }],
  ['top-p 0.9', { topP: 0.9 }],
  ['top-p 0.97 at temperature 0.7', { topP: 0.97, temperature: 0.7 }],
  ['top-p 0.8 of what top-k 5 leaves, at temperature 1.5', { topK: 5, topP: 0.8, temperature: 1.5 }],
  ['min-p 0.2', { minP: 0.2 }],
  ['all three', { topK: 6, topP: 0.95, minP: 0.1 }],
])('draws with %s', (_, options) => {
  const probabilities = expected(options);
  const counts = countDraws(options, 11);

  it('give the filtered ids alone', () => {
    for (const [id, probability] of probabilities.entries()) expect(counts[id]! > 0).toBe(probability > 0);
  });

  it('follow the exact distribution', () => {
    const { statistic, freedom } = chiSquare(counts, probabilities);
    expect(statistic).toBeLessThan(limit(freedom));
  });
});

it('the test of the distributions notices a temperature that is off by a twentieth', () => {
  const { statistic, freedom } = chiSquare(countDraws({ temperature: 1.05 }, 11), expected({}));
  expect(statistic).toBeGreaterThan(limit(freedom));
});

describe('filters', () => {
  const draw = (all: ArrayLike<number>, options: DrawOptions, seed: number) =>
    sampleFromLogits(all, { ...options, random: random(seed) });
  const someLogits = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 12 });

  it('of one id are greedy, ties included', () => {
    fc.assert(
      fc.property(someLogits, fc.integer(), (all, seed) => {
        for (const options of [{ topK: 1 }, { topP: 1e-9 }, { temperature: 0 }])
          expect(draw(all, options, seed)).toBe(greedy(all));
        expect(all[draw(all, { minP: 1 }, seed)]).toBe(Math.max(...all));
      }),
      { seed: 1 },
    );
  });

  it('that leave everything change no draw', () => {
    fc.assert(
      fc.property(someLogits, fc.integer(), (all, seed) => {
        const plain = draw(all, {}, seed);
        for (const options of [{ topK: all.length }, { topK: 99 }, { topP: 1 }, { minP: 0 }])
          expect(draw(all, options, seed)).toBe(plain);
      }),
      { seed: 2 },
    );
  });

  it('do not touch the logits', () => {
    const before = Float32Array.from(logits);
    const all = before.slice();
    draw(all, { topK: 2, topP: 0.5, minP: 0.1 }, 1);
    expect(all).toEqual(before);
  });

  it.each([
    [{ topK: 0 }, 'topK to be a positive integer, got 0'],
    [{ topK: 1.5 }, 'topK to be a positive integer, got 1.5'],
    [{ topP: 0 }, 'topP above 0 and at most 1, got 0'],
    [{ topP: 1.01 }, 'topP above 0 and at most 1, got 1.01'],
    [{ topP: Number.NaN }, 'topP to be a number, got NaN'],
    [{ minP: -0.1 }, 'minP from 0 to 1, got -0.1'],
    [{ temperature: Number.POSITIVE_INFINITY }, 'a temperature of at least 0, got Infinity'],
  ])('refuse %j', async (options, message) => {
    expect(await complaint(() => draw(logits, options, 1))).toMatch(message);
  });
});
