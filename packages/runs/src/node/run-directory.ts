import { mkdir, readdir, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { OptionKinds } from '@unrolled/errors';
import type { CheckpointStore } from '../checkpoint-store';
import { checkKind, checkOptions, refuse } from '../refuse';
import { atomicWriteFile, ensureWritableDirectory } from './files';
import { folderStore } from './folder-store';
import { lockRun, releaseRun } from './run-lock';

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

/** A temporary file that remains if a process is killed while it writes. */
const TEMPORARY = /^\.(unrolled-[0-9a-f]{16}|(.+\.)?[0-9a-f-]{36})\.tmp$/;

export interface RunDirectory {
  /**
   * The path as the user would type it: relative to the current directory unless an absolute path was given.
   */
  readonly directory: string;
  /** The run's checkpoints in it. */
  readonly store: CheckpointStore;
  /** The path of a file in it. */
  file(name: string): string;
  /** Writes a file completely or not at all; returns its path. */
  write(name: string, data: string | Uint8Array): Promise<string>;
  /** Releases the directory for other processes, and removes it if it is empty. */
  close(): Promise<void>;
}

export interface NewRunDirectory {
  /** Default the first `runs/<program>-N` that does not exist yet. */
  readonly directory?: string | undefined;
  readonly program: string;
  /**
   * The files that identify an earlier run, unless they are empty; default the checkpoints, the log and the
   * curve. The other {@link RUN_FILES} exist before the first checkpoint. If only they exist, a process was
   * killed before it, and they are replaced.
   */
  readonly runFiles?: readonly string[];
  /** Refuses an earlier run, with the program's message. */
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
 * @throws UnrolledError if it cannot be written to, another process uses it, or it contains an earlier run
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
  // Before the lock is taken, so that nothing is written into the directory of an earlier run.
  const refuseOther = async () => {
    const earlier = await firstWithContent(given, runFiles);
    if (earlier !== undefined) (options.refuseEarlier ?? refuseEarlier)(given, earlier);
  };
  await refuseOther();
  const run = await openRunDirectory(given);
  try {
    // Checked again, because another process may have started and ended a run in the meantime.
    await refuseOther();
    return run;
  } catch (error) {
    await run.close();
    throw error;
  }
}

/**
 * The directory of a new or resumed run: it is created if missing, and incomplete files of a killed process
 * are removed. Only this process may use it until it is closed or the process ends.
 *
 * @throws UnrolledError if it cannot be written to, or another process uses it
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

/** Claims a number by creating its directory, so two simultaneous runs do not share one. */
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
    remedy: 'choose another directory, or continue that run: openRunDirectory',
    code: 'file',
  });
}
