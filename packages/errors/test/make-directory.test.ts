/** Directories that several processes make at the same time. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { makeDirectory } from '../src/node';

it('makes the same directories at once, and fails where the system lets none be made', async () => {
  const place = mkdtempSync(path.join(tmpdir(), 'unrolled-directories-'));
  try {
    for (let round = 0; round < 20; round++) {
      const above = path.join(place, String(round), 'a', 'b');
      await Promise.all(['c', 'd', 'c'].map((name) => makeDirectory(path.join(above, name))));
      expect(statSync(path.join(above, 'd')).isDirectory()).toBe(true);
    }
    await expect(makeDirectory(path.join(place, '0', '\0'))).rejects.toThrow();
    if (process.platform === 'linux')
      await expect(makeDirectory('/proc/none/at/all')).rejects.toThrow('ENOENT');
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
});
