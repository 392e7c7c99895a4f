/** Writing a token cache, with the error of a directory that cannot take it. */
import { dirname } from 'node:path';
import { refuseUnwritable } from '../file-errors';
import { prepareCacheDirectory } from './cache-directory';
import { TokenFileWriter } from './token-file';

/** A writer of a cache file, whose directory is made where missing. */
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
      expected: `room for a token cache in ${directory}`,
      remedy: 'choose another cache directory, or free space in this one',
    },
    error,
  );
}
