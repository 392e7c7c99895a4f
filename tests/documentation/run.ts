/** Examples as programs of their own: bundled with our sources, and run in a process each. */
import { fork } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { gradientsBundle } from '../../scripts/tfjs-gradients';
import { type Example, root } from './examples';

export interface Run {
  /** What each call of console.log wrote. */
  readonly printed: readonly string[];
  /** Tensors that were left at its end. */
  readonly tensors: number;
}

/** A program, and whether it loads tfjs-core. */
export interface Program {
  readonly file: string;
  readonly usesTensors: boolean;
}

const RUNNER = path.join(import.meta.dirname, 'run-example.mjs');

/**
 * Writes each example into a folder and bundles it with those of our sources that it reaches: files are shared, but a process
 * loads no more than its example imports. TensorFlow.js stays outside, as it does for a user.
 */
export async function bundle(examples: readonly Example[], folder: string): Promise<Map<string, Program>> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { id, code } of examples) writeFileSync(path.join(folder, `${id}.ts`), code);
  const { outputs } = (
    await build({
      entryPoints: examples.map(({ id }) => path.join(folder, `${id}.ts`)),
      outdir: path.join(folder, 'out'),
      bundle: true,
      splitting: true,
      metafile: true,
      format: 'esm',
      outExtension: { '.js': '.mjs' },
      platform: 'node',
      target: 'node20',
      conditions: ['@unrolled/source'],
      alias: { '@tensorflow/tfjs-core/dist/register_all_gradients': gradientsBundle() },
      external: ['@tensorflow/tfjs', '@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', '@resvg/resvg-js'],
      banner: {
        js: "import { createRequire as ownRequire } from 'node:module'; const require = ownRequire(import.meta.url);",
      },
      absWorkingDir: root,
      logLevel: 'error',
    })
  ).metafile;
  const loads = (file: string, seen = new Set<string>()): boolean => {
    if (seen.has(file)) return false;
    seen.add(file);
    const imports = outputs[file]?.imports ?? [];
    return imports.some((one) => one.path.startsWith('@tensorflow/') || loads(one.path, seen));
  };
  return new Map(
    examples.map(({ id }) => {
      const file = path.join(folder, 'out', `${id}.mjs`);
      return [id, { file, usesTensors: loads(path.relative(root, file)) }];
    }),
  );
}

/** Runs a program to its end; rejects with what it wrote on stderr where it fails or takes more than a minute. */
export function runProgram({ file, usesTensors }: Program, env: Record<string, string>): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = fork(RUNNER, [file, ...(usesTensors ? ['tensors'] : [])], {
      cwd: root,
      env: { ...process.env, ...env },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      timeout: 60_000,
    });
    let sent: Run | undefined;
    let errors = '';
    child.on('message', (message) => {
      sent = message as Run;
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0 && sent) resolve(sent);
      else reject(new Error(`${path.basename(file)} ended with ${signal ?? code}\n${errors}`));
    });
  });
}
