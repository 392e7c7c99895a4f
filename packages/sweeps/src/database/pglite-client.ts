/** A PGlite that another process of this machine owns. */
import { connect, type Socket } from 'node:net';
import { socketOf } from './pglite-owner';
import type { Row, Sql, Statements } from './sql';
import { type Answer, type Question, receive, send } from './wire';

/** A question without its number. */
type Asked = Question extends infer Q ? (Q extends Question ? Omit<Q, 'id'> : never) : never;

interface Waiting {
  resolve(rows: Row[]): void;
  reject(error: Error): void;
}

/** @throws if no process serves the directory */
export async function connectToPglite(directory: string): Promise<Sql> {
  const where = socketOf(directory);
  let link: Promise<Link> | undefined = openLink(where);
  await link;
  let isClosed = false;
  const current = async () => {
    if (isClosed) throw new Error('the database was closed');
    // The next query replaces a broken connection; another process may own the directory by then.
    link ??= openLink(where);
    const made = link;
    try {
      const one = await made;
      if (one.socket.writable) return one;
    } catch {
      // Below.
    }
    if (link === made) link = openLink(where);
    return link;
  };
  const statements = (one: () => Promise<Link>, transaction?: number): Statements => ({
    executeSql: async (text, values) => ({
      rows: await (await one()).ask({ ask: 'run', text, values, transaction }),
    }),
  });
  return {
    backend: 'pglite',
    ...statements(current),
    async transaction(work) {
      const one = await current();
      const [begun] = await one.ask({ ask: 'begin' });
      const transaction = begun!.transaction as number;
      try {
        const result = await work(statements(async () => one, transaction));
        await one.ask({ ask: 'end', transaction, commit: true });
        return result;
      } catch (error) {
        await one.ask({ ask: 'end', transaction, commit: false }).catch(() => {});
        throw error;
      }
    },
    async close() {
      isClosed = true;
      (await link?.catch(() => undefined))?.socket.destroy();
    },
  };
}

interface Link {
  readonly socket: Socket;
  ask(question: Asked): Promise<Row[]>;
}

function openLink(where: string): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = connect(where);
    const waiting = new Map<number, Waiting>();
    let count = 0;
    const lost = (error?: Error) => {
      const why = error ?? closed();
      for (const one of waiting.values()) one.reject(why);
      waiting.clear();
      reject(why);
    };
    socket.on('error', lost);
    socket.on('close', () => lost());
    receive<Answer>(socket, (message) => {
      const one = waiting.get(message.id);
      waiting.delete(message.id);
      if ('rows' in message) one?.resolve(message.rows);
      else one?.reject(Object.assign(new Error(message.error.message), { code: message.error.code }));
    });
    socket.on('connect', () =>
      resolve({
        socket,
        ask: (question) =>
          new Promise((settle, fail) => {
            const id = ++count;
            if (!socket.writable) return fail(closed());
            waiting.set(id, { resolve: settle, reject: fail });
            send(socket, { ...question, id } as Question);
          }),
      }),
    );
  });
}

const closed = () => Object.assign(new Error('the database process closed the link'), { code: 'ECONNRESET' });
