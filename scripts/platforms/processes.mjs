/** Runs programs that print one line of JSON. */
import { spawnSync } from 'node:child_process';

/** Milliseconds. A trial that takes longer has threads that keep the process alive. */
const PATIENCE = 120_000;

/**
 * Runs a command and returns the JSON of its last line.
 *
 * @throws Error if it does not end with 0 in time, or prints no JSON
 */
export function runFile(command, args, options) {
  const { status, signal, stdout, stderr } = runCommand(command, args, options);
  if (status !== 0) throw new Error(`it ended with ${signal ?? status}: ${`${stdout}${stderr}`.trim()}`);
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1));
  } catch {
    throw new Error(`it printed ${JSON.stringify(stdout)}`);
  }
}

export function runCommand(command, args, options) {
  return spawnSync(command, args, { encoding: 'utf8', timeout: PATIENCE, killSignal: 'SIGKILL', ...options });
}
