import { type EncodedPair, type PairBatch, pairBatches } from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const MARKS = { startId: 0, endId: 1 };
const of = (source: number, target: number, id = 2): EncodedPair => ({
  source: new Int32Array(source).fill(id),
  target: new Int32Array(target).fill(id),
});
const stepsOf = ({ source, target }: PairBatch) => source.count * (source.length + target.steps);
const idsOf = (batches: Iterable<PairBatch>) =>
  Array.from(batches, ({ source }) =>
    Array.from({ length: source.count }, (_, row) => source.values[row * source.length]!),
  );

test('a batch has sources, and the shifted pair of the targets', () => {
  const pairs = [{ source: [5, 6], target: [7] }];
  const [batch] = pairBatches(pairs, { ...MARKS, maxTokens: 10, value: 9 })(1);
  expect(batch).toEqual({
    source: {
      values: Int32Array.of(5, 6),
      lengths: [2],
      weights: Float32Array.of(1, 1),
      count: 1,
      length: 2,
    },
    target: {
      ...{ inputs: Int32Array.of(0, 7), targets: Int32Array.of(7, 1) },
      ...{ lengths: [2], batchSize: 1, steps: 2 },
    },
  });
});

describe('batches by tokens', () => {
  const lengths = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 })), {
    minLength: 1,
    maxLength: 120,
  });

  test('every pair once an epoch, in as many batches, none above maxTokens', () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 121, max: 1000 }), fc.nat(), (sides, maxTokens, seed) => {
        const pairs = sides.map(([source, target], at) => of(source, target, at + 2));
        const batches = pairBatches(pairs, { ...MARKS, maxTokens, seed });
        for (const epoch of [1, 2]) {
          const all = [...batches(epoch)];
          expect(all).toHaveLength(batches.batchesPerEpoch);
          for (const batch of all) expect(stepsOf(batch)).toBeLessThanOrEqual(maxTokens);
          const ids = idsOf(all).flat();
          expect(ids.sort((a, b) => a - b)).toEqual(pairs.map((_, at) => at + 2));
        }
      }),
      { numRuns: 60 },
    );
  });

  const many = Array.from({ length: 2000 }, (_, at) => of(1 + ((at * 7) % 40), 1 + ((at * 11) % 30), at + 2));

  test('are the same for a seed and an epoch, others in another', () => {
    const first = idsOf(pairBatches(many, { ...MARKS, maxTokens: 800, seed: 3 })(2));
    expect(idsOf(pairBatches(many, { ...MARKS, maxTokens: 800, seed: 3 })(2))).toEqual(first);
    const others = [
      pairBatches(many, { ...MARKS, maxTokens: 800, seed: 3 })(3),
      pairBatches(many, { ...MARKS, maxTokens: 800 })(2),
    ];
    for (const other of others) expect(idsOf(other)).not.toEqual(first);
    // Not the batches alone change places, the pairs in them do too.
    const sets = (batches: number[][]) => new Set(batches.map((ids) => [...ids].sort().join()));
    const before = sets(first);
    const again = [...sets(idsOf(others[0]!))].filter((ids) => before.has(ids));
    expect(again.length).toBeLessThan(before.size / 2);
  });

  test('have pairs of like lengths: few steps are filled up', () => {
    let [steps, filled] = [0, 0];
    for (const batch of pairBatches(many, { ...MARKS, maxTokens: 800 })(1)) {
      const real = [...batch.source.lengths, ...batch.target.lengths].reduce((sum, one) => sum + one, 0);
      steps += stepsOf(batch);
      filled += stepsOf(batch) - real;
    }
    expect(filled / steps).toBeLessThan(0.12);
  });

  test('leave out what is longer than asked for', () => {
    const batches = pairBatches([of(3, 3), of(10_000, 2), of(2, 11)], {
      ...MARKS,
      maxTokens: 20,
      maximumLength: 10,
    });
    expect([batches.batchesPerEpoch, batches.leftOut]).toEqual([1, 2]);
  });

  test('read pairs from a source only when they are needed', () => {
    const read: number[] = [];
    const source = {
      length: 3,
      lengths: { source: Int32Array.of(1, 2, 3), target: Int32Array.of(1, 1, 1) },
      at: (index: number) => {
        read.push(index);
        return of(index + 1, 1);
      },
    };
    const iterator = pairBatches(source, { ...MARKS, maxTokens: 5 })(1)[Symbol.iterator]();
    expect(read).toEqual([]);
    iterator.next();
    expect(read).toHaveLength(1);
  });
});

describe('refused', () => {
  test.each([
    [[], {}, 'expected at least one pair, got none'],
    [[of(3, 3), of(0, 2)], {}, 'expected pairs of two texts, got an empty source at pair 1'],
    [[of(3, 0)], {}, 'an empty target at pair 0'],
    [
      [of(3, 3), of(10_000, 3)],
      {},
      'at most 50 steps, the maxTokens of a batch, got 10000 + 4 steps at pair 1',
    ],
    [[of(3, 3)], { maximumLength: 2 }, 'got 1 pairs, all longer than 2 ids'],
    [[{ source: 'abc', target: [1] }], {}, 'expected pairs { source, target } of token ids'],
    [[of(3, 3)], { maxToken: 9 }, "did you mean 'maxTokens'?"],
    [{ length: 3 }, {}, 'expected at to be a function'],
  ])('%#', (pairs, options, message) => {
    expect(() => pairBatches(pairs as never, { ...MARKS, maxTokens: 50, ...options })).toThrow(message);
  });

  test('a pair by the place that its source knows', () => {
    const source = { length: 1, at: () => of(60, 2), placeOf: () => 'a.tsv, line 12' };
    expect(() => pairBatches(source, { ...MARKS, maxTokens: 50 })).toThrow('60 + 3 steps at a.tsv, line 12');
  });

  test('an epoch that is none', () => {
    expect(() => pairBatches([of(1, 1)], { ...MARKS, maxTokens: 50 })(0)).toThrow('epoch');
  });
});
