/** Every TypeScript example in a README or a guide is run as it stands, and prints what stands behind `// →`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
// Each backend's project writes its own, since the two run side by side.
const folder = path.join(root, 'tests/.examples', tf.getBackend());

const documents = listDocuments().flatMap((name) => {
  const text = readFileSync(path.join(root, name), 'utf8');
  const blocks = Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```/gm), ([, code]) => code!);
  return blocks.length === 0 ? [] : [{ name, blocks }];
});

function listDocuments(): string[] {
  const list = (directory: string) =>
    readdirSync(path.join(root, directory), { recursive: true, encoding: 'utf8' });
  const guides = list('docs').map((name) => path.join('docs', name));
  const readmes = ['packages', 'apps'].flatMap((directory) =>
    readdirSync(path.join(root, directory)).map((name) => path.join(directory, name, 'README.md')),
  );
  return ['README.md', ...guides, ...readmes]
    .filter((name) => name.endsWith('.md') && existsSync(path.join(root, name)))
    .sort();
}

const printed: string[] = [];
/** Node prints [ 4, 2 ], a comment says [4, 2]. */
const compact = (text: string) => text.replaceAll(/\s+(?=[\]}])|(?<=[[{])\s+/g, '');

// Where a guide keeps its training run; a directory that was left behind would be gone on with.
const runDirectory = path.join(folder, 'run');

beforeAll(() => {
  rmSync(runDirectory, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  vi.stubEnv('RUN_DIRECTORY', runDirectory);
  vi.spyOn(console, 'log').mockImplementation((...values) => {
    printed.push(compact(format(...values)));
  });
});
afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe.each(documents)('$name', ({ name, blocks }) => {
  it.each(blocks.map((code, index) => [index + 1, code] as const))('example %i runs', async (index, code) => {
    const file = path.join(folder, `${name.replace(/\W+/g, '-')}-${index}.ts`);
    writeFileSync(file, code);
    printed.length = 0;
    await import(/* @vite-ignore */ file);
    // `console.log(…); // → what it prints`
    const promised = Array.from(code.matchAll(/^\s*console\.log\(.*\); \/\/ → (.*)$/gm), ([, text]) =>
      compact(text!),
    );
    expect(printed).toEqual(expect.arrayContaining(promised));
  });
});

it('finds the examples', () => {
  expect(documents.map(({ name }) => name)).toContain(path.join('packages', 'cells', 'README.md'));
});
