import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { sha256 } from '../src/walk/sha256';

test.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 70_001])("sha256 of %i bytes is Node's", (length) => {
  const bytes = Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 255);
  expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
});
