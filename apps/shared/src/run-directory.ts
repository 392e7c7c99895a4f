import { rmSync, writeFileSync } from 'node:fs';
import type { Refuse } from '@unrolled/errors';

/** The file of a run that is not made again in a moment. */
const MODEL = 'model.safetensors';

/** The directory of a run. */
export interface RunDirectory {
  /** As the user would type it: relative to where they are when they gave no absolute path. */
  readonly directory: string;
  /** The path of the model in it. */
  readonly model: string;
  /** The paths of the files that were written so far, in order. */
  readonly written: readonly string[];
  /** Writes one file whole or not at all. */
  write(name: string, data: string | Uint8Array): Promise<void>;
  /**
   * Writes an SVG and, where it can, its PNG.
   *
   * @param name without ending
   * @returns advice where no PNG could be made
   */
  plot(name: string, svg: string): Promise<string | undefined>;
  /**
   * Begins a file of JSON lines that can be read while the run goes on. It replaces an earlier run's at its
   * first line. A run that fails before another file is written takes it away.
   */
  log(name: string): (entry: object) => void;
  /** Notes files that others wrote. */
  note(files: readonly string[]): void;
}

export interface RunDirectoryOptions {
  /** The directory that the user named. */
  readonly given: string | undefined;
  /** Of the name of the next free one: `runs/PROGRAM-N`. */
  readonly program: string;
  /** Refuses in the app's name. */
  readonly refuse: Refuse;
}

/**
 * Does a run's work in a directory of its own, which is taken away again if the work leaves nothing whole
 * there. With no name given it is the first `runs/PROGRAM-N` that does not exist yet; one that is given may
 * hold earlier reports, which are replaced, but no model.
 *
 * @throws UnrolledError when it cannot be written to, or holds a model
 */
export async function withRunDirectory<T>(
  { given, program, refuse }: RunDirectoryOptions,
  work: (directory: RunDirectory) => Promise<T>,
): Promise<T> {
  // An app's help loads without it.
  const { createRunDirectory, writeSvg } = await import('@unrolled/runs/node');
  const run = await createRunDirectory({
    directory: given,
    program,
    runFiles: [MODEL],
    refuseEarlier: (directory, file) =>
      refuse('--output', {
        expected: 'a directory without a model',
        got: `${directory}, which holds ${file}`,
        remedy: 'choose another directory, or move that model away first',
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
