/**
 * The libraries for the database. They are loaded when a database is opened, so other programs need not
 * install them.
 */
import { refuse } from '../refuse';

/** The oldest Node on which pg-boss runs; the rest of this package runs on older versions. */
const NODE = [22, 12] as const;

/** Refuses a Node that is too old, before code is loaded that it cannot parse. */
export function checkNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > NODE[0] || (major === NODE[0] && minor >= NODE[1])) return;
  refuse('database', {
    expected: `Node ${NODE.join('.')} or newer for studies in a database`,
    got: `Node ${version}`,
    remedy: 'run it by a newer Node, or leave the database out: studies of one machine run on Node 20',
    code: 'unsupported',
  });
}

export const loadBoss = () => loaded('pg-boss', () => import('pg-boss'));
export const loadPostgres = () => loaded('pg', async () => (await import('pg')).default);
export const loadS3 = (): Promise<typeof import('@aws-sdk/client-s3')> =>
  loaded('@aws-sdk/client-s3', () => import('@aws-sdk/client-s3'));
export const loadPglite = () => loaded('@electric-sql/pglite', () => import('@electric-sql/pglite'));

async function loaded<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    // An installed package may lack one of its own dependencies.
    const isMissing = String(code).endsWith('MODULE_NOT_FOUND') && message?.includes(`'${name}'`);
    const got = isMissing ? 'no such package' : (message ?? String(error)).split('\n')[0]!;
    return refuse(
      'database',
      { expected: `the package ${name}`, got, remedy: `npm install ${name}`, code: 'unsupported' },
      error,
    );
  }
}
