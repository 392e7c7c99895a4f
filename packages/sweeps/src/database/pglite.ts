/** A directory's PGlite, whichever process owns it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { quoted } from '@unrolled/errors';
import { refuse } from '../refuse';
import { connectToPglite } from './pglite-client';
import { ownPglite } from './pglite-owner';
import { isPassing, type Sql } from './sql';
import { pause } from './times';

/**
 * Opens a directory: through its owner, or as its owner if there is none.
 *
 * @param own whether this process may become the owner, now or after the owner has ended
 */
export async function openPglite(
  directory: string,
  own: boolean,
): Promise<{ readonly sql: Sql; readonly isServed: boolean }> {
  const end = Date.now() + 20_000;
  for (;;) {
    if (existsSync(directory)) {
      const served = await connectToPglite(directory).catch(() => undefined);
      if (served) return { sql: own ? inheriting(served, directory) : served, isServed: true };
    }
    if (!own)
      refuse('database', {
        expected: `a process that serves the database in ${quoted(directory)}`,
        got: 'none',
        remedy: 'begin or resume a study with it first: workers join it',
        code: 'state',
      });
    const owned = await ownPglite(directory);
    if (owned) return { sql: owned, isServed: false };
    // Another process has claimed it, and will serve it soon.
    if (Date.now() > end)
      refuse('database', {
        expected: `an answer of the process that holds ${quoted(path.resolve(directory))}`,
        got: 'none in 20 s',
        remedy: 'end that process, or try again',
        code: 'state',
      });
    await pause(0.2);
  }
}

/** The database that an owner serves. If the owner has ended, this process becomes the owner. */
function inheriting(served: Sql, directory: string): Sql {
  let sql = served;
  let isClosed = false;
  let taking: Promise<void> | undefined;
  const takeOver = async () => {
    const owned = await ownPglite(directory);
    if (!owned) return;
    if (isClosed) return owned.close();
    await sql.close();
    sql = owned;
  };
  const relayed = async <T>(work: (current: Sql) => Promise<T>): Promise<T> => {
    try {
      return await work(sql);
    } catch (error) {
      if (sql === served && !isClosed && isPassing(error)) {
        taking ??= takeOver().finally(() => {
          taking = undefined;
        });
        // The reason why it cannot own the directory is reported on opening.
        await taking.catch(() => {});
      }
      // The caller retries temporary errors.
      throw error;
    }
  };
  return {
    backend: 'pglite',
    executeSql: (text, values) => relayed((current) => current.executeSql(text, values)),
    transaction: (work) => relayed((current) => current.transaction(work)),
    async close() {
      isClosed = true;
      await taking?.catch(() => {});
      await sql.close();
    },
  };
}
