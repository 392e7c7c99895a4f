import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { atomicWriteFile, ensureWritableDirectory } from '../../src/node';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'unrolled-files-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const rootOrWindows = process.platform === 'win32' || process.getuid?.() === 0;

test('a file is replaced whole and nothing else is left', async () => {
  const file = path.join(directory, 'a.txt');
  await atomicWriteFile(file, 'one');
  await atomicWriteFile(file, new TextEncoder().encode('two'));
  expect(await readFile(file, 'utf8')).toBe('two');
  expect(await readdir(directory)).toEqual(['a.txt']);
});

test('a directory in place of a file is refused, and no temporary file stays', async () => {
  const file = path.join(directory, 'a');
  await mkdir(file);
  await writeFile(path.join(file, 'kept'), '');
  await expect(atomicWriteFile(file, 'x')).rejects.toMatchObject({ name: 'UnrolledError' });
  expect(await readdir(directory)).toEqual(['a']);
});

test('a missing directory is named', async () => {
  await expect(atomicWriteFile(path.join(directory, 'no', 'a'), 'x')).rejects.toThrow(
    /\[unrolled\/runs] atomicWriteFile: expected a file that can be written at .*, got a path that does not exist: choose/,
  );
});

test.runIf(process.platform === 'linux')(
  'a directory that the system will not make is refused at once',
  async () => {
    await expect(ensureWritableDirectory('/proc/unrolled/a/b')).rejects.toMatchObject({
      name: 'UnrolledError',
    });
  },
);

test('a directory is made with those above it, and left empty', async () => {
  const made = await ensureWritableDirectory(path.join(directory, 'a/b'));
  expect(path.isAbsolute(made)).toBe(true);
  expect(await readdir(made)).toEqual([]);
});

test.each(['file', 'file/below'])('a file of that name is named: %s', async (name) => {
  await writeFile(path.join(directory, 'file'), '');
  await expect(ensureWritableDirectory(path.join(directory, name))).rejects.toThrow(
    /ensureWritableDirectory: expected a directory that can be written at .*, got a file in place of a folder: choose/,
  );
});

test.skipIf(rootOrWindows)(
  'a directory without permission is named (skipped for root and on Windows)',
  async () => {
    await chmod(directory, 0o500);
    await expect(ensureWritableDirectory(directory)).rejects.toThrow('got no permission to write there');
  },
);
