import type { OptionKinds } from '@unrolled/errors';
import type { PgBoss } from 'pg-boss';
import { checkOptions, refuse } from '../refuse';
import { checkAddress, isServer, placeOf, withoutSecrets } from './address';
import { checkNode, loadBoss } from './engine';
import { Mutex } from './mutex';
import { Notices } from './notices';
import { openPglite } from './pglite';
import { openPostgres } from './postgres';
import { checkFormat, formatOf, installTables, JOBS } from './schema';
import { isPassing, type Sql, type Statements } from './sql';
import { pause, TIMES } from './times';

/** Settings of {@link openSweepDatabase}. */
export interface OpenOptions {
  /**
   * `postgres://user@host:5432/name?sslmode=verify-full`, or a directory for a PGlite database on this
   * machine.
   */
  readonly address: string;
  /** Whether to create missing tables, for which a role needs more permissions; default true. */
  readonly install?: boolean;
  /**
   * Whether this process may own a directory's PGlite if no other process owns it (any more), and serve it to
   * other processes of the machine until it is closed; default true. It has no effect for a Postgres server.
   */
  readonly own?: boolean;
  /** How long a transaction is retried while the database is unavailable, in seconds; default 600. */
  readonly patienceSeconds?: number;
}

const KINDS: OptionKinds<OpenOptions> = {
  address: 'string',
  install: 'boolean?',
  own: 'boolean?',
  patienceSeconds: 'number?',
};

/** An open database of studies, for the functions of this package. */
export interface SweepDatabase {
  /** The address without secrets, for messages. */
  readonly place: string;
  /** Whether another process of this machine owned the directory when it was opened. */
  readonly isServed: boolean;
  /**
   * Ends all connections. If this process owned a directory, another process that has it open becomes its
   * owner.
   */
  close(): Promise<void>;
}

/** The internal form of {@link SweepDatabase}. */
export interface OpenDatabase extends SweepDatabase {
  readonly sql: Sql;
  readonly boss: PgBoss;
  readonly notices: Notices;
  /**
   * Runs a transaction, one at a time in this process, and repeats it if the database was unavailable. `work`
   * must find out whether an earlier attempt was committed. `onCommit` is called before the next transaction
   * begins.
   */
  transaction<T>(work: (statements: Statements) => Promise<T>, onCommit?: () => void): Promise<T>;
  /** Runs a statement that may be repeated. */
  patiently<T>(work: () => Promise<T>): Promise<T>;
}

const opened = new WeakSet<SweepDatabase>();

/** The internal form of a database; refuses a value that {@link openSweepDatabase} did not return. */
export function inside(scope: string, database: SweepDatabase): OpenDatabase {
  if (typeof database === 'object' && database !== null && opened.has(database))
    return database as OpenDatabase;
  return refuse(scope, {
    expected: 'a database of studies',
    got: typeof database === 'string' ? 'a text' : typeof database,
    remedy: 'await openSweepDatabase({ address })',
  });
}

/**
 * Opens a database of studies: a Postgres server, or a directory with a PGlite database. All other functions
 * work with both.
 *
 * The first process that opens a directory owns it, and serves other processes of the same user through a
 * socket in the directory. Nothing listens on the network.
 *
 * @throws UnrolledError if Node is older than 22.12, a package is missing, the server cannot be reached or
 *   refuses, or the tables are missing or have another format. The message has one line and no secret
 */
export async function openSweepDatabase(options: OpenOptions): Promise<SweepDatabase> {
  checkOptions('openSweepDatabase', options, KINDS);
  const { address, install = true, own = true, patienceSeconds = 600 } = options;
  checkAddress('database', address);
  checkNode();
  for (const end = Date.now() + 20_000; ; await pause(0.1)) {
    let found: { readonly sql: Sql; readonly isServed: boolean } | undefined;
    try {
      found = isServer(address)
        ? { sql: await openPostgres(address, `unrolled-sweeps-${process.pid}`), isServed: false }
        : await openPglite(address, own);
      const boss = await prepare(found.sql, placeOf(address), install);
      const database = openDatabase(found, boss, address, patienceSeconds);
      opened.add(database);
      return database;
    } catch (error) {
      await found?.sql.close().catch(() => {});
      if (error instanceof Error && error.name === 'UnrolledError') throw error;
      // The owner of a directory may close it while this process joins.
      if (!found?.isServed || !isPassing(error) || Date.now() > end) return refuseOpening(error, address);
    }
  }
}

