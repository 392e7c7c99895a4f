/** Whether a process is still running. A later process with the same id is recognised. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * The start of a process, as a text that identifies the process together with its id.
 *
 * @returns undefined if the process does not exist, and an empty text if the system does not report its start
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

/** The start in ticks since boot, and the boot id. A zombie process counts as ended. */
function beginningInProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field, the name, may contain spaces and brackets.
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
