/** Checkpoints in a folder that all workers reach: a network file system, or one machine's disk. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '@unrolled/errors/node';
import type { CheckpointStore } from '@unrolled/sweeps/database';

/**
 * Each checkpoint is a separate folder, `STUDY/0007/2-15` for the fifteenth of trial 7's second worker. It is
 * renamed to its name when it is complete. The highest name counts, so files of a worker whose trial was
 * reassigned are never read, and remove no valid ones.
 */
export function folderStore(folder: string): CheckpointStore {
  const placeOf = (study: string, number: number) =>
    path.join(folder, study, String(number).padStart(4, '0'));
  const counts = new Map<string, number>();
  return {
    async load(study, number) {
      for (const name of (await checkpointsIn(placeOf(study, number))).reverse()) {
        const place = path.join(placeOf(study, number), name);
        try {
          const files = await readdir(place);
          const read = files.map(async (file) => [file, await readFile(path.join(place, file))] as const);
          return Object.fromEntries(await Promise.all(read));
        } catch (error) {
          // A later one has taken its place meanwhile.
          if (existsSync(place)) throw error;
        }
      }
      return undefined;
    },
    async save(study, number, attempt, files) {
      const home = placeOf(study, number);
      const key = `${home} ${attempt}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      const name = `${attempt}-${count}`;
      const before = await checkpointsIn(home);
      const half = path.join(home, `.half-${name}`);
      await rm(half, { recursive: true, force: true });
      await mkdir(half, { recursive: true });
      for (const [file, bytes] of Object.entries(files))
        await writeFileAtomically(path.join(half, file), [bytes]);
      await rename(half, path.join(home, name));
      for (const old of before.filter((one) => order(one, name) < 0))
        await rm(path.join(home, old), { recursive: true, force: true });
      return true;
    },
  };
}

/** Whole checkpoints, oldest first. */
async function checkpointsIn(home: string): Promise<string[]> {
  const names = await readdir(home).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => /^\d+-\d+$/.test(name)).sort(order);
}

function order(a: string, b: string): number {
  const [[attempt, count], [otherAttempt, otherCount]] = [a, b].map((name) =>
    name.split('-').map(Number),
  ) as [[number, number], [number, number]];
  return attempt - otherAttempt || count - otherCount;
}
