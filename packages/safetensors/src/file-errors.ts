import { type Place, refuse } from './refuse';

const reasons: Record<string, string> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path that is not a folder',
  EISDIR: 'a folder',
  EACCES: 'a path without permission',
  EPERM: 'a path without permission',
  EROFS: 'a read-only file system',
  ENOSPC: 'a full disk',
  EDQUOT: 'a full disk quota',
  ENAMETOOLONG: 'a name that is too long',
  EMFILE: 'too many open files',
  ENOTEMPTY: 'a folder',
};

/** Rethrows a file system error as an UnrolledError in words; passes every other error on. */
export function refuseFileError(place: Place, expected: string, error: unknown, remedy?: string): never {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') throw error;
  refuse(place, { expected, got: reasons[code] ?? (error as Error).message, remedy }, error);
}
