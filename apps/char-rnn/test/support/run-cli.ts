import { runCli } from '@unrolled/app-shared';
import { vi } from 'vitest';
import { program } from '../../src/program';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command line in this process, as `char-rnn …args` would run in one of its own. */
export async function charRnn(...args: string[]): Promise<Outcome> {
  const before = process.exitCode;
  process.exitCode = undefined;
  const outcome = { stdout: '', stderr: '' };
  const capture = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      outcome[stream] += chunk;
      return true;
    });
  const spies = [capture('stdout'), capture('stderr')];
  try {
    await runCli(program(), ['node', 'char-rnn', ...args]);
    return { code: Number(process.exitCode ?? 0), ...outcome };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = before;
  }
}

/** The object that `--json` leaves as the last line of standard output. */
export function lastObject({ stdout }: Outcome): Record<string, unknown> {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
}

/** The lines that a command with a model writes to standard error after the line on its backend. */
export function afterBackend(stderr: string): string {
  return stderr.replace(/^backend \w+: .+\n/, '');
}
