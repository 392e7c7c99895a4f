/**
 * PGlite allows one process and one connection. The first process that opens a directory owns it, and serves
 * the other processes of the machine.
 */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, realpathSync, statSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { quoted } from '@unrolled/errors';
import { makeDirectory } from '@unrolled/errors/node';
import { refuse } from '../refuse';
import { loadPglite } from './engine';
import { Mutex } from './mutex';
import type { Row, Sql, Statements } from './sql';
import { TIMES } from './times';
import { type Answer, type Question, receive, send } from './wire';

/** The maximum length of a local socket's path on every system. */
const LONGEST = 100;

/** The socket of a directory's owner: a file that only its user may open; on Windows a named pipe. */
export function socketOf(directory: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\unrolled-sweeps-${hashOf(directory)}`;
  const file = path.resolve(directory, 'served');
  const near = path.relative(process.cwd(), file);
  const shortest = Buffer.byteLength(near) < Buffer.byteLength(file) ? near : file;
  if (Buffer.byteLength(shortest) <= LONGEST) return shortest;
  return refuse('database', {
    expected: `a directory whose path has at most ${LONGEST - '/served'.length} bytes, for its socket`,
    got: quoted(path.resolve(directory)),
    remedy: 'pass one nearer to the root, or start the process nearer to it',
  });
}

const hashOf = (directory: string) =>
  createHash('sha256').update(realpathSync(directory)).digest('hex').slice(0, 32);

/**
 * A PGlite of this process, which serves others until it is closed; undefined if another process owns the
 * directory.
 */
export async function ownPglite(directory: string): Promise<Sql | undefined> {
  await makePrivateDirectory(directory);
  const held = await holdDirectory(directory);
  if (held === 'taken') return undefined;
  try {
    const { PGlite } = await loadPglite();
    const engine = await PGlite.create(path.join(directory, 'data'));
    const owned = ownedSql(engine);
    const close = await serve(owned, socketOf(directory));
    return {
      ...owned,
      async close() {
        await close();
        await engine.close();
        held.close();
      },
    };
  } catch (error) {
    held.close();
    throw error;
  }
}

/** Creates a missing directory that only its user may open. */
async function makePrivateDirectory(directory: string): Promise<void> {
  await makeDirectory(path.dirname(path.resolve(directory)));
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

interface Engine {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  exec(text: string): Promise<{ rows: unknown[] }[]>;
}

interface Owned extends Sql {
  begin(): Promise<OpenTransaction>;
}

interface OpenTransaction extends Statements {
  end(commit: boolean): Promise<void>;
}

/** The one connection, lent to one statement or one transaction at a time. */
function ownedSql(engine: Engine): Owned {
  const turns = new Mutex();
  const run = async (text: string, values?: unknown[]): Promise<{ rows: Row[] }> => {
    if (values?.length) return (await engine.query(text, values)) as { rows: Row[] };
    const results = await engine.exec(text);
    return { rows: results.flatMap(({ rows }) => rows as Row[]) };
  };
  const begin = async (): Promise<OpenTransaction> => {
    const release = await turns.take();
    try {
      await run('BEGIN');
    } catch (error) {
      release();
      throw error;
    }
    let isOpen = true;
    return {
      executeSql: (text, values) => (isOpen ? run(text, values) : Promise.reject(ended())),
      async end(commit) {
        if (!isOpen) throw ended();
        isOpen = false;
        try {
          await run(commit ? 'COMMIT' : 'ROLLBACK');
        } finally {
          release();
        }
      },
    };
  };
  return {
    backend: 'pglite',
    begin,
    executeSql: (text, values) =>
      turns.run(async () => {
        try {
          return await run(text, values);
        } catch (error) {
          // A text of several statements may have started a transaction, which must not affect the next
          // statement.
          await run('ROLLBACK').catch(() => {});
          throw error;
        }
      }),
    async transaction(work) {
      const open = await begin();
      try {
        const result = await work(open);
        await open.end(true);
        return result;
      } catch (error) {
        await open.end(false).catch(() => {});
        throw error;
      }
    },
    async close() {},
  };
}

/** Postgres's error for a transaction that was idle for too long. */
const ended = () =>
  Object.assign(new Error('the transaction was ended: it was silent for too long'), { code: '25P03' });

async function serve(owned: Owned, socketPath: string): Promise<() => Promise<void>> {
  if (process.platform !== 'win32') removeSocket(socketPath);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    answer(owned, socket);
  });
  await listening(server, socketPath);
  if (process.platform !== 'win32') chmodSync(socketPath, 0o600);
  // The server does not keep the process alive.
  server.unref();
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
}

/** Serves one process. If that process leaves or becomes silent, its open transaction is rolled back. */
function answer(owned: Owned, socket: Socket): void {
  const open = new Map<number, { transaction: OpenTransaction; timer: NodeJS.Timeout }>();
  let count = 0;
  const reply = (message: Answer) => void (socket.writable && send(socket, message));
  const undo = (number: number) => {
    const found = open.get(number);
    if (!found) return;
    clearTimeout(found.timer);
    open.delete(number);
    found.transaction.end(false).catch(() => {});
  };
  const found = (number: number) => {
    const one = open.get(number);
    if (!one) throw ended();
    one.timer.refresh();
    return one.transaction;
  };
  const work = async (question: Question): Promise<Row[]> => {
    if (question.ask === 'run') {
      const where = question.transaction === undefined ? owned : found(question.transaction);
      return (await where.executeSql(question.text, question.values)).rows;
    }
    if (question.ask === 'begin') {
      const transaction = await owned.begin();
      const number = ++count;
      const timer = setTimeout(() => undo(number), TIMES.idleTransaction * 1000);
      open.set(number, { transaction, timer });
      if (!socket.writable) undo(number);
      return [{ transaction: number }];
    }
    const transaction = found(question.transaction);
    clearTimeout(open.get(question.transaction)!.timer);
    open.delete(question.transaction);
    await transaction.end(question.commit);
    return [];
  };
  receive<Question>(socket, (question) => {
    work(question).then(
      (rows) => reply({ id: question.id, rows }),
      (error: { message?: string; code?: string }) =>
        reply({ id: question.id, error: { message: error.message ?? String(error), code: error.code } }),
    );
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    for (const number of open.keys()) undo(number);
  });
}

/**
 * Removes the socket of an owner that was killed. Not by `rmSync`, which looks at the file: Node then
 * resolves no link of the next module that is loaded (findings/node-links-after-a-socket.sh).
 */
function removeSocket(socketPath: string): void {
  try {
    unlinkSync(socketPath);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

const listening = (server: Server, where: string) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });

/**
 * Claims a directory for this process, by a name that the system releases when the process ends for any
 * reason. Linux has abstract names for this, Windows pipes; on other systems a kill leaves a file, which is
 * removed if nobody answers on it.
 */
async function holdDirectory(directory: string): Promise<Server | 'taken'> {
  const isFile = process.platform !== 'linux' && process.platform !== 'win32';
  const name = `unrolled-sweeps-held-${hashOf(directory)}`;
  const where = isFile
    ? path.join(directory, 'held')
    : process.platform === 'win32'
      ? `\\\\.\\pipe\\${name}`
      : `\0${name}`;
  const server = createServer((socket) => socket.destroy());
  server.unref();
  try {
    await listening(server, where);
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return 'taken';
  }
}
