/** The interface to a database, a server or PGlite. */

/** A row of a result, its columns by name. */
export type Row = Readonly<Record<string, unknown>>;

/** The executor of statements: in a transaction, or each by itself. */
export interface Statements {
  /**
   * Runs one statement; without values there may be several. Texts, numbers, dates, bytes and arrays are
   * values.
   */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}

/** A database that is open. */
export interface Sql extends Statements {
  /** Which of pg-boss's backends it is. */
  readonly backend: 'postgres' | 'pglite';
  /** Runs statements as one: all of them count, or none where `work` throws. */
  transaction<T>(work: (statements: Statements) => Promise<T>): Promise<T>;
  /**
   * Calls `onNotice` with the text of each notice on a channel, and with undefined where some may have been
   * missed, until the database is closed. Where it is missing, nobody is told.
   */
  listenTo?(channel: string, onNotice: (text: string | undefined) => void): void;
  close(): Promise<void>;
}

/**
 * SQLSTATEs after which the same transaction may do: lost connections, restarts, full disks, deadlocks,
 * timeouts.
 */
const PASSING = /^(08|53|57P0|58)|^(40001|40P01|55P03|57014|25P0[34])$/;

/** Node's codes for a connection that is down or was closed. */
const LINKS =
  /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOST\w+|ENET\w+|ENOTFOUND|EAI_AGAIN|ENOENT|ERR_STREAM\w+|ERR_SOCKET\w+)$/;

/** pg's messages without a code. */
const WORDS =
  /connection (terminated|ended|error)|not queryable|timeout (exceeded|expired)|read timeout|was closed/i;

/** Whether an error passes by itself: the database restarts, the link is down, the disk is full for now. */
export function isPassing(error: unknown): boolean {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return PASSING.test(code) || LINKS.test(code);
  return error instanceof AggregateError ? error.errors.some(isPassing) : WORDS.test(String(message));
}
