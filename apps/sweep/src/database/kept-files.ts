/** The files of a trial's directory that the next worker of the trial needs. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

type Files = Readonly<Record<string, Uint8Array>>;

/** A directory whose files are a checkpoint. */
export interface KeptFiles {
  /** Writes the files of an earlier worker into the directory. */
  restore(files: Files | undefined): void;
  /**
   * The files, if they have changed since the last call; otherwise undefined. Also undefined if there are
   * none.
   */
  changed(): Files | undefined;
}

/** The run directory of a trainer. A new `last.safetensors` means a new checkpoint. */
export const keptRun = (run: string): KeptFiles =>
  kept(
    run,
    () => stampOf(run, ['last.safetensors']),
    // The other files are read after the checkpoint, so the result is a state that a killed process could
    // have left.
    (names) => ['last.safetensors', ...names.filter((one) => one !== 'last.safetensors')],
  );

/** The directory of an objective, with the folders in it. It does not change while the objective reports. */
export const keptFolder = (folder: string): KeptFiles =>
  kept(
    folder,
    () => stampOf(folder, namesIn(folder)),
    (names) => names,
  );

function kept(
  root: string,
  stamp: () => string | undefined,
  order: (names: readonly string[]) => readonly string[],
): KeptFiles {
  let seen: string | undefined;
  const read = () =>
    Object.fromEntries(order(namesIn(root)).map((name) => [name, readFileSync(path.join(root, name))]));
  return {
    restore(files = {}) {
      for (const [name, bytes] of Object.entries(files)) {
        const file = path.resolve(root, name);
        // Paths from the database must not lead out of the directory.
        if (!file.startsWith(path.resolve(root) + path.sep)) continue;
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, bytes);
      }
      seen = stamp();
    },
    changed() {
      for (;;) {
        const before = stamp();
        if (before === undefined || before === seen) return undefined;
        try {
          const files = read();
          if (stamp() !== before) continue;
          seen = before;
          return files;
        } catch (error) {
          // The file was renamed or removed while it was read.
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        }
      }
    },
  };
}

/** All files, by their paths with slashes, except locks, hidden files and temporary files. */
function namesIn(root: string, folder = ''): string[] {
  return entriesOf(path.join(root, folder)).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return namesIn(root, name);
    return entry.isFile() && entry.name !== 'run.lock' && !/^\.|\.tmp$/.test(entry.name) ? [name] : [];
  });
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Identifies the state of the files; undefined if there are none. */
function stampOf(root: string, names: readonly string[]): string | undefined {
  const stamps = names.flatMap((name) => {
    try {
      const { mtimeMs, ino, size } = statSync(path.join(root, name));
      return [`${name} ${mtimeMs} ${ino} ${size}`];
    } catch {
      return [];
    }
  });
  return stamps.length === 0 ? undefined : stamps.join('\n');
}
