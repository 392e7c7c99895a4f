import type { Refuse } from '@unrolled/errors';
import type { SavedRun } from '@unrolled/runs';
import type { RunDirectory } from '@unrolled/runs/node';
import { flagOf } from './cli/options';

/** Where a run is kept, and how long it is: what every program that trains in a run directory is told. */
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
 * The directory of a new run of a program, or of one that goes on with what was saved of it.
 *
 * @param given the names of the options on the command line
 * @throws UnrolledError by `refuse`: a new run where an earlier one lies; a run that goes on with other
 *   options, or is not there
 */
export async function openRun(
  refuse: Refuse,
  { run, resume }: RunOptions,
  given: readonly string[],
): Promise<{ readonly directory: RunDirectory; readonly saved: SavedRun | undefined }> {
  const refuseEarlier = (_run: string, file: string) =>
    refuse('--run', {
      ...{ expected: 'a directory without an earlier run', got: `${run}, which holds ${file}` },
      remedy: 'choose another, or go on with that run: --resume',
    });
  // Later than the command line, so that --help does not wait for them.
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
  if (other) refuse(flagOf(other), { expected: 'only a limit beside --resume', got: 'this option', remedy });
  const directory = await openRunDirectory(run);
  try {
    const none = { expected: `a run in ${run}`, got: 'none', remedy: 'name it by --run' };
    return { directory, saved: (await loadRun(directory.store)) ?? refuse('--resume', none) };
  } catch (error) {
    await directory.close();
    throw error;
  }
}
