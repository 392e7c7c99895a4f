/** Writes a token cache. An error names the directory if it cannot be written. */
import { dirname } from 'node:path';
import { refuseUnwritable } from '../file-errors';
import { prepareCacheDirectory } from './cache-directory';
import { TokenFileWriter } from './token-file';

/** Creates a writer of a cache file, and its directory if it is missing. */
export async function createCacheWriter(scope: string, file: string): Promise<TokenFileWriter> {
  try {
    await prepareCacheDirectory(dirname(file));
    return await TokenFileWriter.create(file);
  } catch (error) {
    refuseCache(scope, dirname(file), error);
  }
}

export function refuseCache(scope: string, directory: string, error: unknown): never {
  refuseUnwritable(
    scope,
    {
      expected: `a writable directory for token caches at ${directory}`,
      remedy: 'choose another cache directory, or free space in this one',
    },
    error,
  );
}
