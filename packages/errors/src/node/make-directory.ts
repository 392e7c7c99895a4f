import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkKind } from './refuse';

/**
 * Creates a directory and its parents if they are missing. An error states the system's reason.
 *
 * Node's recursive mkdir does not return for paths below /proc, and reports a read-only file system as a
 * missing directory.
 *
 * @param absolute an absolute path
 */
export async function makeDirectory(absolute: string): Promise<void> {
  checkKind('makeDirectory', 'absolute', absolute, 'string');
  try {
    await mkdir(absolute);
  } catch (error) {
    if (await isDirectory(absolute)) return;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const above = dirname(absolute);
    // Another process may have created it since the check.
    if (!existsSync(above)) await makeDirectory(above);
    await mkdir(absolute).catch(async (again) => {
      if (!(await isDirectory(absolute))) throw again;
    });
  }
}

const isDirectory = (place: string) =>
  stat(place).then(
    (status) => status.isDirectory(),
    () => false,
  );
