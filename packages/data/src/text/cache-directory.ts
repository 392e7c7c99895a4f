import { readdir, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { makeDirectory } from '@unrolled/errors/node';
import { temporaryEnding } from './token-file';

/**
 * The default directory of token caches: `$XDG_CACHE_HOME/unrolled` or `~/.cache/unrolled`, on macOS
 * `~/Library/Caches/unrolled`, on Windows `%LOCALAPPDATA%\unrolled\Cache`.
 */
export function defaultCacheDirectory(): string {
  const { XDG_CACHE_HOME: xdg = '', LOCALAPPDATA: local = '' } = process.env;
  // The XDG base directory specification requires that a relative path be ignored.
  if (isAbsolute(xdg)) return join(xdg, 'unrolled');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'unrolled');
  if (process.platform !== 'win32') return join(homedir(), '.cache', 'unrolled');
  return join(local || join(homedir(), 'AppData', 'Local'), 'unrolled', 'Cache');
}

const day = 24 * 60 * 60 * 1000;

/**
 * Creates the directory if it is missing, and deletes files that killed processes left there more than a day
 * ago.
 */
export async function prepareCacheDirectory(directory: string): Promise<void> {
  await makeDirectory(directory);
  for (const name of await readdir(directory)) {
    if (!name.endsWith(temporaryEnding)) continue;
    const path = join(directory, name);
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > day) await rm(path, { force: true });
  }
}
