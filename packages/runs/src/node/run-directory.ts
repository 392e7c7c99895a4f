import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import type { CheckpointStore } from '../checkpoint-store';
import { refuse } from '../refuse';
import { atomicWriteFile, ensureWritableDirectory } from './files';
import { folderStore } from './folder-store';

/** The files of a run in its directory. */
export const RUN_FILES = {
  best: 'best.safetensors',
  last: 'last.safetensors',
  /** The run's options. */
  config: 'config.json',
  log: 'log.jsonl',
  /** For TensorBoard. */
  events: 'events.out.tfevents.unrolled',
  curve: 'loss.svg',
} as const;

/** A temporary file that a process may leave when it is killed while it writes. */
const TEMPORARY = /^\.(unrolled-[0-9a-f]{16}|(.+\.)?[0-9a-f-]{36})\.tmp$/;

export interface RunDirectory {
  /** As the user would type it: relative to where they are when they gave no absolute path. */
  readonly directory: string;
  /** The run's checkpoints in it. */
  readonly store: CheckpointStore;
  /** The path of a file in it. */
  file(name: string): string;
  /** Writes a file whole or not at all; gives its path. */
  write(name: string, data: string | Uint8Array): Promise<string>;
  /** Takes the directory away again if it is still empty. */
  discardIfEmpty(): Promise<void>;
}

export interface NewRunDirectory {
  /** Default the first `runs/<program>-N` that does not exist yet. */
  readonly directory?: string | undefined;
  readonly program: string;
  /** The files by which an earlier run is known; default {@link RUN_FILES}. */
  readonly runFiles?: readonly string[];
  /** Refuses an earlier run, in the program's words. */
  readonly refuseEarlier?: (directory: string, file: string) => never;
}

/**
 * Makes the directory of a new run.
 *
 * @throws UnrolledError when it cannot be written to, or holds an earlier run
 */
export async function createRunDirectory(options: NewRunDirectory): Promise<RunDirectory> {
  const { directory: given, program, runFiles = Object.values(RUN_FILES) } = options;
  if (given === undefined) return runDirectory(await nextDirectory(program));
  const present = await readdir(given).catch((): string[] => []);
  const earlier = runFiles.find((name) => present.includes(name));
  if (earlier !== undefined) (options.refuseEarlier ?? refuseEarlier)(given, earlier);
  await ensureWritableDirectory(given);
  return runDirectory(given);
}

/**
 * The directory of a run that goes on, or begins: made where it is missing, and without what a killed process
 * left half written.
 *
 * @throws UnrolledError when it cannot be written to
 */
export async function openRunDirectory(directory: string): Promise<RunDirectory> {
  await ensureWritableDirectory(directory);
  for (const name of await readdir(directory)) {
    if (TEMPORARY.test(name)) await rm(path.join(directory, name), { force: true });
  }
  return runDirectory(directory);
}

function runDirectory(directory: string): RunDirectory {
  const file = (name: string) => path.join(directory, name);
  return {
    directory,
    store: folderStore(directory),
    file,
    async write(name, data) {
      await atomicWriteFile(file(name), data);
      return file(name);
    },
    discardIfEmpty: () => rmdir(directory).catch(() => {}),
  };
}

/** Claims a number by making its directory, so that two runs at once do not share one. */
async function nextDirectory(program: string): Promise<string> {
  await ensureWritableDirectory('runs');
  for (let number = 1; ; number++) {
    const directory = path.join('runs', `${program}-${number}`);
    try {
      await mkdir(path.resolve(directory));
      return directory;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function refuseEarlier(directory: string, file: string): never {
  return refuse('createRunDirectory', {
    expected: 'a directory without an earlier run',
    got: `${directory}, which holds ${file}`,
    remedy: 'choose another directory, or go on with that run: openRunDirectory',
    code: 'file',
  });
}
