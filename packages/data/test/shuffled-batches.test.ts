import { padSequences, shuffledBatches, teacherForcing } from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { messageOf } from './support';

const upTo = (length: number) => Array.from({ length }, (_, index) => index);
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

/** An example of a length, which is its number too. */
const rowsOf = (lengths: readonly number[]) => lengths.map((length) => upTo(length));

describe('shuffledBatches', () => {
  const cases = fc.record({
    length: fc.integer({ min: 1, max: 60 }),
    batchSize: fc.integer({ min: 1, max: 9 }),
    seed: fc.integer(),
    epoch: fc.integer({ min: 1, max: 9 }),
    buckets: fc.boolean(),
    drops: fc.boolean(),
  });

  test('gives every example once, in full batches and one smaller last one, the same for the same seed and epoch', () => {
    fc.assert(
      fc.property(cases, ({ length, batchSize, seed, epoch, buckets, drops }) => {
        fc.pre(!drops || length >= batchSize);
        const options = {
          batchSize,
          seed,
          ...(buckets && { bucketBy: (example: number) => example % 7 }),
          ...(drops && { lastBatch: 'drop' as const }),
        };
        const batchesOf = shuffledBatches(upTo(length), options);
        const batches = [...batchesOf(epoch)];
        expect(batchesOf.batchesPerEpoch).toBe(batches.length);
        const rest = length % batchSize;
        const sizes = [
          ...Array(Math.floor(length / batchSize)).fill(batchSize),
          ...(rest > 0 && !drops ? [rest] : []),
        ];
        expect(batches.map((batch) => batch.length)).toEqual(sizes);
        const all = sorted(batches.flat());
        expect(new Set(all).size).toBe(drops ? length - rest : length);
        expect(all.every((example) => example >= 0 && example < length)).toBe(true);
        expect([...shuffledBatches(upTo(length), options)(epoch)]).toEqual(batches);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test('has another order in every epoch and for every seed, whatever was asked before', () => {
    const of = (seed: number) => shuffledBatches(upTo(30), { batchSize: 4, seed });
    const batches = of(1);
    const first = [...batches(1)];
    expect([...batches(2)]).not.toEqual(first);
    expect([...batches(1)]).toEqual(first);
    expect([...of(2)(1)]).not.toEqual(first);
    expect([...shuffledBatches(upTo(30), { batchSize: 4 })(1)]).toEqual([...of(0)(1)]);
    const twice = batches(1);
    const begun = twice[Symbol.iterator]();
    expect(begun.next().value).toEqual(first[0]);
  });

  test('puts examples at every place about equally often', () => {
    const count = 6;
    const places = Array.from({ length: count }, () => new Int32Array(count));
    const batches = shuffledBatches(upTo(count), { batchSize: 2, seed: 3 });
    for (let epoch = 1; epoch <= 3000; epoch++) {
      for (const [place, example] of [...batches(epoch)].flat().entries()) places[example]![place]! += 1;
    }
    // χ² of 5 degrees of freedom for each example: above 25.7 once in 10,000.
    for (const row of places) {
      const chi = row.reduce((sum, seen) => sum + (seen - 500) ** 2 / 500, 0);
      expect(chi).toBeLessThan(25.7);
    }
  });

  test('with bucketBy pads little, in an order of its own, and leaves out no length in particular', () => {
    const lengths = upTo(1000).map((n) => 1 + ((n * 37) % 100));
    const rows = rowsOf(lengths);
    const padding = (batches: Iterable<number[][]>) => {
      let padded = 0;
      for (const batch of batches) {
        const longest = Math.max(...batch.map((row) => row.length));
        for (const row of batch) padded += longest - row.length;
      }
      return padded;
    };
    const options = { batchSize: 16, seed: 5 };
    const bucketed = shuffledBatches(rows, { ...options, bucketBy: (row) => row.length });
    expect(padding(bucketed(1))).toBeLessThan(0.1 * padding(shuffledBatches(rows, options)(1)));
    const longest = [...bucketed(1)].map((batch) => Math.max(...batch.map((row) => row.length)));
    expect(longest.slice(0, -1)).not.toEqual(sorted(longest.slice(0, -1)));
    expect([...bucketed(2)].map(([row]) => row!.length)).not.toEqual(
      [...bucketed(1)].map(([row]) => row!.length),
    );
    const dropping = shuffledBatches(rows, { ...options, bucketBy: (row) => row.length, lastBatch: 'drop' });
    let lost = 0;
    for (let epoch = 1; epoch <= 50; epoch++) {
      const kept = [...dropping(epoch)].flat().reduce((sum, row) => sum + row.length, 0);
      lost += lengths.reduce((sum, length) => sum + length, 0) - kept;
    }
    expect(lost / (50 * (1000 % 16))).toBeGreaterThan(40); // the mean length of what was dropped: about 50.5
    expect(lost / (50 * (1000 % 16))).toBeLessThan(61);
  });

  test('sorts in pools: of more than 100 batches not all lengths stand together', () => {
    const examples = upTo(1000);
    const batches = [...shuffledBatches(examples, { batchSize: 2, bucketBy: (example) => example })(1)];
    const spread = batches.map(([a, b]) => Math.abs(a! - b!));
    // 200 of 1000 in a pool: neighbours are some 5 apart; in one pool of all they would be 1 apart.
    expect(spread.reduce((sum, gap) => sum + gap, 0) / spread.length).toBeGreaterThan(3);
  });

  test('makes batches by collate when they are asked for, of any examples', () => {
    const rows = rowsOf([3, 1, 2, 5, 4]);
    let made = 0;
    const batches = shuffledBatches(rows, {
      batchSize: 2,
      bucketBy: (row) => row.length,
      collate: (examples) => {
        made += 1;
        return padSequences(examples);
      },
    });
    const begun = batches(1)[Symbol.iterator]();
    const { value } = begun.next();
    expect(made).toBe(1);
    expect(value.count).toBe(2);
    expectTypeOf(batches).returns.toEqualTypeOf<Iterable<ReturnType<typeof padSequences>>>();
    const typed = shuffledBatches(Int32Array.of(4, 5, 6), { batchSize: 3 });
    expectTypeOf(typed).returns.toEqualTypeOf<Iterable<number[]>>();
    expect(sorted([...typed(1)].flat())).toEqual([4, 5, 6]);
  });

  test.each<[string, unknown, unknown, string]>([
    ['no examples', [], { batchSize: 2 }, 'expected at least one example, got none'],
    [
      'too few',
      [1],
      { batchSize: 2, lastBatch: 'drop' },
      'at least 2 examples, which fill one batch, got 1: reduce batchSize',
    ],
    ['no batchSize', [1], {}, 'expected batchSize to be a positive integer, got undefined'],
    ['a batchSize of 0', [1], { batchSize: 0 }, 'expected batchSize to be a positive integer, got 0'],
    ['no options', [1], undefined, 'expected options to be an object, got undefined'],
    [
      'a Set',
      new Set([1]),
      { batchSize: 1 },
      'expected examples to be an array or typed array, got an object',
    ],
    ['another name', [1], { batchSize: 1, bucketby: 1 }, "did you mean 'bucketBy'?"],
    [
      'another lastBatch',
      [1],
      { batchSize: 1, lastBatch: 'keep' },
      "lastBatch 'short' or 'drop', got \"keep\"",
    ],
    ['a seed of text', [1], { batchSize: 1, seed: '1' }, 'expected seed to be a number'],
    [
      'no number from bucketBy',
      [[1], 2],
      { batchSize: 1, bucketBy: (row: number[]) => row.length },
      'expected a finite number from bucketBy, such as the length of an example, got undefined for example 1',
    ],
  ])('refuses %s', (_, examples, options, words) => {
    expect(messageOf(() => shuffledBatches(examples as never, options as never))).toContain(words);
  });

  test('refuses an epoch of 0', () => {
    expect(messageOf(() => shuffledBatches([1], { batchSize: 1 })(0))).toBe(
      'shuffledBatches: expected an epoch to be a positive integer, got 0: pass such a number',
    );
  });
});

describe('teacherForcing', () => {
  test('gives start + row to read and row + end to predict, filled up', () => {
    expect(teacherForcing([[5, 6, 7], [8], []], { startId: 1, endId: 2 })).toEqual({
      inputs: Int32Array.of(1, 5, 6, 7, 1, 8, 0, 0, 1, 0, 0, 0),
      targets: Int32Array.of(5, 6, 7, 2, 8, 2, 0, 0, 2, 0, 0, 0),
      lengths: [4, 2, 1],
      batchSize: 3,
      steps: 4,
    });
    const wide = teacherForcing([Uint8Array.of(3)], { startId: 9, endId: 9, length: 3, value: 7 });
    expect([...wide.inputs, ...wide.targets]).toEqual([9, 3, 7, 3, 9, 7]);
  });

  test('shifts any rows by one, and says how long they are', () => {
    const row = fc.array(fc.integer({ min: 2, max: 1000 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (rows) => {
        const { inputs, targets, lengths, batchSize, steps } = teacherForcing(rows, { startId: 0, endId: 1 });
        expect([batchSize, inputs.length, targets.length]).toEqual([
          rows.length,
          rows.length * steps,
          inputs.length,
        ]);
        rows.forEach((ids, place) => {
          const [at, length] = [place * steps, lengths[place]!];
          expect([...inputs.subarray(at, at + length)]).toEqual([0, ...ids]);
          expect([...targets.subarray(at, at + length)]).toEqual([...ids, 1]);
          expect(inputs.subarray(at + length, at + steps).every((id) => id === 0)).toBe(true);
        });
        expect(Math.max(...lengths)).toBe(steps);
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  const marks = { startId: 1, endId: 2 };
  test.each<[string, unknown, unknown, string]>([
    ['no rows', [], marks, 'expected at least one row, got none'],
    ['no list', 'abc', marks, 'expected rows to be an array, got "abc"'],
    ['ids in one row', [5, 6], marks, 'expected row 0 to be an array or typed array, got 5'],
    ['no marks', [[5]], {}, 'expected startId to be an integer of at least 0, got undefined'],
    ['no options', [[5]], undefined, 'expected options to be an object'],
    ['marks of other names', [[5]], { start: 1, endId: 2 }, 'got "start": did you mean \'startId\'?'],
    [
      'the end in a row',
      [[5], [6, 2]],
      marks,
      'expected rows without startId and endId, got endId 2 at row 1, step 1',
    ],
    ['the start in a row', [[1]], marks, 'got startId 1 at row 0, step 0: remove these ids from the rows'],
    ['fractions', [[5.5]], marks, 'whole numbers of at least 0, got 5.5 at row 0, step 0'],
    ['numbers below 0', [[-1]], marks, 'got -1 at row 0'],
    ['letters', [['a']], marks, 'got "a" at row 0'],
    [
      'a row that is too long',
      [[5], [5, 6]],
      { ...marks, length: 2 },
      'rows of at most 1 ids, one less than `length`, got 2 ids at row 1',
    ],
  ])('refuses %s', (_, rows, options, words) => {
    expect(messageOf(() => teacherForcing(rows as never, options as never))).toContain(words);
  });
});
