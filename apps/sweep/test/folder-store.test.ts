import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { folderStore } from '../src/database/folder-store';

const place = mkdtempSync(path.join(tmpdir(), 'unrolled-folder-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const bytes = (text: string) => ({ 'last.safetensors': Buffer.from(text), 'log.jsonl': Buffer.from('{}\n') });

it('checkpoints in a folder: the last whole one of the last worker counts, whatever an earlier worker writes later', async () => {
  const [first, second] = [folderStore(place), folderStore(place)];
  const loaded = async () => String((await second.load('s', 7))?.['last.safetensors']);
  expect(await first.load('s', 7)).toBeUndefined();
  await first.save('s', 7, 1, bytes('a'));
  for (let n = 0; n < 10; n++) await first.save('s', 7, 1, bytes(`b${n}`));
  expect(await loaded()).toBe('b9');
  await second.save('s', 7, 2, bytes('c'));
  // The first worker wakes up.
  await first.save('s', 7, 1, bytes('stale'));
  expect(await loaded()).toBe('c');
  await second.save('s', 7, 2, bytes('d'));
  expect(await loaded()).toBe('d');
  expect(readdirSync(path.join(place, 's', '0007'))).toEqual(['2-2']);
});
