import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UnrolledError } from '@unrolled/errors';
import { makeDirectory } from '@unrolled/errors/node';

/**
 * Writes a file whole or not at all: to a temporary file beside it, synced, then renamed over it.
 *
 * @throws UnrolledError when the directory is missing or not writable, the disk is full, or a directory is in the way
 */
export async function atomicWriteFile(file: string, data: string | Uint8Array): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw fileError(
      'atomicWriteFile',
      `a file that can be written at ${file}`,
      error,
      'choose another path, or make its directory writable',
    );
  }
}

/**
 * Makes a directory, and those above it, where missing, and proves that a file can be written in it.
 *
 * Call it before work whose result goes there, so that an hour of training does not end in a refusal.
 *
 * @returns the directory's absolute path
 * @throws UnrolledError when a file is in the way or nothing can be written there
 */
export async function ensureWritableDirectory(directory: string): Promise<string> {
  const absolute = path.resolve(directory);
  const expected = `a directory that can be written at ${directory}`;
  const remedy = 'choose another directory, or make this one writable';
  try {
    await makeDirectory(absolute);
  } catch (error) {
    throw fileError('ensureWritableDirectory', expected, error, remedy);
  }
  if (!(await stat(absolute)).isDirectory())
    throw new UnrolledError('apps', 'ensureWritableDirectory', { expected, got: 'a file', remedy });
  const probe = path.join(absolute, `.${randomUUID()}.tmp`);
  try {
    await (await open(probe, 'wx')).close();
  } catch (error) {
    throw fileError('ensureWritableDirectory', expected, error, remedy);
  } finally {
    await rm(probe, { force: true }).catch(() => {});
  }
  return absolute;
}

/** What the system's error codes mean to someone who named a path. */
const MEANINGS: Record<string, string> = {
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'a read-only file system',
  ENOENT: 'a path whose directory does not exist',
  ENOTDIR: 'a file in the way',
  EEXIST: 'a file in the way',
  EISDIR: 'a directory in the way',
  ENOSPC: 'a full disk',
  ENAMETOOLONG: 'a name that is too long',
};

/** An error that is not about the path (a bug) passes unchanged. */
function fileError(scope: string, expected: string, error: unknown, remedy: string): unknown {
  const meaning = MEANINGS[(error as NodeJS.ErrnoException).code ?? ''];
  if (!meaning) return error;
  return new UnrolledError('apps', scope, { expected, got: meaning, remedy }, { cause: error });
}
