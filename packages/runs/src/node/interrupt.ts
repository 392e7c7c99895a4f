/** The exit code of a process that Ctrl-C stopped: 128 and the number of SIGINT, as shells have it. */
const INTERRUPTED = 130;
/** One Ctrl-C can arrive twice, from the terminal and through npm; signals this close are one. */
const SAME_PRESS_MILLISECONDS = 400;

let shared: AbortSignal | undefined;

/**
 * A signal that aborts at the first Ctrl-C (or SIGINT), so that training stops after its step and what it has
 * is kept; a second Ctrl-C ends the process at once. The process will end with exit code 130.
 *
 * A loop only hears it if it lets the event loop turn: awaiting promises alone does not, `setImmediate` does.
 */
export function interruptSignal(): AbortSignal {
  if (shared) return shared;
  const controller = new AbortController();
  let firstAt = 0;
  process.on('SIGINT', () => {
    const now = Date.now();
    if (!controller.signal.aborted) {
      firstAt = now;
      process.exitCode = INTERRUPTED;
      process.stderr.write('\nstopping after this step (Ctrl-C again to stop at once)\n');
      controller.abort();
    } else if (now - firstAt > SAME_PRESS_MILLISECONDS) {
      process.exit(INTERRUPTED);
    }
  });
  shared = controller.signal;
  return shared;
}
