import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Bundles `program.ts` as the apps' builds do; `remove` deletes the bundle. */
export async function buildProgram(): Promise<{ file: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'unrolled-demo-'));
  const file = path.join(directory, 'program.mjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'program.ts')],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    conditions: ['@unrolled/source'],
    // The demo makes no tensor; an empty stand-in keeps tfjs's start-up time out of every run.
    alias: {
      '@tensorflow/tfjs-core': 'node:os',
      // Of it, what a lost output needs.
      '@unrolled/runs/node': path.join(
        import.meta.dirname,
        '../../../../packages/runs/src/node/interrupt.ts',
      ),
    },
    logLevel: 'silent',
  });
  return { file, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** Runs the bundle to its end; `onStart` may send signals. */
export function runProgram(
  file: string,
  args: readonly string[],
  onStart: (child: ChildProcess) => void = () => {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    onStart(child);
  });
}
