/** Checkpoints that are never overwritten: in a folder, or in S3. */
import { refuse } from '../refuse';
import type { CheckpointFiles, CheckpointStore } from './checkpoints';

/** A place for the checkpoints of trials, each with its own name. */
export interface Shelf {
  /** The place, for messages. */
  readonly place: string;
  /** The remedy if it accepts no checkpoints. */
  readonly remedy: string;
  /** The names of a trial's complete checkpoints, in any order. */
  names(trial: string): Promise<readonly string[]>;
  /** Undefined if it was removed in the meantime. */
  read(trial: string, name: string): Promise<CheckpointFiles | undefined>;
  /** Writes a checkpoint completely or not at all. */
  write(trial: string, name: string, files: CheckpointFiles): Promise<void>;
  remove(trial: string, name: string): Promise<void>;
  /** Removes all checkpoints of a trial. */
  clear(trial: string): Promise<void>;
}

/**
 * How often a trial's checkpoints are listed again if all listed ones were removed before they were read.
 */
const LISTS = 5;

/**
 * Each checkpoint has its own name, such as `STUDY/0007/2-15` for the fifteenth one of trial 7's second
 * worker. The highest name is read, so files of a worker whose trial was reassigned are never read, and never
 * replace valid ones.
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
          // A worker that lost the trial may replace the listed one in the meantime.
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

/**
 * An error of the place does not fail the trial. It ends the worker, and another worker continues the trial.
 */
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
