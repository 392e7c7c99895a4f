/** Every TypeScript example in a README or a guide is run, as it stands. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const folder = path.join(root, 'tests/.examples');

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

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  vi.spyOn(console, 'log').mockImplementation(() => {});
});
afterAll(() => vi.restoreAllMocks());

describe.each(documents)('$name', ({ name, blocks }) => {
  it.each(blocks.map((code, index) => [index + 1, code] as const))('example %i runs', async (index, code) => {
    const file = path.join(folder, `${name.replace(/\W+/g, '-')}-${index}.ts`);
    writeFileSync(file, code);
    await import(/* @vite-ignore */ file);
  });
});

it('finds the examples', () => {
  expect(documents.map(({ name }) => name)).toContain(path.join('packages', 'cells', 'README.md'));
});
