import type { Refuse } from '@unrolled/errors';
import type { SavedRun } from '@unrolled/runs';
import type { RunDirectory } from '@unrolled/runs/node';
import { flagOf } from './cli/options';

/** The directory and the length of a run: options of every program that trains in a run directory. */
export interface RunOptions {
  readonly run: string;
  readonly resume?: boolean;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly steps?: number;
  readonly json?: boolean;
}

/** Options that a resumed run may be given: they change how long it is, not what it is. */
const FREE = ['run', 'resume', 'minutes', 'seconds', 'steps', 'threads', 'json'];

/**
 * The directory of a new or resumed run of a program.
 *
 * @param given the names of the options on the command line
 * @throws UnrolledError by `refuse`: a new run in the directory of an earlier one; other options for a
 *   resumed run; no run to resume
 */
export async function openRun(
  refuse: Refuse,
  { run, resume }: RunOptions,
  given: readonly string[],
): Promise<{ readonly directory: RunDirectory; readonly saved: SavedRun | undefined }> {
  const refuseEarlier = (_run: string, file: string) =>
    refuse('--run', {
      ...{ expected: 'a directory without an earlier run', got: `${run}, which holds ${file}` },
      remedy: 'choose another, or continue that run: --resume',
    });
  // Imported after the command line is parsed, so --help does not wait for them.
  const [{ loadRun }, { createRunDirectory, openRunDirectory }] = await Promise.all([
    import('@unrolled/runs'),
    import('@unrolled/runs/node'),
  ]);
  if (!resume) {
    const directory = await createRunDirectory({ directory: run, program: 'the program', refuseEarlier });
    return { directory, saved: undefined };
  }
  const other = given.find((name) => !FREE.includes(name));
  const remedy = 'leave it out: a resumed run keeps its options';
  if (other)
    refuse(flagOf(other), { expected: 'only a limit together with --resume', got: 'this option', remedy });
  const directory = await openRunDirectory(run);
  try {
    const none = { expected: `a run in ${run}`, got: 'none', remedy: 'name it by --run' };
    return { directory, saved: (await loadRun(directory.store)) ?? refuse('--resume', none) };
  } catch (error) {
    await directory.close();
    throw error;
  }
}
