/** Limits of a trial's process on a worker. */
import { readFileSync } from 'node:fs';

export interface ProcessLimits {
  /** Maximum memory in megabytes; it is checked only on systems with /proc. */
  readonly megabytes?: number | undefined;
  /** Whether the process ends when this one ends, for any reason. */
  readonly isTied?: boolean | undefined;
  /** Environment variables that the process must not see. */
  readonly hidden?: readonly string[] | undefined;
}

/** A tied process loads this first. It exits when the channel to its parent closes. */
const TIE = `data:text/javascript,${encodeURIComponent(
  "process.once('disconnect', () => process.kill(process.pid, 'SIGKILL')); process.channel?.unref();",
)}`;

/** Milliseconds between two checks. */
const LOOK = 50;

/** Node's options of a process that is tied to this one; it needs an `ipc` stream. */
export const tieOf = ({ isTied }: ProcessLimits): string[] => (isTied ? ['--import', TIE] : []);

/** The environment variables of this process and additional ones, without those that are hidden. */
export function environmentOf(
  { hidden = [] }: ProcessLimits,
  more: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const all = Object.entries({ ...process.env, ...more });
  return Object.fromEntries(all.filter(([name]) => !hidden.includes(name)));
}

/**
 * Calls `onLarge` when a process uses more memory than its limit. @returns a function that stops the checks
 */
export function watchMemory(pid: number, { megabytes }: ProcessLimits, onLarge: () => void): () => void {
  if (megabytes === undefined) return () => {};
  const look = setInterval(() => residentMegabytes(pid) > megabytes && onLarge(), LOOK);
  return () => clearInterval(look);
}

/** The memory of a process in megabytes; 0 if the system does not report it. */
function residentMegabytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
