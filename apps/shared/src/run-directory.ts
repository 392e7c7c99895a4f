import { rmSync, writeFileSync } from 'node:fs';
import type { Refuse } from '@unrolled/errors';

/** The file of a run whose computation takes long. */
const MODEL = 'model.safetensors';

/** The directory of a run. */
export interface RunDirectory {
  /**
   * The path as the user would type it: relative to the current directory, unless an absolute path was given.
   */
  readonly directory: string;
  /** The path of the model in the directory. */
  readonly model: string;
  /** The paths of the files written so far, in order. */
  readonly written: readonly string[];
  /** Writes one file atomically. */
  write(name: string, data: string | Uint8Array): Promise<void>;
  /**
   * Writes an SVG and, if possible, a PNG.
   *
   * @param name without extension
   * @returns advice if no PNG could be written
   */
  plot(name: string, svg: string): Promise<string | undefined>;
  /**
   * Starts a file of JSON lines that can be read during the run. Its first line replaces the file of an
   * earlier run. If the run fails before another file is written, the file is deleted.
   */
  log(name: string): (entry: object) => void;
  /** Records files that other code wrote. */
  note(files: readonly string[]): void;
}

export interface RunDirectoryOptions {
  /** The directory that the user named; otherwise undefined. */
  readonly given: string | undefined;
  /** Part of the name of the next free directory, `runs/PROGRAM-N`. */
  readonly program: string;
  /** Throws an error with the app's name. */
  readonly refuse: Refuse;
}

/**
 * Runs `work` in a separate directory, which is removed if the work leaves no complete file in it. Without a
 * name, it is the first `runs/PROGRAM-N` that does not exist. A named directory may contain earlier reports,
 * which are replaced, but no model.
 *
 * @throws UnrolledError if the directory cannot be written, or contains a model
 */
export async function withRunDirectory<T>(
  { given, program, refuse }: RunDirectoryOptions,
  work: (directory: RunDirectory) => Promise<T>,
): Promise<T> {
  // Imported on demand, so an app's help starts faster.
  const { createRunDirectory, writeSvg } = await import('@unrolled/runs/node');
  const run = await createRunDirectory({
    directory: given,
    program,
    runFiles: [MODEL],
    refuseEarlier: (directory, file) =>
      refuse('--output', {
        expected: 'a directory without a model',
        got: `${directory}, which contains ${file}`,
        remedy: 'choose another directory, or move this model to another one',
      }),
  });
  const written: string[] = [];
  const note = (files: readonly string[]) => void written.push(...files);
  const logs: string[] = [];
  return work({
    directory: run.directory,
    model: run.file(MODEL),
    ...{ written, note },
    write: async (name, data) => note([await run.write(name, data)]),
    plot: async (name, svg) => {
      const { files, advice } = await writeSvg(run.file(name), svg);
      note(files);
      return advice;
    },
    log: (name) => {
      const file = run.file(name);
      return (entry) => {
        const isBegun = logs.includes(file);
        writeFileSync(file, `${JSON.stringify(entry)}\n`, { flag: isBegun ? 'a' : 'w' });
        if (isBegun) return;
        logs.push(file);
        note([file]);
      };
    },
  })
    .catch((error: unknown) => {
      if (written.length === logs.length) for (const file of logs) rmSync(file, { force: true });
      throw error;
    })
    .finally(run.close);
}
