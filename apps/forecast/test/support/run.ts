import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCli } from '@unrolled/app-shared';
import { vi } from 'vitest';
import { program } from '../../src/program';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command line in this process, on the cpu backend unless told otherwise. */
export async function run(...args: string[]): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      written[name] += chunk;
      return true;
    }),
  );
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    const where = args[0] === 'export' ? [] : ['--backend', process.env.TRY ?? 'cpu'];
    await runCli(program(), ['node', 'forecast', ...args, ...where]);
    return { code: Number(process.exitCode ?? 0), ...written };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}

/** The object that `--json` leaves as the last line of standard output. */
export function lastObject({ stdout }: Outcome) {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
}

/** A directory for one test file's CSVs and plots. */
export async function scratch() {
  const directory = await mkdtemp(path.join(tmpdir(), 'forecast-'));
  return {
    directory,
    file: async (name: string, content: string | Uint8Array) => {
      const file = path.join(directory, name);
      await writeFile(file, content);
      return file;
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
