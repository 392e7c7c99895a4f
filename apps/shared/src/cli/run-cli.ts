import { UnrolledError, visible } from '@unrolled/errors';
import { writingProblem } from '@unrolled/errors/node';
import { type Command, CommanderError } from 'commander';
import { inOptions } from './options';
import { enableRelaxedSimd } from './relaxed-simd';
import { oneLine, usageErrorLine } from './usage-errors';

/**
 * Exit codes: 0 for success; 1 for an error of the user; 2 for a bug; 130, 143 and 129 for Ctrl-C, SIGTERM
 * and SIGHUP (set by `interruptSignal`); 141 if the reader of the output closed it.
 */
export const EXIT_CODES = { success: 0, userError: 1, bug: 2, interrupted: 130, noReader: 141 } as const;

/** The system's error codes for wrong paths and full disks. */
const USER_FILE_ERRORS = new Set([
  'ENOENT',
  'EACCES',
  'EPERM',
  'EISDIR',
  'ENOTDIR',
  'EEXIST',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'EIO',
  'EMFILE',
]);

/**
 * Runs a commander program as the whole process: it parses the arguments, awaits the action, and reports
 * every failure as one line on standard error with an exit code.
 *
 * A wrong command line, an `UnrolledError` and a file that the system refuses are the user's mistake. They
 * give one line and the exit code 1. Anything else is a bug of ours, with message, stack and the exit code 2.
 * If the reader closes the output (`| head`), the process exits without a message. A process with a run
 * directory first finishes its step, and says so on standard error.
 *
 * Paths are relative to `process.cwd()`. The npm scripts of the root start an app in the directory from which
 * they were called.
 */
export async function runCli(program: Command, argv: readonly string[] = process.argv): Promise<void> {
  const name = program.name();
  watchOutputs(name);
  enableRelaxedSimd();
  throwInsteadOfExiting(program);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    const { line, exitCode } = describeFailure(error, name);
    if (line && !isOutputLost) process.stderr.write(`${line}\n`);
    process.exitCode = exitCode;
  }
}

/** The line and the exit code of an error. */
function describeFailure(
  error: unknown,
  name: string,
): { line: string | undefined; exitCode: number | undefined } {
  if (error instanceof CommanderError) {
    // `--help` and `--version` exit with 0. A program with commands that is started without one shows its
    // help and exits with 1.
    if (/^commander\.(help|helpDisplayed|version)$/.test(error.code))
      return { line: undefined, exitCode: error.exitCode };
    return { line: usageErrorLine(error, name), exitCode: EXIT_CODES.userError };
  }
  if (!(error instanceof Error))
    return { line: visible(`[unrolled/${name}] threw ${String(error)}`), exitCode: EXIT_CODES.bug };
  if (error instanceof UnrolledError)
    return { line: oneLine(inOptions(error.message)), exitCode: EXIT_CODES.userError };
  // The signal's exit code is already set.
  if (error.name === 'AbortError' && process.exitCode)
    return { line: undefined, exitCode: Number(process.exitCode) };
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code && syscall && USER_FILE_ERRORS.has(code)) {
    const got = oneLine(error.message);
    return {
      line: `[unrolled/${name}] ${syscall ?? 'file'}: expected a path that can be used, got ${got}`,
      exitCode: EXIT_CODES.userError,
    };
  }
  return {
    line: visible(`[unrolled/${name}] stopped by a bug, please report it:\n${error.stack ?? error.message}`),
    exitCode: EXIT_CODES.bug,
  };
}

/** commander would otherwise print and exit itself, also inside a command. */
function throwInsteadOfExiting(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => {} });
  for (const child of command.commands) throwInsteadOfExiting(child);
}

let watched: string | undefined;
let isOutputLost = false;

function watchOutputs(name: string): void {
  if (watched !== undefined) return;
  watched = name;
  for (const [stream, where] of [
    [process.stdout, 'standard output'],
    [process.stderr, 'standard error'],
  ] as const)
    stream.on('error', (error) => void loseOutput(where, error, name));
}

/** Only the first failed write of a stream is reported, because all later writes fail, too. */
async function loseOutput(where: string, error: NodeJS.ErrnoException, name: string): Promise<void> {
  if (isOutputLost) return;
  isOutputLost = true;
  const hasNoReader = error.code === 'EPIPE';
  const problem = hasNoReader
    ? `the reader of ${where} has closed it`
    : `${where} cannot be written: ${writingProblem(error) ?? error.code}`;
  const exitCode = hasNoReader ? EXIT_CODES.noReader : EXIT_CODES.userError;
  const { interruptRun } = await import('@unrolled/runs/node');
  if (interruptRun(`[unrolled/${name}] ${problem}: stopping after this step`, exitCode)) return;
  if (hasNoReader) process.exit(process.exitCode ?? EXIT_CODES.success);
  process.stderr.write(`[unrolled/${name}] ${problem}\n`);
  process.exit(exitCode);
}
