/**
 * A loop of resolved promises blocks timers, signals and a page's events. Training calls this function in
 * each step to let them run, at most every 50 ms.
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

/**
 * One turn of the event loop: by setImmediate in Node, by a message in a page. A timer would take one
 * millisecond in Node and four in a page.
 */
function turn(): Promise<void> {
  const { setImmediate, MessageChannel } = globalThis as unknown as Turning;
  return new Promise((resolve) => {
    if (setImmediate) {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

interface Turning {
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly MessageChannel: new () => {
    readonly port1: { onmessage: () => void; close(): void };
    readonly port2: { postMessage(message: unknown): void };
  };
}
