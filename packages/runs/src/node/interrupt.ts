import { checkKind } from '../refuse';
import { holdsRun } from './run-lock';

/** Exit codes of a process that a signal stopped: 128 plus the signal's number, as in shells. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
/** One Ctrl-C can arrive twice, from the terminal and through npm. Signals within this time count as one. */
const SAME_PRESS_MILLISECONDS = 400;

let shared: AbortController | undefined;

/**
 * A signal that aborts at the first Ctrl-C (SIGINT), SIGTERM or SIGHUP, so that training stops after its step
 * and saves its state. A second one ends the process at once. The exit code is then 130, 143 or 129.
 *
 * A loop notices it only if it lets the event loop run. Awaiting promises alone is not enough; `setImmediate`
 * is.
 */
export function interruptSignal(): AbortSignal {
  if (shared) return shared.signal;
  const controller = new AbortController();
  shared = controller;
  let firstAt = 0;
  const stop = (signal: keyof typeof EXIT_CODES) => {
    const now = Date.now();
    if (!controller.signal.aborted) {
      firstAt = now;
      const again = signal === 'SIGINT' ? ' (press Ctrl-C again to stop at once)' : '';
      // Other signals usually come from programs, but the log should still show what is saved.
      const isSaid = signal === 'SIGINT' || holdsRun();
      stopAfterStep(isSaid ? `\nstopping after this step${again}` : undefined, EXIT_CODES[signal]);
    } else if (now - firstAt > SAME_PRESS_MILLISECONDS) {
      process.exit(EXIT_CODES[signal]);
    }
  };
  for (const signal of Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[]) process.on(signal, stop);
  return controller.signal;
}

/**
 * Stops a run as {@link interruptSignal} does, but for another reason, such as output that cannot be written.
 * The process ends with `exitCode`.
 *
 * @param reason one line on standard error
 * @returns false if this process uses no run directory, or no work listens to the signal; then there is
 *   nothing to save
 */
export function interruptRun(reason: string, exitCode: number): boolean {
  checkKind('interruptRun', 'reason', reason, 'string');
  checkKind('interruptRun', 'exitCode', exitCode, 'number');
  if (!shared || !holdsRun()) return false;
  if (!shared.signal.aborted) stopAfterStep(reason, exitCode);
  return true;
}

function stopAfterStep(line: string | undefined, exitCode: number): void {
  process.exitCode = exitCode;
  if (line !== undefined) process.stderr.write(`${line}\n`);
  shared!.abort();
}
