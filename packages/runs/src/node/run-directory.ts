import { mkdir, readdir, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { OptionKinds } from '@unrolled/errors';
import type { CheckpointStore } from '../checkpoint-store';
import { checkKind, checkOptions, refuse } from '../refuse';
import { atomicWriteFile, ensureWritableDirectory } from './files';
import { folderStore } from './folder-store';
import { lockRun, releaseRun } from './run-lock';

/** The files in a run directory. */
export const RUN_FILES = {
  best: 'best.safetensors',
  last: 'last.safetensors',
  /** The options of the run. */
  config: 'config.json',
  log: 'log.jsonl',
  /** For TensorBoard. */
  events: 'events.out.tfevents.unrolled',
  curve: 'loss.svg',
} as const;

/** A temporary file that remains if a process is killed while it writes. */
const TEMPORARY = /^\.(unrolled-[0-9a-f]{16}|(.+\.)?[0-9a-f-]{36})\.tmp$/;

export interface RunDirectory {
  /**
   * The path as the user would type it: relative to the current directory, unless an absolute path was given.
   */
  readonly directory: string;
  /** The checkpoints in the directory. */
  readonly store: CheckpointStore;
  /** Returns the path of a file in the directory. */
  file(name: string): string;
  /** Writes a file atomically, and returns its path. */
  write(name: string, data: string | Uint8Array): Promise<string>;
  /** Releases the directory for other processes. An empty directory is removed. */
  close(): Promise<void>;
}

export interface NewRunDirectory {
  /** Default: the first `runs/<program>-N` that does not exist. */
  readonly directory?: string | undefined;
  readonly program: string;
  /**
   * The files that identify a previous run, unless they are empty; default the checkpoints, the log and the
   * curve. The other {@link RUN_FILES} exist before the first checkpoint. If only they exist, the process was
   * killed before it, and they are replaced.
   */
  readonly runFiles?: readonly string[];
  /** Refuses a previous run, with the program's message. */
  readonly refuseEarlier?: (directory: string, file: string) => never;
}

const KINDS: OptionKinds<NewRunDirectory> = {
  directory: 'string?',
  program: 'string',
  runFiles: 'array?',
  refuseEarlier: 'function?',
};

/**
 * Creates the directory of a new run. Only this process may use it until it is closed or the process ends.
 *
 * @throws UnrolledError if the directory cannot be written, another process uses it, or it contains a
 *   previous run
 */
export async function createRunDirectory(options: NewRunDirectory): Promise<RunDirectory> {
  checkOptions('createRunDirectory', options, KINDS);
  const {
    directory: given,
    program,
    runFiles = [RUN_FILES.best, RUN_FILES.last, RUN_FILES.log, RUN_FILES.curve],
  } = options;
  for (const name of runFiles) checkKind('createRunDirectory', 'each of runFiles', name, 'string');
  if (given === undefined) return openRunDirectory(await nextDirectory(program));
  // This is checked before the lock is taken, so nothing is written into the directory of a previous run.
  const refuseOther = async () => {
    const earlier = await firstWithContent(given, runFiles);
    if (earlier !== undefined) (options.refuseEarlier ?? refuseEarlier)(given, earlier);
  };
  await refuseOther();
  const run = await openRunDirectory(given);
  try {
    // It is checked again, because another process may have started and ended a run since.
    await refuseOther();
    return run;
  } catch (error) {
    await run.close();
    throw error;
  }
}

/**
 * Opens the directory of a new or resumed run. It is created if missing, and incomplete files of a killed
 * process are removed. Only this process may use it until it is closed or the process ends.
 *
 * @throws UnrolledError if the directory cannot be written, or another process uses it
 */
export async function openRunDirectory(directory: string): Promise<RunDirectory> {
  checkKind('openRunDirectory', 'directory', directory, 'string');
  const absolute = await ensureWritableDirectory(directory);
  await lockRun(directory);
  for (const name of await readdir(absolute)) {
    if (TEMPORARY.test(name)) await rm(path.join(absolute, name), { force: true });
  }
  return runDirectory(directory);
}

/** An empty log is created before the first checkpoint. */
async function firstWithContent(directory: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const status = await stat(path.join(directory, name)).catch(() => undefined);
    if (status && status.size > 0) return name;
  }
  return undefined;
}

function runDirectory(directory: string): RunDirectory {
  const file = (name: string) => {
    checkKind('runDirectory', 'a file name', name, 'string');
    return path.join(directory, name);
  };
  return {
    directory,
    store: folderStore(directory),
    file,
    async write(name, data) {
      await atomicWriteFile(file(name), data);
      return file(name);
    },
    async close() {
      releaseRun(directory);
      await rmdir(path.resolve(directory)).catch(() => {});
    },
  };
}

/** Claims a number by creating its directory, so two simultaneous runs never share one. */
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
    expected: 'a directory without a previous run',
    got: `${directory}, which contains ${file}`,
    remedy: 'choose another directory, or continue the run with openRunDirectory',
    code: 'file',
  });
}
