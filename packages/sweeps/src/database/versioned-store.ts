/** Checkpoints that are never overwritten: in a folder, or in S3. */
import { refuse } from '../refuse';
import type { CheckpointFiles, CheckpointStore } from './checkpoints';

/** Where the checkpoints of trials are, each under a name of its own. */
export interface Shelf {
  /** The place, as messages show it. */
  readonly place: string;
  /** What to do where it takes no checkpoints. */
  readonly remedy: string;
  /** The names of a trial's whole checkpoints, in any order. */
  names(trial: string): Promise<readonly string[]>;
  /** Undefined where it was removed meanwhile. */
  read(trial: string, name: string): Promise<CheckpointFiles | undefined>;
  /** Writes one: it is there whole, or not at all. */
  write(trial: string, name: string, files: CheckpointFiles): Promise<void>;
  remove(trial: string, name: string): Promise<void>;
  /** Removes all of a trial. */
  clear(trial: string): Promise<void>;
}

/**
 * How often a trial's checkpoints are listed again where all of a list were removed before they were read.
 */
const LISTS = 5;

/**
 * Each checkpoint has its name, `STUDY/0007/2-15` for the fifteenth of trial 7's second worker. The highest
 * name counts, so files of a worker whose trial was reassigned are never read, and remove no valid ones.
 */
export function versionedStore(shelf: Shelf): CheckpointStore {
  const counts = new Map<string, number>();
  const trialOf = (study: string, number: number) => `${study}/${String(number).padStart(4, '0')}`;
  const wholeOf = async (trial: string) =>
    (await shelf.names(trial)).filter((name) => /^\d+-\d+$/.test(name)).sort(order);
  return {
    load: (study, number) =>
      told(shelf, async () => {
        const trial = trialOf(study, number);
        for (let tries = 0; ; tries++) {
          const names = (await wholeOf(trial)).reverse();
          for (const name of names) {
            const files = await shelf.read(trial, name);
            if (files) return files;
          }
          // A worker that lost the trial may replace the one that was listed meanwhile.
          if (names.length === 0 || tries === LISTS) return undefined;
        }
      }),
    save: (study, number, attempt, files) =>
      told(shelf, async () => {
        const trial = trialOf(study, number);
        const key = `${trial} ${attempt}`;
        const count = (counts.get(key) ?? 0) + 1;
        counts.set(key, count);
        const name = `${attempt}-${count}`;
        const before = await wholeOf(trial);
        await shelf.write(trial, name, files);
        for (const old of before) if (order(old, name) < 0) await shelf.remove(trial, old);
        return true;
      }),
    remove: (study, number) => told(shelf, () => shelf.clear(trialOf(study, number))),
  };
}

/** What goes wrong with the place is not the trial's fault: it ends the worker, and another goes on. */
async function told<T>({ place, remedy }: Shelf, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && error.name === 'UnrolledError') throw error;
    const { message, name } = Object(error) as { message?: string; name?: string };
    const got = (message || name || String(error)).split('\n')[0]!;
    return refuse(
      'checkpoint',
      { expected: `${place} to keep checkpoints`, got, remedy, code: 'state' },
      error,
    );
  }
}

function order(a: string, b: string): number {
  const [[attempt, count], [otherAttempt, otherCount]] = [a, b].map((name) =>
    name.split('-').map(Number),
  ) as [[number, number], [number, number]];
  return attempt - otherAttempt || count - otherCount;
}
