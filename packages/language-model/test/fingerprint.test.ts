import { createHash } from 'node:crypto';
import { memoryTokens } from '@unrolled/data';
import { expect, test } from 'vitest';
import { type Dataset, fingerprintOf } from '../src';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const bytesOf = (ids: Int32Array) => new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength);

test("a text's fingerprint is the SHA-256 of its blocks' SHA-256, as Node computes it", async () => {
  const train = Int32Array.from({ length: 2 ** 16 + 70 }, (_, index) => (index * 7919) % 251);
  const validation = train.slice(0, 70);
  const blocks = [train.subarray(0, 2 ** 16), train.subarray(2 ** 16), validation];
  const dataset = { train: memoryTokens(train), validation: { tokens: memoryTokens(validation) } };
  expect(await fingerprintOf(dataset as unknown as Dataset)).toEqual({
    train: train.length,
    validation: 70,
    hash: sha256(Buffer.concat(blocks.map((ids) => sha256(bytesOf(ids))))).toString('hex'),
  });
});
