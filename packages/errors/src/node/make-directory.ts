import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkKind } from './refuse';

/**
 * Makes a directory, and those above it, where missing; fails with the system's own reason.
 *
 * Node's recursive mkdir never ends below /proc, and calls a read-only file system a missing directory.
 *
 * @param absolute an absolute path
 */
export async function makeDirectory(absolute: string): Promise<void> {
  checkKind('makeDirectory', 'absolute', absolute, 'string');
  try {
    await mkdir(absolute);
  } catch (error) {
    if (await isDirectory(absolute)) return;
    const above = dirname(absolute);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(above)) throw error;
    await makeDirectory(above);
    await makeDirectory(absolute);
  }
}

const isDirectory = (place: string) =>
  stat(place).then(
    (status) => status.isDirectory(),
    () => false,
  );
