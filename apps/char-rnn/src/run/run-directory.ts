import { mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { atomicWriteFile, ensureWritableDirectory } from '@unrolled/app-shared';
import { refuse } from '../refuse';

/** What a run leaves behind. */
export const RUN_FILES = {
  best: 'best.safetensors',
  last: 'last.safetensors',
  /** The run's options; `--config` reads it. */
  config: 'config.json',
  log: 'log.jsonl',
  /** For TensorBoard, where it was asked for. */
  events: 'events.out.tfevents.char-rnn',
  /** Without its endings .svg and .png. */
  curve: 'loss',
} as const;

/** What a process that was killed while it wrote a file may have left beside it. */
const TEMPORARY = /^\.(unrolled-[0-9a-f]{16}|(.+\.)?[0-9a-f-]{36})\.tmp$/;

export interface RunDirectory {
  /** As the user would type it: relative to where they are when they gave no absolute path. */
  readonly directory: string;
  /** The path of one of {@link RUN_FILES} in it. */
  file(name: keyof typeof RUN_FILES): string;
  /** Makes one file a copy of another; at any moment the old or the new one is there. */
  copy(from: 'best' | 'last', to: 'best' | 'last'): Promise<void>;
  /** Takes the directory away again if it is still empty. */
  discardIfEmpty(): Promise<void>;
}

/**
 * Makes the directory of a run. With no name given it is the first `runs/char-rnn-N` that does not exist yet.
 *
 * @throws UnrolledError when it cannot be written to, or holds an earlier run
 */
export async function createRunDirectory(given?: string): Promise<RunDirectory> {
  const directory = given ?? (await nextDirectory());
  if (given !== undefined) await refuseEarlierRun(given);
  await ensureWritableDirectory(directory);
  return runDirectory(directory);
}

/**
 * The directory of a run that goes on, without what a killed process left half written.
 *
 * @throws UnrolledError when it cannot be written to
 */
export async function reopenRunDirectory(directory: string): Promise<RunDirectory> {
  await ensureWritableDirectory(directory);
  for (const name of await readdir(directory)) {
    if (TEMPORARY.test(name)) await rm(path.join(directory, name), { force: true });
  }
  return runDirectory(directory);
}

function runDirectory(directory: string): RunDirectory {
  const file = (name: keyof typeof RUN_FILES) => path.join(directory, RUN_FILES[name]);
  return {
    directory,
    file,
    copy: async (from, to) => atomicWriteFile(file(to), await readFile(file(from))),
    discardIfEmpty: () => rmdir(directory).catch(() => {}),
  };
}

/** Claims a number by making its directory, so that two runs at once do not share one. */
async function nextDirectory(): Promise<string> {
  await ensureWritableDirectory('runs');
  for (let number = 1; ; number++) {
    const directory = path.join('runs', `char-rnn-${number}`);
    try {
      await mkdir(directory);
      return directory;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

async function refuseEarlierRun(directory: string): Promise<void> {
  const present = await readdir(directory).catch(() => []);
  const ours = Object.values(RUN_FILES).find((name) =>
    present.some((entry) => entry === name || entry === `${name}.svg`),
  );
  if (ours === undefined) return;
  refuse('--run-directory', {
    expected: 'a directory without an earlier run',
    got: `${directory}, which holds ${present.find((entry) => entry.startsWith(ours))}`,
    remedy: `choose another directory, or go on with that run: --resume ${directory}`,
  });
}
