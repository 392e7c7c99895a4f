import { memoryTokens, type TokenSource } from '@unrolled/data';
import { describe, expect, test } from 'vitest';
import { BIGRAM_LIMIT, fitBigram } from '../src/text/bigram';

const V = 3;
const source = (...ids: number[]) => memoryTokens(Int32Array.from(ids));
const train = source(0, 1, 0, 1, 0, 2);

/** p(b | a) by the formulas of Witten and Bell, written out for the text 0 1 0 1 0 2. */
function expected(before: number, id: number): number {
  const unigram = [3, 2, 1].map((count) => (count + 3 / V) / (6 + 3));
  const pairs = [
    [0, 2, 1],
    [2, 0, 0],
    [0, 0, 0],
  ][before]!;
  const total = pairs.reduce((sum, count) => sum + count, 0);
  const followers = pairs.filter((count) => count > 0).length;
  return total === 0 ? unigram[id]! : (pairs[id]! + followers * unigram[id]!) / (total + followers);
}

describe('the bigram baseline', () => {
  const bigram = fitBigram(train, V);

  test.each([0, 1, 2])('gives probabilities that sum to 1 after %d', (before) => {
    const sum = [0, 1, 2].reduce((total, id) => total + Math.exp(-bigram.loss(source(before, id))), 0);
    expect(sum).toBeCloseTo(1, 12);
  });

  test('follows the formulas, for pairs seen and not seen', () => {
    for (const before of [0, 1, 2])
      for (const id of [0, 1, 2])
        expect(Math.exp(-bigram.loss(source(before, id)))).toBeCloseTo(expected(before, id), 12);
  });

  test('the loss is the mean over all characters but the first', () => {
    const text = [2, 0, 1, 1];
    const sum = [1, 2, 3].reduce((total, at) => total - Math.log(expected(text[at - 1]!, text[at]!)), 0);
    expect(bigram.loss(source(...text))).toBeCloseTo(sum / 3, 12);
  });

  test('a character that the training set lacks still has a probability', () => {
    const loss = fitBigram(source(0, 1, 0, 1), V).loss(source(0, 2));
    expect(loss).toBeGreaterThan(1);
    expect(loss).toBeLessThan(10);
  });

  test('a fully predictable text has almost no loss', () => {
    const pattern = memoryTokens(Int32Array.from({ length: 4000 }, (_, index) => index % 3));
    expect(fitBigram(pattern, V).loss(pattern)).toBeLessThan(0.002);
  });

  test('any vocabulary: 100,000 tokens, of which pairs are few', () => {
    const size = 100_000;
    const cycle = memoryTokens(Int32Array.from({ length: 2 * size + 1 }, (_, index) => (index * 7) % size));
    const { loss, counted } = fitBigram(cycle, size);
    expect(counted).toBe(cycle.length);
    // Each token has one follower, seen twice: p = (2 + 1/V) / (2 + 1), all but exactly.
    expect(loss(cycle)).toBeCloseTo(-Math.log(2 / 3), 4);
  });

  test('of a huge text only the first tokens are counted', () => {
    const length = 50_000_000_000;
    const reads: number[] = [];
    const endless: TokenSource = {
      length,
      read: (start, end) => {
        reads.push(end);
        return new Int32Array(end - start).fill(start % 2);
      },
    };
    expect(fitBigram(endless, 2).counted).toBe(BIGRAM_LIMIT);
    expect(Math.max(...reads)).toBe(BIGRAM_LIMIT);
  });
});
