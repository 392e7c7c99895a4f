import { readSafetensors, type SafetensorsTensor, toFloat32, writeSafetensors } from '@unrolled/safetensors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bitsOf, metadata, namedTensors } from './arbitraries';
import { headerOf, messageOf } from './support';

const bits = (tensors: ReadonlyMap<string, SafetensorsTensor>) =>
  Object.fromEntries([...tensors].map(([name, tensor]) => [`name ${name}`, bitsOf(tensor)]));

describe('read ∘ write', () => {
  test('gives every tensor and text back, bit for bit', () => {
    fc.assert(
      fc.property(namedTensors, metadata, (tensors, texts) => {
        const file = readSafetensors(writeSafetensors(tensors, texts));
        expect(bits(file.tensors)).toEqual(bits(tensors));
        expect(new Map(Object.entries(file.metadata))).toEqual(texts);
      }),
      { numRuns: 500 },
    );
  });

  test('does not depend on where in memory the file lies', () => {
    fc.assert(
      fc.property(namedTensors, fc.nat(9), (tensors, shift) => {
        const file = writeSafetensors(tensors);
        const shifted = new Uint8Array(shift + file.length + 3);
        shifted.set(file, shift);
        const { tensors: read } = readSafetensors(shifted.subarray(shift, shift + file.length));
        expect(bits(read)).toEqual(bits(tensors));
      }),
    );
  });

  test('write ∘ read gives the same bytes, whatever the order of the arguments', () => {
    fc.assert(
      fc.property(namedTensors, metadata, (tensors, texts) => {
        const file = writeSafetensors(tensors, texts);
        const { tensors: read, metadata: readTexts } = readSafetensors(file);
        expect(writeSafetensors(read, readTexts)).toEqual(file);
        expect(writeSafetensors(new Map([...tensors].reverse()), new Map([...texts].reverse()))).toEqual(
          file,
        );
      }),
    );
  });

  test('every tensor starts at a multiple of its element size', () => {
    fc.assert(
      fc.property(namedTensors, (tensors) => {
        const file = writeSafetensors(tensors);
        for (const { data } of readSafetensors(file).tensors.values()) {
          expect(data.buffer).toBe(file.buffer); // a view: it was aligned
          expect(data.byteOffset % data.BYTES_PER_ELEMENT).toBe(0);
        }
      }),
    );
  });

  test('takes an ArrayBuffer, and views that are parts of larger arrays', () => {
    const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const file = writeSafetensors({ a: { dtype: 'F32', shape: [2], data } });
    const { tensors } = readSafetensors(file.buffer as ArrayBuffer);
    expect(tensors.get('a')?.data).toEqual(Float32Array.of(1, 2));
  });
});

test('the bytes are those of the reference implementation', () => {
  const attention = { dtype: 'F32', shape: [1, 2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) } as const;
  const file = writeSafetensors({ 'attn.0': attention });
  expect(file[0]).toBe(64);
  expect(headerOf(file)).toBe('{"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}}');
  expect(headerOf(writeSafetensors({ attn0: attention }))).toBe(
    '{"attn0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}} ',
  );
  expect([...writeSafetensors({})]).toEqual([8, 0, 0, 0, 0, 0, 0, 0, 123, 125, 32, 32, 32, 32, 32, 32]);
  expect(headerOf(writeSafetensors({}, { framework: 'pt' }))).toBe(
    '{"__metadata__":{"framework":"pt"}}     ',
  );
});

test('tensors come by descending alignment, then by name in code-point order', () => {
  const byte = { dtype: 'U8', shape: [1], data: Uint8Array.of(1) } as const;
  const wide = { dtype: 'F64', shape: [], data: Float64Array.of(1) } as const;
  const file = writeSafetensors({ '😀': byte, '\uffff': byte, a: byte, b: wide });
  expect([...readSafetensors(file).tensors.keys()]).toEqual(['b', 'a', '\uffff', '😀']);
});

test('copy: true gives every tensor memory of its own', () => {
  const file = writeSafetensors({ a: { dtype: 'U8', shape: [2], data: Uint8Array.of(1, 2) } });
  const view = readSafetensors(file).tensors.get('a')!;
  const copy = readSafetensors(file, { copy: true }).tensors.get('a')!;
  file.fill(7);
  expect([[...view.data], [...copy.data]]).toEqual([
    [7, 7],
    [1, 2],
  ]);
});

describe('writeSafetensors refuses', () => {
  const good = { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) } as const;
  test.each<[string, unknown, unknown, string]>([
    ['the reserved name', { __metadata__: good }, {}, 'expected a tensor name other than __metadata__'],
    ['a lone surrogate', { '\ud800': good }, {}, 'expected valid Unicode as a tensor name'],
    ['an unknown dtype', { a: { ...good, dtype: 'float32' } }, {}, 'expected a dtype of BOOL, F4'],
    ['no tensor', { a: undefined }, {}, 'got undefined'],
    [
      'another array type',
      { a: { ...good, data: [1, 2] } },
      {},
      'expected tensor "a" (F32) as a Float32Array, got Array',
    ],
    ['other bits', { a: { ...good, dtype: 'F16' } }, {}, 'as a Uint16Array, got Float32Array'],
    [
      'another length',
      { a: { ...good, shape: [3] } },
      {},
      'expected 3 values for tensor "a" of shape [3], got 2',
    ],
    [
      'a broken shape',
      { a: { ...good, shape: [-1, -2] } },
      {},
      'expected a shape of whole numbers for tensor "a", got -1,-2',
    ],
    [
      'a shape beyond 2⁵³',
      { a: { ...good, shape: [2 ** 52, 2 ** 52] } },
      {},
      'whose size in bits is a safe integer',
    ],
    ['metadata that is no text', {}, { step: 3 }, 'expected a string as metadata "step", got number'],
  ])('%s', (_, tensors, texts, message) => {
    expect(messageOf(() => writeSafetensors(tensors as never, texts as never))).toContain(message);
  });
});

describe('toFloat32', () => {
  test('widens F16 and BF16 exactly', () => {
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0x0400);
    expect([...toFloat32({ dtype: 'F16', shape: [9], data: halves })]).toEqual([
      1,
      -2,
      65504,
      2 ** -24,
      -0,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      2 ** -14,
    ]);
    const brains = Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x7fc0, 0x0001);
    expect([...toFloat32({ dtype: 'BF16', shape: [5], data: brains })]).toEqual([
      1,
      -2,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      2 ** -133,
    ]);
  });

  test('copies F32, rounds F64, and refuses integers', () => {
    const data = Float32Array.of(1, 2);
    const copy = toFloat32({ dtype: 'F32', shape: [2], data });
    copy[0] = 9;
    expect(data[0]).toBe(1);
    expect(toFloat32({ dtype: 'F64', shape: [], data: Float64Array.of(0.1) })[0]).toBe(Math.fround(0.1));
    expect(messageOf(() => toFloat32({ dtype: 'I32', shape: [], data: Int32Array.of(1) }))).toContain(
      'got I32',
    );
  });
});
