/** What of a trial's directory goes to whoever goes on with it. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

type Files = Readonly<Record<string, Uint8Array>>;

/** A directory whose files are a checkpoint. */
export interface KeptFiles {
  /** Puts an earlier worker's files there. */
  restore(files: Files | undefined): void;
  /**
   * The files, where they have changed since they were asked for; undefined where not, or where there are
   * none.
   */
  changed(): Files | undefined;
}

/** The run directory of a trainer: there is a new checkpoint where `last.safetensors` is another file. */
export const keptRun = (run: string): KeptFiles =>
  kept(
    run,
    () => stampOf(run, ['last.safetensors']),
    // As a kill would have left them: those beside the checkpoint are read after it.
    (names) => ['last.safetensors', ...names.filter((one) => one !== 'last.safetensors')],
  );

/** The directory of an objective, with its folders. It does not change while the objective reports. */
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
        // The database is not trusted with other places of this machine.
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
          // Renamed or removed while it was read.
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        }
      }
    },
  };
}

/** All files, by their paths with slashes; not locks, hidden and half-written ones. */
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

/** Which files these are; undefined where there are none yet. */
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
