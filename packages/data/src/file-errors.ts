import { readingProblem, writingProblem } from '@unrolled/errors/node';
import { refuse } from './refuse';

/** Refuses a file that the operating system does not allow to read. Other errors pass unchanged. */
export function refuseUnreadable(scope: string, path: string, error: unknown): never {
  if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
  const got = readingProblem(error) ?? (error as Error).message;
  refuse(
    scope,
    {
      expected: `a readable file at ${path}`,
      got,
      code: 'file',
      remedy: 'pass the path of a readable file',
    },
    error,
  );
}

/** Refuses a file that the operating system does not allow to write. Other errors pass unchanged. */
export function refuseUnwritable(
  scope: string,
  { expected, remedy }: { expected: string; remedy: string },
  error: unknown,
): never {
  const got = writingProblem(error);
  if (got === undefined) throw error;
  refuse(scope, { expected, got, remedy, code: 'file' }, error);
}
