/** The system's error codes in words, for the person who named the path. */

const COMMON: Readonly<Record<string, string>> = {
  ENOTDIR: 'a path in which a part is not a folder',
  EISDIR: 'a folder',
  ENOTEMPTY: 'a folder',
  ENAMETOOLONG: 'a name that is too long',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
};

const READING: Readonly<Record<string, string>> = {
  ...COMMON,
  ENOENT: 'no such file',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  ERR_FS_FILE_TOO_LARGE: 'a file above 2 GiB',
};

const WRITING: Readonly<Record<string, string>> = {
  ...COMMON,
  ENOENT: 'a path that does not exist',
  ENOTDIR: 'a file in place of a folder',
  EEXIST: 'a file in place of a folder',
  EISDIR: 'a folder of this name',
  ENOTEMPTY: 'a folder of this name',
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'a read-only file system',
  ENOSPC: 'a full disk',
  EDQUOT: 'an exceeded disk quota',
  EFBIG: 'the maximum size of a file',
};

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code);

/** The reason why a file cannot be read, as text; undefined for an error that is not the file system's. */
export function readingProblem(error: unknown): string | undefined {
  return READING[codeOf(error)];
}

/** The reason why a path cannot be written, as text; undefined for an error that is not the file system's. */
export function writingProblem(error: unknown): string | undefined {
  return WRITING[codeOf(error)];
}
