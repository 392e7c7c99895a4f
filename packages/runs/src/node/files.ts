import { randomUUID } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { makeDirectory, writeFileAtomically, writingProblem } from '@unrolled/errors/node';
import { checkKind, refuse } from '../refuse';

/**
 * Writes a file atomically: to a temporary file in the same directory, which is synced and renamed.
 *
 * @throws UnrolledError if the directory is missing or not writable, the disk is full, or a directory has the
 *   file's name
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
 * Creates a directory and its parents if they are missing, and checks that a file can be written in it.
 *
 * Call it before the work whose result is written there, so an hour of training does not fail at its end.
 *
 * @returns the directory's absolute path
 * @throws UnrolledError if a file has the directory's name, or nothing can be written there
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
      refuse(scope, { expected, got: 'a file in place of a directory', remedy, code: 'file' });
    await (await open(probe, 'wx')).close();
  } catch (error) {
    refuseUnwritable(scope, expected, error, remedy);
  } finally {
    await rm(probe, { force: true }).catch(() => {});
  }
  return absolute;
}

/**
 * Refuses a path that the operating system does not allow to write. Other errors (bugs) are thrown unchanged.
 */
export function refuseUnwritable(scope: string, expected: string, error: unknown, remedy: string): never {
  const got = writingProblem(error);
  if (got === undefined) throw error;
  refuse(scope, { expected, got, remedy, code: 'file' }, error);
}
