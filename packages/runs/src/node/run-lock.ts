/**
 * Allows one process per run directory. The file `run.lock` names the process that uses it. The file is
 * created exclusively, taken over from a dead process, and removed when the work or the process ends.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, unlinkSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { writingProblem } from '@unrolled/errors/node';
import { refuse } from '../refuse';
import { beginningOf } from './process-life';

/** The name of the lock file in a run directory. */
export const LOCK = 'run.lock';

/** The process that uses a directory, according to its lock. */
interface Owner {
  readonly pid: number;
  /** The result of {@link beginningOf}: a later process with the same id has another start. */
  readonly began: string;
  readonly host: string;
}

/** Locks of this process, by path, with their content. */
const held = new Map<string, string>();

/** Whether this process uses a run directory. */
export const holdsRun = () => held.size > 0;

/**
 * Makes this process the only user of a directory, until `releaseRun` is called or the process ends.
 *
 * @throws UnrolledError with code 'state' if another process uses the directory, or this process already does
 */
export async function lockRun(directory: string): Promise<void> {
  const file = path.resolve(directory, LOCK);
  const owner: Owner = { pid: process.pid, began: beginningOf(process.pid) ?? '', host: hostname() };
  const text = `${JSON.stringify(owner)}\n`;
  // Another process may take over from the same dead process at the same time, so the second one checks
  // again.
  for (let attempt = 0; !(await create(file, text)); attempt++) {
    const found = await readFile(file, 'utf8').catch(() => '');
    if (isAlive(found) || attempt === 10) refuseHeld(directory, file, found);
    await takeAway(file, found);
  }
  if (held.size === 0) process.on('exit', releaseAll);
  held.set(file, text);
}

/** Releases the lock of `lockRun`, unless another process has taken it since. */
export function releaseRun(directory: string): void {
  release(path.resolve(directory, LOCK));
  if (held.size === 0) process.off('exit', releaseAll);
}

function releaseAll(): void {
  for (const file of held.keys()) release(file);
}

function release(file: string): void {
  const text = held.get(file);
  held.delete(file);
  try {
    if (text !== undefined && readFileSync(file, 'utf8') === text) unlinkSync(file);
  } catch {
    // If the lock file or the disk is gone, there is nothing to release.
  }
}

/** Creates a file with its content atomically, unless it exists; returns false if it does. */
async function create(file: string, text: string): Promise<boolean> {
  const temporary = path.join(path.dirname(file), `.${randomUUID()}.tmp`);
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    await link(temporary, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ENOENT: another process that just started here has deleted the temporary file.
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    // Some file systems, such as FAT, do not support hard links.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return createDirectly(file, text);
    const got = writingProblem(error);
    if (got === undefined) throw error;
    const remedy = 'choose another directory, or make this one writable';
    return refuse(
      'lockRun',
      { expected: `a file that can be written at ${file}`, got, remedy, code: 'file' },
      error,
    );
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

async function createDirectly(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes the lock of a dead process. If the removed file was a new lock of another process, it is restored.
 */
async function takeAway(file: string, dead: string): Promise<void> {
  const aside = path.join(path.dirname(file), `.${randomUUID()}.tmp`);
  try {
    await rename(file, aside);
    if ((await readFile(aside, 'utf8')) !== dead) await link(aside, file);
  } catch {
    // Another process created its lock first.
  } finally {
    await rm(aside, { force: true }).catch(() => {});
  }
}

/** The contents of a lock; undefined if a crash of the machine left it empty or truncated. */
function ownerIn(text: string): Owner | undefined {
  try {
    const { pid, began, host } = JSON.parse(text) as Partial<Owner>;
    const isWhole =
      Number.isSafeInteger(pid) && pid! > 0 && typeof began === 'string' && typeof host === 'string';
    return isWhole ? { pid: pid!, began: began!, host: host! } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A process of another machine, on a shared disk, counts as running, because this machine cannot check it.
 */
function isAlive(text: string): boolean {
  const owner = ownerIn(text);
  if (!owner) return false;
  if (owner.host !== hostname()) return true;
  const began = beginningOf(owner.pid);
  return began !== undefined && (began === owner.began || began === '' || owner.began === '');
}

function refuseHeld(directory: string, file: string, text: string): never {
  const { pid, host } = ownerIn(text) ?? { pid: 'unknown', host: hostname() };
  const isHere = host === hostname();
  refuse('run directory', {
    expected: `no other process in ${directory}`,
    got: isHere ? `process ${pid}` : `process ${pid} of the machine ${host}`,
    remedy: isHere
      ? `wait until it ends, or stop it with kill ${pid}, or choose another directory`
      : `wait until it ends, or delete ${file} if it no longer runs`,
    code: 'state',
  });
}
