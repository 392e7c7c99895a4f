import type { Refuse } from '@unrolled/errors';
import type { SavedRun } from '@unrolled/runs';
import type { RunDirectory } from '@unrolled/runs/node';
import { flagOf } from './cli/options';

/** Options of every program that trains in a run directory: the directory, and the length of the run. */
export interface RunOptions {
  readonly run: string;
  readonly resume?: boolean;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly steps?: number;
  readonly json?: boolean;
}

/** Options that a resumed run allows: they only change its length. */
const FREE = ['run', 'resume', 'minutes', 'seconds', 'steps', 'threads', 'json'];

/**
 * Opens the directory of a new or resumed run of a program.
 *
 * @param given the names of the options on the command line
 * @throws UnrolledError by `refuse` for a new run in the directory of a previous one, for other options with
 *   a resumed run, and if there is no run to resume
 */
export async function openRun(
  refuse: Refuse,
  { run, resume }: RunOptions,
  given: readonly string[],
): Promise<{ readonly directory: RunDirectory; readonly saved: SavedRun | undefined }> {
  const refuseEarlier = (_run: string, file: string) =>
    refuse('--run', {
      ...{ expected: 'a directory without a previous run', got: `${run}, which contains ${file}` },
      remedy: 'choose another directory, or continue the run with --resume',
    });
  // Imported after the command line is parsed, so --help does not load them.
  const [{ loadRun }, { createRunDirectory, openRunDirectory }] = await Promise.all([
    import('@unrolled/runs'),
    import('@unrolled/runs/node'),
  ]);
  if (!resume) {
    const directory = await createRunDirectory({ directory: run, program: 'the program', refuseEarlier });
    return { directory, saved: undefined };
  }
  const other = given.find((name) => !FREE.includes(name));
  const remedy = 'omit it: a resumed run keeps its options';
  if (other)
    refuse(flagOf(other), {
      expected: 'only a limit together with --resume',
      got: 'this option, too',
      remedy,
    });
  const directory = await openRunDirectory(run);
  try {
    const none = { expected: `a run in ${run}`, got: 'none', remedy: 'set --run to the directory of a run' };
    return { directory, saved: (await loadRun(directory.store)) ?? refuse('--resume', none) };
  } catch (error) {
    await directory.close();
    throw error;
  }
}
