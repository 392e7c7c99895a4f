import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRunDirectory } from '../src/run/run-directory';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'unrolled-runs-'));
  vi.spyOn(process, 'cwd').mockReturnValue(place);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(place, { recursive: true, force: true });
});

test('a directory that holds other things is used, one that holds a run is refused', async () => {
  const directory = path.join(place, 'mine');
  await mkdir(directory);
  await writeFile(path.join(directory, 'notes.txt'), 'x');
  const run = await createRunDirectory(directory);
  expect(run.file('best')).toBe(path.join(directory, 'best.safetensors'));

  for (const name of ['last.safetensors', 'loss.svg', 'log.jsonl']) {
    await writeFile(path.join(directory, name), 'x');
    await expect(createRunDirectory(directory)).rejects.toThrow(
      `[unrolled/char-rnn] --run-directory: expected a directory without an earlier run, got ${directory}, which holds ${name}: choose another directory, or go on with that run: --resume ${directory}`,
    );
    await rm(path.join(directory, name));
  }
});

test('a file in the way is refused in words', async () => {
  const file = path.join(place, 'file');
  await writeFile(file, 'x');
  await expect(createRunDirectory(file)).rejects.toThrow(
    /expected a directory that can be written at .*file in the way/,
  );
});

test('an unused directory can be taken back, a used one stays', async () => {
  const unused = await createRunDirectory(path.join(place, 'unused'));
  await unused.discardIfEmpty();
  const used = await createRunDirectory(path.join(place, 'used'));
  await writeFile(used.file('last'), 'x');
  await used.discardIfEmpty();
  expect(await readdir(place)).toEqual(['used']);
});
