import { readSafetensors, writeSafetensors } from '@unrolled/safetensors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { metadata, namedTensors } from './arbitraries';

/** One change to a file: a byte set, a piece dropped, doubled, or replaced by what a header is made of. */
const change = fc.record({
  place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  length: fc.nat(12),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 3 }),
    fc
      .constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"',
        ',',
        ':',
        '0',
        '-1',
        '1e9',
        '4',
        '"a"',
        '\\',
        'null',
        '"shape":[]',
        '"F32"',
        '__proto__',
        '9007199254740993',
      )
      .map((text) => new TextEncoder().encode(text)),
  ),
});

function mutate(
  file: Uint8Array,
  { place, length, insert }: { place: number; length: number; insert: Uint8Array },
) {
  // Most changes go to the first half, where the length and the header are.
  const start = Math.floor(place * place * file.length);
  return Uint8Array.from([...file.subarray(0, start), ...insert, ...file.subarray(start + length)]);
}

/** Keeps the header's length right, so that the change reaches the parser. */
function withHeaderLength(file: Uint8Array, dataBytes: number): Uint8Array {
  if (file.length < 8 + dataBytes) return file;
  new DataView(file.buffer).setBigUint64(0, BigInt(file.length - 8 - dataBytes), true);
  return file;
}

test('a mutated file is read as the format says, or refused; nothing else happens', () => {
  let refused = 0;
  let read = 0;
  const changes = fc.array(change, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(namedTensors, metadata, changes, fc.boolean(), (tensors, texts, list, repair) => {
      const original = writeSafetensors(tensors, texts);
      const dataBytes = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
      const mutated = list.reduce(mutate, original);
      const file = repair ? withHeaderLength(mutated, dataBytes) : mutated;
      try {
        const result = readSafetensors(file);
        const bytes = [...result.tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
        const header = Number(new DataView(file.buffer).getBigUint64(0, true));
        expect(8 + header + bytes).toBe(file.length);
        read++;
      } catch (error) {
        expect((error as Error).name).toBe('UnrolledError');
        refused++;
      }
    }),
    { numRuns: 4000 },
  );
  // Neither branch may be empty, or the test would show nothing.
  expect(refused).toBeGreaterThan(1000);
  expect(read).toBeGreaterThan(10);
});
