/** The interface to a database, a server or PGlite. */

/** A row of a result, its columns by name. */
export type Row = Readonly<Record<string, unknown>>;

/** Runs statements, in a transaction or separately. */
export interface Statements {
  /**
   * Runs one statement, or without values several. Values are texts, numbers, dates, bytes and arrays.
   */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}

/** An open database. */
export interface Sql extends Statements {
  /** The pg-boss backend. */
  readonly backend: 'postgres' | 'pglite';
  /** Runs statements in a transaction; if `work` throws, all are rolled back. */
  transaction<T>(work: (statements: Statements) => Promise<T>): Promise<T>;
  /**
   * Calls `onNotice` with the text of each notification on a channel, and with undefined if some may have
   * been missed, until the database is closed. A backend without this method has no notifications.
   */
  listenTo?(channel: string, onNotice: (text: string | undefined) => void): void;
  close(): Promise<void>;
}

/**
 * SQLSTATEs after which the same transaction may succeed: lost connections, restarts, full disks, deadlocks,
 * timeouts.
 */
const PASSING = /^(08|53|57P0|58)|^(40001|40P01|55P03|57014|25P0[34])$/;

/** Node's codes for a connection that is down or was closed. */
const LINKS =
  /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOST\w+|ENET\w+|ENOTFOUND|EAI_AGAIN|ENOENT|ERR_STREAM\w+|ERR_SOCKET\w+)$/;

/** pg's messages without a code. */
const WORDS =
  /connection (terminated|ended|error)|not queryable|timeout (exceeded|expired)|read timeout|was closed/i;

/** Whether an error is temporary: the database restarts, the connection is down, the disk is full. */
export function isPassing(error: unknown): boolean {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return PASSING.test(code) || LINKS.test(code);
  return error instanceof AggregateError ? error.errors.some(isPassing) : WORDS.test(String(message));
}
