/**
 * The program of docs/guides/train-and-resume.md as a process of its own, killed at random moments and
 * started again.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { temporaryDirectory } from './support';

const root = path.resolve(import.meta.dirname, '../../..');
const at = temporaryDirectory();

beforeAll(async () => {
  const guide = readFileSync(path.join(root, 'docs/guides/train-and-resume.md'), 'utf8');
  const blocks = Array.from(guide.matchAll(/^```ts\n([\s\S]*?)^```/gm), ([, code]) => code!);
  const contents = blocks.find((code) => code.includes("openRunDirectory('runs/sea-shells')"));
  await build({
    stdin: { contents: contents!, resolveDir: root, loader: 'ts' },
    ...{ outfile: at('program.mjs'), bundle: true, format: 'esm', platform: 'node', logLevel: 'silent' },
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    ...{ conditions: ['@unrolled/source'], external: ['@resvg/resvg-js'] },
  });
});

/** Starts the program in a directory; `ended` gives what ended it, and what it said. */
function start(name: string) {
  mkdirSync(at(name), { recursive: true });
  const child = spawn(process.execPath, [at('program.mjs')], {
    cwd: at(name),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise<{ code: number | null; signal: string | null; output: string }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, output }));
  });
  return { child, ended };
}

/** A file in the run's directory. */
const inRun = (name: string, file: string) => at(name, 'runs/sea-shells', file);
const linesOf = (name: string): string[] => {
  const log = inRun(name, 'log.jsonl');
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
};
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test('killed three times, it ends with the bytes of a run that was left alone', async () => {
  expect(await start('whole').ended).toMatchObject({ code: 0 });
  const steps = linesOf('whole').length;
  for (const share of [0.1, 0.4, 0.7]) {
    const { child, ended } = start('killed');
    const target = Math.round((share + Math.random() / 5) * steps);
    while (linesOf('killed').length < target && child.exitCode === null) await sleep(2);
    await sleep(Math.random() * 20);
    child.kill('SIGKILL');
    expect(await ended, `before line ${target}`).toMatchObject({ signal: 'SIGKILL' });
  }
  expect(await start('killed').ended).toMatchObject({ code: 0 });
  for (const name of ['last.safetensors', 'best.safetensors', 'loss.svg'])
    expect(readFileSync(inRun('killed', name)).equals(readFileSync(inRun('whole', name))), name).toBe(true);
  const withoutTimes = (line: string) => line.replaceAll(/,"(tokensPerSecond|time)":("[^"]*"|[^,}]*)/g, '');
  expect(linesOf('killed').map(withoutTimes)).toEqual(linesOf('whole').map(withoutTimes));
});

test('Ctrl-C stops it with a checkpoint, from which it goes on', async () => {
  const { child, ended } = start('stopped');
  while (linesOf('stopped').length < 20 && child.exitCode === null) await sleep(2);
  child.kill('SIGINT');
  const { code, output } = await ended;
  expect({ code, output }).toMatchObject({
    code: 130,
    output: expect.stringContaining('stopping after this step'),
  });
  const before = linesOf('stopped').length;
  expect(await start('stopped').ended).toMatchObject({ code: 0 });
  expect(linesOf('stopped').length).toBeGreaterThan(before);
  expect(readFileSync(inRun('stopped', 'last.safetensors'))).toEqual(
    readFileSync(inRun('whole', 'last.safetensors')),
  );
});
