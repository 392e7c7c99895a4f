import { contiguousBatches, memoryTokens, renumberTokens, sliceTokens } from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support';

const range = (from: number, to: number) => fc.tuple(fc.integer({ min: from, max: to }), fc.nat(to));

describe('a token source', () => {
  test('in memory reads any integer width, as a copy', () => {
    for (const type of [Uint8Array, Uint16Array, Uint32Array, Int32Array]) {
      const ids = type.of(3, 1, 4, 1, 5);
      const read = memoryTokens(ids).read(1, 4);
      expect(read).toEqual(Int32Array.of(1, 4, 1));
      read.fill(9);
      expect([...ids]).toEqual([3, 1, 4, 1, 5]);
    }
  });

  test('a slice, and a slice of a slice, are what slicing the array gives', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 20 }), range(0, 20), range(0, 20), (ids, a, b) => {
        const cut = ([start, more]: [number, number], length: number) => {
          const from = Math.min(start, length);
          return [from, Math.min(length, from + more)] as const;
        };
        const [start, end] = cut(a, ids.length);
        const [from, to] = cut(b, end - start);
        const slice = sliceTokens(sliceTokens(memoryTokens(ids), start, end), from, to);
        expect(slice.length).toBe(to - from);
        expect(slice.read(0, slice.length)).toEqual(
          Int32Array.from(ids.subarray(start, end).subarray(from, to)),
        );
      }),
    );
  });

  test('renumbered gives the other ids and leaves its own alone', () => {
    const source = memoryTokens(Uint8Array.of(0, 1, 2, 1));
    const renumbered = renumberTokens(source, Int32Array.of(7, 5, 5));
    expect(renumbered.length).toBe(4);
    expect(renumbered.read(0, 4)).toEqual(Int32Array.of(7, 5, 5, 5));
    expect(source.read(0, 4)).toEqual(Int32Array.of(0, 1, 2, 1));
  });

  test('gives the same batches as the array', () => {
    const ids = Int32Array.from({ length: 100 }, (_, index) => (index * 7) % 13);
    const options = { batchSize: 3, sequenceLength: 4, lastBatch: 'short' } as const;
    const [fromArray, fromSource] = [ids, memoryTokens(ids)].map((tokens) =>
      contiguousBatches(tokens, options),
    );
    expect(fromSource!.length).toBe(fromArray!.length);
    for (let index = 0; index < fromArray!.length; index++) {
      expect(fromSource!.at(index)).toEqual(fromArray!.at(index));
    }
  });

  test('refuses what is out of range, or no tokens', () => {
    const source = memoryTokens(Uint8Array.of(1, 2, 3));
    for (const [start, end] of [
      [-1, 2],
      [2, 1],
      [0, 4],
      [0.5, 2],
    ] as const) {
      const message = `TokenSource: expected a range within 0 … 3, got ${start} … ${end}: pass its first position and the position after its last`;
      expect(messageOf(() => source.read(start, end))).toBe(message);
      expect(messageOf(() => sliceTokens(source, start, end))).toBe(message);
    }
    expect(messageOf(() => sliceTokens(source, 1, 2).read(0, 2))).toContain('a range within 0 … 1');
    expect(messageOf(() => memoryTokens([1, 2] as never))).toBe(
      'memoryTokens: expected tokens in an Int32Array, Uint8Array, Uint16Array or Uint32Array, or a TokenSource, got an array of 2: encode the text with a vocabulary',
    );
  });
});
