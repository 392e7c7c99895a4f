import { checkKind } from '../refuse';
import { holdsRun } from './run-lock';

/** Exit codes of a process that a signal stopped: 128 and the signal's number, as shells have it. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
/** One Ctrl-C can arrive twice, from the terminal and through npm; signals this close are one. */
const SAME_PRESS_MILLISECONDS = 400;

let shared: AbortController | undefined;

/**
 * A signal that aborts at the first Ctrl-C (SIGINT), SIGTERM or SIGHUP, so training stops after its step and
 * saves its state; a second one ends the process at once. The process will end with exit code 130, 143
 * or 129.
 *
 * A loop only hears it if it lets the event loop turn: awaiting promises alone does not, `setImmediate` does.
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
      const again = signal === 'SIGINT' ? ' (Ctrl-C again to stop at once)' : '';
      // Another signal usually has no reader waiting; the message still says what is saved.
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
 * Stops a run for another reason than a signal, as {@link interruptSignal} does: where its words cannot be
 * written any more, say. The process will end with `exitCode`.
 *
 * @param reason one line on standard error
 * @returns false when this process works in no run directory, or its work hears no signal: then there is
 *   nothing to keep
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
