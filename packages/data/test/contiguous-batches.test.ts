import { contiguousBatches } from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support';

const upTo = (count: number) => Int32Array.from({ length: count }, (_, index) => index);

const cut = fc.record({
  batchSize: fc.integer({ min: 1, max: 5 }),
  sequenceLength: fc.integer({ min: 1, max: 6 }),
  lastBatch: fc.constantFrom('drop', 'short'),
  more: fc.nat(80),
});

describe('contiguousBatches', () => {
  test('row r of a batch goes on where row r of the batch before stopped', () => {
    const batches = contiguousBatches(upTo(14), { batchSize: 2, sequenceLength: 3 });
    expect(batches).toMatchObject({ length: 2, tokensPerBatch: 6, tokenCount: 12 });
    expect([...batches.at(0).inputs]).toEqual([0, 1, 2, 6, 7, 8]);
    expect([...batches.at(0).targets]).toEqual([1, 2, 3, 7, 8, 9]);
    expect([...batches.at(1).inputs]).toEqual([3, 4, 5, 9, 10, 11]);
  });

  test('every token is predicted once, by the token before it', () => {
    fc.assert(
      fc.property(cut, ({ more, ...options }) => {
        const { batchSize, sequenceLength, lastBatch } = options;
        const count = batchSize * sequenceLength + 1 + more;
        const batches = contiguousBatches(upTo(count), options);
        const ends = new Map<number, number>();
        const predicted: number[] = [];
        for (let index = 0; index < batches.length; index++) {
          const { inputs, targets, steps } = batches.at(index);
          for (let row = 0; row < batchSize; row++) {
            if (ends.has(row)) expect(inputs[row * steps]).toBe(ends.get(row)! + 1);
            ends.set(row, inputs[(row + 1) * steps - 1]!);
          }
          for (const [place, id] of inputs.entries()) expect(targets[place]).toBe(id + 1);
          predicted.push(...targets);
        }
        predicted.sort((a, b) => a - b);
        expect(predicted).toEqual([...upTo(batches.tokenCount + 1).subarray(1)]);
        const unused = count - 1 - batches.tokenCount;
        expect(unused).toBeLessThan(lastBatch === 'short' ? batchSize : batchSize * sequenceLength);
      }),
    );
  });

  test('a short last batch has the steps left over', () => {
    const batches = contiguousBatches(upTo(9), { batchSize: 2, sequenceLength: 3, lastBatch: 'short' });
    expect(batches.length).toBe(2);
    expect(batches.at(1)).toMatchObject({ steps: 1, batchSize: 2, inputs: Int32Array.of(3, 7) });
  });

  test.each([Uint8Array, Uint16Array, Uint32Array, Int32Array])('reads a view of a %o in place', (type) => {
    const corpus = type.from([99, 0, 1, 2, 3, 4, 99]);
    const view = corpus.subarray(1, 6);
    const batches = contiguousBatches(view, { batchSize: 2, sequenceLength: 2 });
    expect([...batches.at(0).inputs]).toEqual([0, 1, 2, 3]);
    corpus[1] = 7;
    expect(batches.at(0).inputs[0]).toBe(7);
  });

  test('says how many tokens it needs', () => {
    expect(messageOf(() => contiguousBatches(upTo(1600), { batchSize: 32, sequenceLength: 50 }))).toBe(
      'contiguousBatches: expected at least 1601 tokens for 32 rows of 50 steps and their targets, got 1600: reduce the batch size or the sequence length, or pass more text',
    );
    expect(contiguousBatches(upTo(1601), { batchSize: 32, sequenceLength: 50 }).length).toBe(1);
    const short = { batchSize: 32, sequenceLength: 50, lastBatch: 'short' } as const;
    expect(messageOf(() => contiguousBatches(upTo(0), short))).toContain('at least 33 tokens');
    expect(contiguousBatches(upTo(33), short).length).toBe(1);
  });

  test('refuses other mistakes', () => {
    const batches = contiguousBatches(upTo(10), { batchSize: 2, sequenceLength: 2 });
    expect(messageOf(() => batches.at(2))).toContain('contiguousBatches: expected a batch in 0 … 1, got 2');
    expect(messageOf(() => batches.at(0.5))).toContain('got 0.5');
    expect(
      messageOf(() => contiguousBatches([1, 2] as never, { batchSize: 1, sequenceLength: 1 })),
    ).toContain('array of 2');
    expect(messageOf(() => contiguousBatches(upTo(9), { batchSize: 0, sequenceLength: 1 }))).toContain(
      'batchSize',
    );
  });
});
