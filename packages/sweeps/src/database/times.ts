/**
 * Intervals and limits, in seconds. A dead worker's trial waits at most heartbeat + 2 × monitor + poll: 23 s.
 */
export const TIMES = {
  /** A worker without a heartbeat for this time has lost its trial. */
  heartbeat: 15,
  /** Between two heartbeats; short enough that one may get lost. */
  beat: 5,
  /**
   * Between two checks for trials whose worker is dead. Each worker checks; the database ensures that only
   * one check runs.
   */
  monitor: 3,
  /** Between two requests for a trial while there is none. */
  poll: 2,
  /**
   * After this time the database ends an idle transaction, for example of a process that was stopped.
   */
  idleTransaction: 10,
  /** Time limit of a statement; a connection that was lost silently is detected then. */
  statement: 60,
  /** Between two reads of a study that other processes work on. */
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
