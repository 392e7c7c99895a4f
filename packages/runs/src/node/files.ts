import { randomUUID } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { makeDirectory, writeFileAtomically, writingProblem } from '@unrolled/errors/node';
import { checkKind, refuse } from '../refuse';

/**
 * Writes a file atomically: to a temporary file beside it, synced, then renamed over it.
 *
 * @throws UnrolledError when the directory is missing or not writable, the disk is full, or a directory is in
 * the way
 */
export async function atomicWriteFile(file: string, data: string | Uint8Array): Promise<void> {
  checkKind('atomicWriteFile', 'file', file, 'string');
  checkKind('atomicWriteFile', 'data', data, 'string or Uint8Array');
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  await writeFileAtomically(file, [bytes]).catch((error) =>
    refuseUnwritable(
      'atomicWriteFile',
      `a file that can be written at ${file}`,
      error,
      'choose another path, or make its directory writable',
    ),
  );
}

/**
 * Makes a directory, and those above it, where missing, and proves that a file can be written in it.
 *
 * Call it before the work whose result goes there, so an hour of training does not end with a refusal.
 *
 * @returns the directory's absolute path
 * @throws UnrolledError when a file is in the way or nothing can be written there
 */
export async function ensureWritableDirectory(directory: string): Promise<string> {
  const scope = 'ensureWritableDirectory';
  checkKind(scope, 'directory', directory, 'string');
  const absolute = path.resolve(directory);
  const expected = `a directory that can be written at ${directory}`;
  const remedy = 'choose another directory, or make this one writable';
  const probe = path.join(absolute, `.${randomUUID()}.tmp`);
  try {
    await makeDirectory(absolute);
    if (!(await stat(absolute)).isDirectory())
      refuse(scope, { expected, got: 'a file', remedy, code: 'file' });
    await (await open(probe, 'wx')).close();
  } catch (error) {
    refuseUnwritable(scope, expected, error, remedy);
  } finally {
    await rm(probe, { force: true }).catch(() => {});
  }
  return absolute;
}

/**
 * Refuses a path that the system does not let be written; an error of another kind (a bug) passes unchanged.
 */
export function refuseUnwritable(scope: string, expected: string, error: unknown, remedy: string): never {
  const got = writingProblem(error);
  if (got === undefined) throw error;
  refuse(scope, { expected, got, remedy, code: 'file' }, error);
}
