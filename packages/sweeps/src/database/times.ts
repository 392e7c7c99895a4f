/**
 * How soon what is noticed, in seconds. A dead worker's trial waits at most heartbeat + 2 × monitor + poll:
 * 23 s.
 */
export const TIMES = {
  /** A worker that was not heard from for so long has lost its trial. */
  heartbeat: 15,
  /** Between two heartbeats, so one may get lost. */
  beat: 5,
  /**
   * Between two looks for trials whose worker is dead; each worker looks, and the database sees to it that
   * one is enough.
   */
  monitor: 3,
  /** Between two questions for a trial while there is none. */
  poll: 2,
  /**
   * After which the database ends a transaction that says nothing, as of a process that was stopped in its
   * midst.
   */
  idleTransaction: 10,
  /** For one statement; a connection that is lost without a message is noticed then. */
  statement: 60,
  /** Between two looks at a study that others work on. */
  watch: 1,
  /**
   * Maximum time of a job in an engine; then the trial is returned, and continues from its checkpoint.
   */
  hold: 23 * 3600,
} as const;

/** Waits, or until the signal aborts; never throws. */
export function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    signal?.addEventListener('abort', end);
  });
}
