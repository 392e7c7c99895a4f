/** Whether a process still lives, also where another one has got its number since. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When the process of a number began, as a text that no other process of this machine has together with that
 * number.
 *
 * @returns undefined when there is no such process, and an empty text when the system does not say when it
 *   began
 */
export function beginningOf(pid: number): string | undefined {
  if (process.platform === 'linux') return beginningInProc(pid);
  if (!isThere(pid)) return undefined;
  if (process.platform === 'win32') return '';
  try {
    const command = ['-o', 'lstart=', '-p', String(pid)];
    return execFileSync('ps', command, { encoding: 'utf8', stdio: 'pipe', timeout: 5000 }).trim();
  } catch {
    return '';
  }
}

/**
 * Ticks since the start of the machine, and which start that was; a process that only waits to be reaped is
 * none.
 */
function beginningInProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, the second field, may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${fields[19]} ticks after start ${bootId()}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && !isThere(pid) ? undefined : '';
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return 'unknown';
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
