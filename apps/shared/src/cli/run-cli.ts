import { UnrolledError } from '@unrolled/errors';
import { type Command, CommanderError } from 'commander';
import { enableRelaxedSimd } from './relaxed-simd';
import { oneLine, usageErrorLine } from './usage-errors';

/**
 * The exit codes of a process: 0, or 1 for a user's mistake, 2 for a bug of ours, 130 for Ctrl-C (set by
 * `interruptSignal`).
 */
export const EXIT_CODES = { success: 0, userError: 1, bug: 2, interrupted: 130 } as const;

/** The system's codes for a path or a disk that is not as the user thought. */
const USER_FILE_ERRORS = new Set([
  'ENOENT',
  'EACCES',
  'EPERM',
  'EISDIR',
  'ENOTDIR',
  'EEXIST',
  'EROFS',
  'ENOSPC',
  'EMFILE',
]);

/**
 * Runs a commander program as the whole process: parses, awaits the action, and turns every failure into one
 * line on standard error and an exit code.
 *
 * A wrong command line, an `UnrolledError` and a file the system refuses are the user's: one line, exit code
 * 1. Anything else is our bug: message and stack, exit code 2. A reader that goes away (`| head`) ends the
 * process quietly.
 *
 * Paths are relative to `process.cwd()`: the root's npm scripts start an app in the directory they were
 * called from.
 */
export async function runCli(program: Command, argv: readonly string[] = process.argv): Promise<void> {
  endQuietlyOnClosedPipe();
  enableRelaxedSimd();
  const name = program.name();
  throwInsteadOfExiting(program);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    const { line, exitCode } = describeFailure(error, name);
    if (line) process.stderr.write(`${line}\n`);
    process.exitCode = exitCode;
  }
}

/** The line and the exit code that `runCli` gives an error. */
function describeFailure(
  error: unknown,
  name: string,
): { line: string | undefined; exitCode: number | undefined } {
  if (error instanceof CommanderError) {
    // `--help` and `--version` end with 0; a bare program with commands shows its help and ends with 1.
    if (/^commander\.(help|helpDisplayed|version)$/.test(error.code))
      return { line: undefined, exitCode: error.exitCode };
    return { line: usageErrorLine(error, name), exitCode: EXIT_CODES.userError };
  }
  if (!(error instanceof Error))
    return { line: `[unrolled/${name}] threw ${String(error)}`, exitCode: EXIT_CODES.bug };
  if (error instanceof UnrolledError) return { line: oneLine(error.message), exitCode: EXIT_CODES.userError };
  if (error.name === 'AbortError' && process.exitCode === EXIT_CODES.interrupted)
    return { line: undefined, exitCode: EXIT_CODES.interrupted };
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (code && path && USER_FILE_ERRORS.has(code)) {
    const got = oneLine(error.message);
    return {
      line: `[unrolled/${name}] ${syscall ?? 'file'}: expected a path that can be used, got ${got}`,
      exitCode: EXIT_CODES.userError,
    };
  }
  return {
    line: `[unrolled/${name}] stopped by a bug, please report it:\n${error.stack ?? error.message}`,
    exitCode: EXIT_CODES.bug,
  };
}

/** commander would print and exit by itself, also from within a command. */
function throwInsteadOfExiting(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => {} });
  for (const child of command.commands) throwInsteadOfExiting(child);
}

let watchesPipe = false;

function endQuietlyOnClosedPipe(): void {
  if (watchesPipe) return;
  watchesPipe = true;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(process.exitCode ?? EXIT_CODES.success);
    });
  }
}
