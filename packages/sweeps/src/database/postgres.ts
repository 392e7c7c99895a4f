/** A Postgres server, by its address. */
import type { Client, ClientConfig } from 'pg';
import { loadPostgres } from './engine';
import { isPassing, type Row, type Sql, type Statements } from './sql';
import { TIMES } from './times';

/**
 * Maximum number of connections of a process: one for a transaction, the others for heartbeats and polling.
 */
const CONNECTIONS = 3;

/** Time between two attempts to listen, in milliseconds. */
const AGAIN = 5000;

/**
 * Opens a pool of connections. TLS, user and password come from the address and the variables of libpq
 * (`sslmode`, `PGPASSWORD`). It does not connect yet.
 */
export async function openPostgres(address: string, name: string): Promise<Sql> {
  const { Client, Pool } = await loadPostgres();
  const common: ClientConfig = {
    connectionString: address,
    application_name: name,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
  const pool = new Pool({
    ...common,
    max: CONNECTIONS,
    statement_timeout: TIMES.statement * 1000,
    // Ends the wait if the server's answer is lost.
    query_timeout: (TIMES.statement + 5) * 1000,
    idle_in_transaction_session_timeout: TIMES.idleTransaction * 1000,
  });
  // An idle connection that breaks is replaced on the next use.
  pool.on('error', () => {});
  const ends: (() => void)[] = [];
  return {
    backend: 'postgres',
    executeSql: (text, values) => pool.query(text, values) as Promise<{ rows: Row[] }>,
    async transaction(work) {
      const client = await pool.connect();
      let failure: unknown;
      const onError = (error: Error) => {
        failure ??= error;
      };
      client.on('error', onError);
      const statements: Statements = {
        executeSql: (text, values) => client.query(text, values) as Promise<{ rows: Row[] }>,
      };
      try {
        await client.query('BEGIN');
        const result = await work(statements);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        failure = error;
        if (!isPassing(error)) await client.query('ROLLBACK').catch(() => {});
        throw error;
      } finally {
        client.off('error', onError);
        // A connection that broke, or whose transaction was not ended, is not used again.
        client.release(failure !== undefined && isPassing(failure));
      }
    },
    listenTo: (channel, onNotice) => void ends.push(listen(() => new Client(common), channel, onNotice)),
    async close() {
      for (const end of ends) end();
      await pool.end();
    },
  };
}

/**
 * Listens on a separate connection, which is replaced whenever it breaks. @returns a function that stops it
 */
function listen(
  make: () => Client,
  channel: string,
  onNotice: (text: string | undefined) => void,
): () => void {
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  const leave = (one: Client) => void one.end().catch(() => {});
  const begin = () => {
    const own = make();
    client = own;
    const again = () => {
      if (client !== own) return;
      leave(own);
      client = undefined;
      timer = setTimeout(begin, AGAIN).unref();
    };
    own.on('error', again);
    own.on('end', again);
    own.on('notification', ({ payload }) => onNotice(payload));
    own
      .connect()
      .then(() => own.query(`LISTEN ${channel}`))
      .then(() => onNotice(undefined))
      .catch(again);
  };
  begin();
  return () => {
    clearTimeout(timer);
    const own = client;
    client = undefined;
    if (own) leave(own);
  };
}
