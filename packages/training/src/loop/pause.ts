/**
 * A loop of resolved promises blocks timers, signals and a page's events. Training calls this regularly to
 * let them run; at most every 50 ms, because a timer costs a page 4 ms.
 */
export function makePause(everyMilliseconds = 50): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < everyMilliseconds) return undefined;
    return turn().then(() => {
      last = performance.now();
    });
  };
}

/** One turn of the event loop. setImmediate is Node's, without the timer's millisecond. */
function turn(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
  return new Promise((resolve) => {
    if (setImmediate) setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