/** Checks or creates the tables, and starts pg-boss. */
async function prepare(sql: Sql, place: string, install: boolean): Promise<PgBoss> {
  const { PgBoss } = await loadBoss();
  const found = await formatOf(sql);
  if (found !== undefined) checkFormat(found, place);
  else if (!install)
    refuse('database', {
      expected: `studies in ${place}`,
      got: 'no tables of studies',
      remedy: 'begin one first, by a role that may make tables',
      code: 'state',
    });
  const boss = new PgBoss({
    ...{ db: sql, schema: JOBS, backend: sql.backend },
    // Tables are created and changed when a study is started, by a role with that permission; a worker does
    // not change them.
    ...{ migrate: found === undefined, createSchema: found === undefined },
    ...{ superviseIntervalSeconds: TIMES.monitor, monitorIntervalSeconds: TIMES.monitor },
    ...{ schedule: false, registerInstance: false, reindex: false, monitorVacuum: false },
    ...{ openTelemetry: { enabled: false } },
  });
  // Errors of its background work are temporary, or also occur in our own statements.
  boss.on('error', () => {});
  boss.on('warning', () => {});
  try {
    await boss.start();
  } catch (error) {
    const { message } = error as Error;
    if (!/requires migrations|not installed/.test(message)) throw error;
    refuse('database', {
      expected: `jobs in ${place} as this version of pg-boss has them`,
      got: 'those of another version',
      remedy: 'install the same version of pg-boss on every machine',
      code: 'format',
    });
  }
  if (found === undefined) await installTables(sql);
  return boss;
}

function openDatabase(
  { sql, isServed }: { sql: Sql; isServed: boolean },
  boss: PgBoss,
  address: string,
  patienceSeconds: number,
): OpenDatabase {
  const turns = new Mutex();
  const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
    const end = performance.now() + patienceSeconds * 1000;
    for (let wait = 0.1; ; wait = Math.min(5, 2 * wait)) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof Error && error.name === 'UnrolledError') throw error;
        if (!isPassing(error)) return refuseStatement(error, address);
        if (performance.now() + wait * 1000 > end) return refuseOpening(error, address);
        await pause(wait);
      }
    }
  };
  return {
    ...{ sql, boss, isServed, patiently, notices: new Notices(sql) },
    place: placeOf(address),
    transaction: (work, onCommit) =>
      patiently(() =>
        turns.run(async () => {
          const result = await sql.transaction(work);
          onCommit?.();
          return result;
        }),
      ),
    async close() {
      await boss.stop({ graceful: false, close: false }).catch(() => {});
      await sql.close().catch(() => {});
    },
  };
}

/** The error of a first connection, in one line. */
function refuseOpening(error: unknown, address: string): never {
  const { code, message, errors } = Object(error) as {
    code?: string;
    message?: string;
    errors?: { message: string }[];
  };
  const words = withoutSecrets((message || errors?.[0]?.message || String(error)).split('\n')[0]!, address);
  const remedy = REMEDIES.find(([pattern]) => pattern.test(`${code} ${words}`))?.[1];
  const expected = `the database at ${placeOf(address)}`;
  return refuse('database', {
    expected,
    got: words,
    remedy: remedy ?? 'see the log of the server',
    code: 'state',
  });
}

function refuseStatement(error: unknown, address: string): never {
  const { code, message } = Object(error) as { code?: string; message?: string };
  // An error without an SQLSTATE does not come from the database.
  if (!/^[0-9A-Z]{5}$/.test(String(code))) throw error;
  const got = withoutSecrets(String(message ?? error).split('\n')[0]!, address);
  const remedy =
    REMEDIES.find(([pattern]) => pattern.test(`${code} ${got}`))?.[1] ?? 'see the log of the server';
  return refuse('database', { expected: `${placeOf(address)} to do its part`, got, remedy, code: 'state' });
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /^(28|ERR_TLS|.*certificate|.*SSL|.*SCRAM|.*password)/i,
    'correct user, password and sslmode of the address',
  ],
  [/^3D000/, 'make it first: createdb'],
  [/^42501/, 'give the role its rights: see "Rights" in the README of @unrolled/sweeps'],
  [/^(42P01|3F000)/, 'begin a study first, by a role that may make tables'],
  [
    /^(ECONN|ENOTFOUND|EAI|EHOST|ENET|ETIMEDOUT|ENOENT connect)|timeout/i,
    'start the server, or correct the address',
  ],
  [/^(EEXIST|ENOTDIR|EACCES|EPERM|EROFS|ENOSPC|ENOENT)/, 'pass a directory that can be written to'],
  [/^53100/, 'make room on the disk of the server'],
];
