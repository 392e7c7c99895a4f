import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '@unrolled/safetensors';
import { readSafetensorsFile, writeSafetensorsFile } from '@unrolled/safetensors/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileOf, headerOf, messageOf, rejectionOf } from './support';

const tensors = {
  kernel: { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2, 3, 0, 5, 6) },
  step: { dtype: 'I64', shape: [], data: BigInt64Array.of(7n) },
} as const;
const metadata = { config: '{"unrolled.crc32":"00000000"}', z: 'é' };
const sealed = () => writeSafetensors(tensors, metadata, { checksum: true });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unrolled-checksum-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** CRC-32 by its definition, bit by bit (ISO 3309, polynomial 0xEDB88320 reflected). */
function crcByDefinition(bytes: Uint8Array): string {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (~crc >>> 0).toString(16).padStart(8, '0');
}

test('is the CRC-32 of the file with zeros in its place', () => {
  const digits = /"unrolled\.crc32":"([0-9a-f]{8})"/.exec(headerOf(sealed()))![1]!;
  const blank = new TextEncoder().encode('00000000');
  const file = sealed();
  file.set(blank, new TextDecoder('latin1').decode(file).indexOf(digits));
  expect(digits).toBe(crcByDefinition(file));
});

test('the tensors and the metadata come back as without it', () => {
  const plain = readSafetensors(writeSafetensors(tensors, metadata));
  expect(plain.hasChecksum).toBe(false);
  expect(readSafetensors(sealed())).toEqual({ ...plain, hasChecksum: true });
});

test('no single bit can change: the file reads as it was, or is refused', () => {
  const expected = readSafetensors(sealed());
  let asBefore = 0;
  for (let bit = 0; bit < sealed().length * 8; bit++) {
    const file = sealed();
    file[bit >> 3]! ^= 1 << (bit & 7);
    try {
      const read = readSafetensors(file);
      // A damaged key is another key: what the file is about is still whole.
      expect(read.tensors).toEqual(expected.tensors);
      expect({ ...read.metadata }).toMatchObject({ ...expected.metadata });
      asBefore += 1;
    } catch (error) {
      expect(error).toHaveProperty('name', 'UnrolledError');
    }
  }
  expect(asBefore).toBeLessThanOrEqual('unrolled.crc32'.length * 8);
});

test('a changed weight is named as such, in memory and from a file', async () => {
  const file = sealed();
  file[file.length - 1]! ^= 1;
  const complaint =
    /^expected bytes with the checksum [0-9a-f]{8}, got bytes with the checksum [0-9a-f]{8}(?: in .*)?: use another copy: this file is damaged or was changed$/;
  expect(messageOf(() => readSafetensors(file)).replace('readSafetensors: ', '')).toMatch(complaint);
  const path = join(folder, 'changed.safetensors');
  await writeFile(path, file);
  const rejection = await rejectionOf(readSafetensorsFile(path));
  expect(rejection).toContain(path);
  expect(rejection.replace('readSafetensorsFile: ', '')).toMatch(complaint);
});

test('a file has it too', async () => {
  const path = join(folder, 'sealed.safetensors');
  await writeSafetensorsFile(path, tensors, metadata, { checksum: true });
  expect(await readSafetensorsFile(path)).toEqual(readSafetensors(sealed()));
});

test('stays true where another program wrote spaces into the header', () => {
  const spaced = headerOf(sealed())
    .trimEnd()
    .replace(/(?<!\\)":/g, '" : ');
  const data = sealed().slice(-32);
  const blank = fileOf(spaced.replace(/"[0-9a-f]{8}"/, '"00000000"'), data.length);
  blank.set(data, blank.length - data.length);
  const whole = fileOf(spaced.replace(/"[0-9a-f]{8}"/, `"${crcByDefinition(blank)}"`), data.length);
  whole.set(data, whole.length - data.length);
  expect(readSafetensors(whole)).toEqual(readSafetensors(sealed()));
});

test('its key cannot be written otherwise', () => {
  expect(messageOf(() => writeSafetensors(tensors, { 'unrolled.crc32': 'x' }))).toBe(
    'writeSafetensors: expected a metadata key other than unrolled.crc32, got unrolled.crc32: set the option checksum, which writes this key',
  );
});

test('a checksum that is none is refused', () => {
  const file = fileOf('{"__metadata__":{"unrolled.crc32":"never"}}');
  expect(messageOf(() => readSafetensors(file))).toContain('expected bytes with the checksum in the header');
});
