/** Checkpoints in a folder that all workers can access: a network file system, or one machine's disk. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { quoted } from '@unrolled/errors';
import { makeDirectory, writeFileAtomically } from '@unrolled/errors/node';
import { checkKind } from '../refuse';
import type { CheckpointStore } from './checkpoints';
import { versionedStore } from './versioned-store';

/**
 * Keeps checkpoints in a directory, which must be the same for all workers of a study: the `store` of
 * `runWorker`. Each checkpoint is a folder, renamed to its name when it is complete.
 */
export function folderStore(folder: string): CheckpointStore {
  checkKind('folderStore', 'the directory', folder, 'string');
  return versionedStore({
    place: `the directory ${quoted(folder)}`,
    remedy: 'pass one that can be written to and has room',
    names: (trial) => namesIn(path.join(folder, trial)),
    async read(trial, name) {
      const place = path.join(folder, trial, name);
      try {
        const files = await readdir(place, { recursive: true, withFileTypes: true });
        const read = files
          .filter((file) => file.isFile())
          .map(async (file) => {
            const whole = path.join(file.parentPath, file.name);
            return [path.relative(place, whole).replaceAll(path.sep, '/'), await readFile(whole)] as const;
          });
        return Object.fromEntries(await Promise.all(read));
      } catch (error) {
        if (existsSync(place)) throw error;
        return undefined;
      }
    },
    async write(trial, name, files) {
      const home = path.join(folder, trial);
      const half = path.join(home, `.half-${name}`);
      await rm(half, { recursive: true, force: true });
      await makeDirectory(path.resolve(half));
      for (const [file, bytes] of Object.entries(files)) {
        const place = path.resolve(half, file);
        await makeDirectory(path.dirname(place));
        await writeFileAtomically(place, [bytes]);
      }
      await rename(half, path.join(home, name));
    },
    remove: (trial, name) => rm(path.join(folder, trial, name), { recursive: true, force: true }),
    clear: (trial) => rm(path.join(folder, trial), { recursive: true, force: true }),
  });
}

const namesIn = (home: string) =>
  readdir(home).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
