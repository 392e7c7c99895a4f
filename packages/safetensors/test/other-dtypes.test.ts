/**
 * Element types that JavaScript has no array for: the file stays readable, the bytes are given as they are.
 */
import { dtypes, readSafetensors, toFloat32, writeSafetensors } from '@unrolled/safetensors';
import { describe, expect, test } from 'vitest';
import { fileOf, messageOf } from './support';

/** A file of one F32 tensor `w` and one of `dtype` behind it, its bytes 1, 2, 3, … */
function fileWith(dtype: string, shape: string, bytes: number): Uint8Array {
  const entry = (name: string, type: string, extents: string, begin: number, end: number) =>
    `"${name}":{"dtype":"${type}","shape":${extents},"data_offsets":[${begin},${end}]}`;
  const file = fileOf(
    `{${entry('w', 'F32', '[2]', 0, 8)},${entry('q', dtype, shape, 8, 8 + bytes)}}`,
    8 + bytes,
  );
  file.set(
    Uint8Array.from({ length: bytes }, (_, index) => index + 1),
    file.length - bytes,
  );
  return file;
}

const small: [string, string, number][] = [
  ['F8_E4M3', '[2,3]', 6],
  ['F8_E5M2', '[8]', 8],
  ['F8_E8M0', '[]', 1],
  ['F8_E4M3FNUZ', '[3]', 3],
  ['F8_E5M2FNUZ', '[1,1]', 1],
  ['F4', '[2,3]', 3],
  ['F4', '[0,5]', 0],
  ['F6_E2M3', '[4]', 3],
  ['F6_E3M2', '[2,2,2]', 6],
];

test.each(small)('%s %s: %i bytes beside values that are read', (dtype, shape, bytes) => {
  const file = fileWith(dtype, shape, bytes);
  const { tensors } = readSafetensors(file);
  expect(tensors.get('w')!.data).toEqual(new Float32Array(2));
  const q = tensors.get('q')!;
  expect(q).toMatchObject({ dtype, shape: JSON.parse(shape) });
  expect([...(q.data as Uint8Array)]).toEqual(Array.from({ length: bytes }, (_, index) => index + 1));
  expect(readSafetensors(writeSafetensors(tensors)).tensors.get('q')).toEqual(q);
  expect(messageOf(() => toFloat32(q))).toContain(`got ${dtype}: convert the tensor to F32 or BF16`);
});

test('C64 is pairs of numbers', () => {
  const data = Float32Array.of(1, -2, 3, 4);
  const file = writeSafetensors({ z: { dtype: 'C64', shape: [2], data } });
  expect(readSafetensors(file).tensors.get('z')).toEqual({ dtype: 'C64', shape: [2], data });
  expect(messageOf(() => writeSafetensors({ z: { dtype: 'C64', shape: [4], data } }))).toContain(
    'expected 8 values for tensor "z" of shape [4], got 4',
  );
  expect(messageOf(() => toFloat32({ dtype: 'C64', shape: [2], data }))).toMatch(/got C64: /);
});

describe('what does not fit is refused', () => {
  test.each([
    ['F4', '[3]', 2, 'elements of 4 bits in tensor "q" that fill whole bytes, got [3]'],
    ['F6_E2M3', '[2]', 2, 'elements of 6 bits in tensor "q" that fill whole bytes, got [2]'],
    ['F6_E3M2', '[4]', 4, 'expected 3 bytes for tensor "q" (F6_E3M2 [4]), got 4 bytes'],
    ['F8_E4M3', '[4]', 8, 'expected 4 bytes for tensor "q"'],
    ['C64', '[2]', 8, 'expected 16 bytes for tensor "q"'],
    ['F4', '[9007199254740991]', 2, 'whose size in bits is a safe integer'],
    ['f8_e4m3', '[4]', 4, 'got "f8_e4m3"'],
  ])('%s %s in %i bytes', (dtype, shape, bytes, message) => {
    expect(messageOf(() => readSafetensors(fileWith(dtype, shape, bytes)))).toContain(message);
  });

  test('F4 of three elements cannot be written', () => {
    const odd = { dtype: 'F4', shape: [3], data: new Uint8Array(2) } as const;
    expect(messageOf(() => writeSafetensors({ odd }))).toContain('that fill whole bytes');
  });
});

test("the order is the reference's, by alignment", () => {
  const wide = { dtype: 'C64', shape: [1], data: new Float32Array(2) } as const;
  const narrow = { dtype: 'F4', shape: [2], data: new Uint8Array(1) } as const;
  const byte = { dtype: 'F8_E4M3', shape: [1], data: new Uint8Array(1) } as const;
  const half = { dtype: 'F16', shape: [1], data: new Uint16Array(1) } as const;
  const file = writeSafetensors({ narrow, byte, half, wide });
  expect([...readSafetensors(file).tensors.keys()]).toEqual(['wide', 'half', 'byte', 'narrow']);
  expect(dtypes).toHaveLength(22);
});
