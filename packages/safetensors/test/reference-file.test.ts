/** A file that Python's safetensors 0.8.0 wrote; `fixtures/safetensors/make.py` makes it again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, toFloat32, writeSafetensors } from '@unrolled/safetensors';
import { expect, test } from 'vitest';

const path = join(import.meta.dirname, '../../../fixtures/safetensors/every-dtype.safetensors');
const bytes = new Uint8Array(readFileSync(path));

test('its tensors are what the script put there', () => {
  const { tensors, metadata } = readSafetensors(bytes);
  const of = (name: string) => {
    const { dtype, shape, data } = tensors.get(name)!;
    return [dtype, [...shape], Array.from<number | bigint>(data as never)];
  };
  expect(of('f64')).toEqual(['F64', [2, 2], [1.5, -2.25, 1e300, 5e-324]]);
  expect(of('f32')).toEqual(['F32', [3], [Math.fround(0.1), -0, Number.POSITIVE_INFINITY]]);
  expect([...toFloat32(tensors.get('f16')!)]).toEqual([1, -2, 65504, 2 ** -24, Number.POSITIVE_INFINITY]);
  expect(of('i64')).toEqual(['I64', [2], [-(2n ** 63n), 2n ** 63n - 1n]]);
  expect(of('i32')).toEqual(['I32', [2, 1], [-(2 ** 31), 2 ** 31 - 1]]);
  expect(of('i16')).toEqual(['I16', [2], [-32768, 32767]]);
  expect(of('i8')).toEqual(['I8', [3], [-128, 127, 0]]);
  expect(of('u64')).toEqual(['U64', [2], [0n, 2n ** 64n - 1n]]);
  expect(of('u32')).toEqual(['U32', [1], [2 ** 32 - 1]]);
  expect(of('u16')).toEqual(['U16', [3], [65535, 1, 2]]);
  expect(of('u8')).toEqual(['U8', [1], [255]]);
  expect(of('bool')).toEqual(['BOOL', [3], [1, 0, 1]]);
  expect(of('scalar')).toEqual(['F32', [], [7]]);
  expect(of('empty')).toEqual(['F32', [0, 3], []]);
  expect(of('가."quoted"\n')).toEqual(['I32', [2], [1, 2]]);
  expect(tensors.size).toBe(17);
  expect({ ...metadata }).toEqual({ config: '{"units": 3}' });
});

test('written again it has the same bytes', () => {
  const { tensors, metadata } = readSafetensors(bytes);
  expect(Buffer.from(writeSafetensors(tensors, metadata)).equals(bytes)).toBe(true);
});
