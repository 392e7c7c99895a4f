/**
 * Notifications of the database, so a process that waits for a queue checks it immediately, not at its next
 * poll.
 */
import type { Sql, Statements } from './sql';

/** The channel of all notifications; each contains the name of a queue. */
export const CHANNEL = 'unrolled_sweeps';

/**
 * Notifies, when the transaction is committed, that a queue has jobs or that one of its studies has ended. A
 * notification may get lost; polling then finds the change.
 */
export async function notify(tx: Statements, queue: string): Promise<void> {
  await tx.executeSql('SELECT pg_notify($1, $2)', [CHANNEL, queue]);
}

/** Waits for changes in a queue. */
export interface Watch {
  /**
   * Waits for this time, or until a notification. A notification since the last wait ends it immediately.
   * Never throws.
   */
  wait(seconds: number, signal?: AbortSignal): Promise<void>;
  end(): void;
}

/** The notifications of a process, which listens from its first watch on. */
export class Notices {
  readonly #sql: Sql;
  readonly #watches = new Map<Watch, { readonly queue: string; onNotice(): void }>();
  #isListening = false;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  watch(queue: string): Watch {
    let isNew = false;
    let wake: (() => void) | undefined;
    const watch: Watch = {
      async wait(seconds, signal) {
        if (!isNew && !signal?.aborted)
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, seconds * 1000);
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
            signal?.addEventListener('abort', wake);
          });
        if (wake) signal?.removeEventListener('abort', wake);
        wake = undefined;
        isNew = false;
      },
      end: () => void this.#watches.delete(watch),
    };
    const onNotice = () => {
      isNew = true;
      wake?.();
    };
    this.#watches.set(watch, { queue, onNotice });
    if (!this.#isListening) {
      this.#isListening = true;
      this.#sql.listenTo?.(CHANNEL, (name) => {
        for (const one of this.#watches.values())
          if (name === undefined || name === one.queue) one.onNotice();
      });
    }
    return watch;
  }
}
