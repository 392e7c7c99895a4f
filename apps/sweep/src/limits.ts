/** What holds for the process of a trial on a worker. */
import { readFileSync } from 'node:fs';

export interface ProcessLimits {
  /** The most memory that it may have, in megabytes; it is looked at where the system has /proc. */
  readonly megabytes?: number | undefined;
  /** Whether its process ends with this one, however this one ends. */
  readonly isTied?: boolean | undefined;
  /** Variables that it is not to see. */
  readonly hidden?: readonly string[] | undefined;
}

/** Read by a tied process first: it ends when the link to its parent breaks. */
const TIE = `data:text/javascript,${encodeURIComponent(
  "process.once('disconnect', () => process.kill(process.pid, 'SIGKILL')); process.channel?.unref();",
)}`;

/** Between two looks, in milliseconds. */
const LOOK = 50;

/** Node's options of a process that is tied to this one; it needs the stream `ipc`. */
export const tieOf = ({ isTied }: ProcessLimits): string[] => (isTied ? ['--import', TIE] : []);

/** This process's variables and others, without those that are hidden. */
export function environmentOf(
  { hidden = [] }: ProcessLimits,
  more: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const all = Object.entries({ ...process.env, ...more });
  return Object.fromEntries(all.filter(([name]) => !hidden.includes(name)));
}

/** Calls `onLarge` when a process has more memory than it may. @returns what ends the looking */
export function watchMemory(pid: number, { megabytes }: ProcessLimits, onLarge: () => void): () => void {
  if (megabytes === undefined) return () => {};
  const look = setInterval(() => residentMegabytes(pid) > megabytes && onLarge(), LOOK);
  return () => clearInterval(look);
}

/** What a process holds in memory, in megabytes; 0 where the system does not say. */
function residentMegabytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
