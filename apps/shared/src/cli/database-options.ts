/** The option that runs the fits of a back-test on the workers of a database. */
import type { Refuse } from '@unrolled/errors';
import { Option } from 'commander';
import { counted } from '../format';

export function databaseOption(): Option {
  return new Option(
    '--database <address>',
    'run the fits on the sweep workers of a database, postgres://user@host/name, or of a directory; does not change results',
  );
}

/** Describes where fits run. */
export function fitsInWords(
  { workers, database }: { readonly workers: number; readonly database?: string | undefined },
  tasks: number,
): string {
  if (database !== undefined && /^postgres(ql)?:/i.test(database))
    return `${counted(tasks, 'fit')} by the workers of the database: sweep worker --database …`;
  return `${counted(Math.min(workers, tasks), 'fit')} in parallel`;
}

/** Whether a backend gives the same bits on every machine. Only then can several machines share the fits. */
export function hasSameBits(backend: string): backend is 'unrolled' | 'cpu' {
  return backend === 'unrolled' || backend === 'cpu';
}

/**
 * Refuses a database if the backend's results depend on the machine.
 *
 * @param refuse throws an error with the app's name
 */
export function checkDatabaseBackend(refuse: Refuse, database: string | undefined, backend: string): void {
  if (database === undefined || hasSameBits(backend)) return;
  refuse('--database', {
    expected: 'the backend unrolled or cpu, which give the same bits on every machine',
    got: backend,
    remedy: 'use --backend unrolled',
  });
}
