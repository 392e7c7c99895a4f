/** Examples as programs of their own: bundled with our sources, and run in a process each. */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { gradientsBundle } from '../../scripts/tfjs-gradients';
import { type Example, root } from './examples';

export interface Run {
  /** The text that each call of console.log wrote. */
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

/** The files of a project that an example may read. */
const PROJECT = {
  'package.json': '{}\n',
  'README.md': 'She sells sea shells.\n'.repeat(100),
  'docs/notes.md': 'By the sea shore.\n',
};

/**
 * Writes each example into a folder and bundles it with those of our sources that it reaches: files are
 * shared, but a process loads no more than its example imports. TensorFlow.js stays outside, as it does for a
 * user.
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

/**
 * Runs a program to its end, in a directory of its own; rejects with what it wrote on stderr where it fails
 * or takes more than a minute.
 */
export function runProgram(program: Program, directory: string): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = start(program, directory);
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
      else reject(new Error(`${path.basename(program.file)} ended with ${signal ?? code}\n${errors}`));
    });
  });
}

/**
 * Starts a program and kills it (SIGKILL) once a file of its directory has `lines` lines.
 *
 * @returns the lines that the file then has; rejects where the program ended by itself
 */
export async function killProgram(
  program: Program,
  directory: string,
  file: string,
  lines: number,
): Promise<number> {
  const child = start(program, directory);
  const log = path.join(directory, file);
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.on('close', (_, signal) => resolve(signal));
  });
  const count = () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0);
  const timer = setInterval(() => {
    if (count() >= lines) child.kill('SIGKILL');
  }, 2);
  const signal = await ended;
  clearInterval(timer);
  if (signal !== 'SIGKILL') throw new Error(`${path.basename(program.file)} ended before it could be killed`);
  return count();
}

function start({ file, usesTensors }: Program, directory: string): ChildProcess {
  for (const [name, text] of Object.entries(PROJECT)) {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    writeFileSync(path.join(directory, name), text);
  }
  return fork(RUNNER, [file, ...(usesTensors ? ['tensors'] : [])], {
    cwd: directory,
    // Temporary files of an example lie in its directory.
    env: { ...process.env, TMPDIR: directory, TEMP: directory },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: 60_000,
  });
}
