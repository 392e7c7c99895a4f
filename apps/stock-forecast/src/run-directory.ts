import { mkdir, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { atomicWriteFile, ensureWritableDirectory } from '@unrolled/app-shared';
import { refuse } from './refuse';

/** What of a run is not made again in a moment. */
const MODEL = 'model.safetensors';

export interface RunDirectory {
  /** As the user would type it: relative to where they are when they gave no absolute path. */
  readonly directory: string;
  readonly model: string;
  /** The files that were written so far, in order. */
  readonly written: readonly string[];
  /** Writes one file whole or not at all. */
  write(name: string, data: string | Uint8Array): Promise<void>;
  /** A path in it, without writing. */
  file(name: string): string;
  /** Notes files that others wrote. */
  note(files: readonly string[]): void;
}

/**
 * Does a run's work in a directory of its own, which is taken away again if nothing was written. With no name given it is the first `runs/stock-forecast-N` that does not exist yet; one
 * that is given may hold earlier reports, which are replaced, but no model.
 *
 * @throws UnrolledError when it cannot be written to, or holds a model
 */
export async function withRunDirectory<T>(
  given: string | undefined,
  work: (directory: RunDirectory) => Promise<T>,
): Promise<T> {
  const directory = given ?? (await nextDirectory());
  if (given !== undefined) await refuseModel(given);
  await ensureWritableDirectory(directory);
  const written: string[] = [];
  const file = (name: string) => path.join(directory, name);
  const run: RunDirectory = {
    directory,
    model: file(MODEL),
    written,
    file,
    write: async (name, data) => {
      await atomicWriteFile(file(name), data);
      written.push(file(name));
    },
    note: (files) => {
      written.push(...files);
    },
  };
  return work(run).finally(() => rmdir(directory).catch(() => {}));
}

/** Claims a number by making its directory, so that two runs at once do not share one. */
async function nextDirectory(): Promise<string> {
  await ensureWritableDirectory('runs');
  for (let number = 1; ; number++) {
    const directory = path.join('runs', `stock-forecast-${number}`);
    try {
      await mkdir(directory);
      return directory;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

async function refuseModel(directory: string): Promise<void> {
  const there = await stat(path.join(directory, MODEL)).catch(() => undefined);
  if (!there) return;
  refuse('--output', {
    expected: 'a directory without a model',
    got: `${directory}, which holds ${MODEL}`,
    remedy: 'choose another directory, or move that model away first',
  });
}
