/**
 * The files of a page that a guide has its reader paste: their types, with those of no other packages, and
 * how long they are.
 */
import { expect, it } from 'vitest';
import { readFiles } from './documentation/examples';
import { typeErrors } from './documentation/types';

const files = readFiles().filter(({ document }) => document === 'docs/guides/in-the-browser.md');
/**
 * The compiler options of Vite's template `vanilla-ts` for its `src/`, with unchecked indices refused
 * besides.
 */
const TEMPLATE = {
  target: 'ES2023',
  lib: ['ES2023', 'DOM'],
  types: [],
  noUnusedLocals: true,
  noUnusedParameters: true,
  erasableSyntaxOnly: true,
  noUncheckedIndexedAccess: true,
};
const workers = files.filter(({ file }) => file === 'src/worker.ts');

it('the page is three files of TypeScript, at most 35 lines without a cast, from the packages that are installed', () => {
  expect(files.map(({ file }) => file)).toEqual(['src/main.ts', 'src/worker.ts', 'vite.config.ts']);
  const code = files.map((file) => file.code.trimEnd()).join('\n');
  expect(code.split('\n').length).toBeLessThanOrEqual(35);
  expect(code).not.toMatch(/\bas (?!')|: any\b/);
  for (const { file, packages, installed } of files) {
    const known = file === 'vite.config.ts' ? ['vite'] : installed;
    expect(known, file).toEqual(expect.arrayContaining([...packages]));
  }
});

/** The Worker with a fault, to see that it is found out. */
const faulty = workers.map((worker) => ({
  ...worker,
  id: 'faulty',
  code: worker.code.replace('MessageEvent<string>', 'MessageEvent<number>'),
}));
const isRefused = expect.stringContaining("'number' is not assignable to parameter of type 'string");

it.each([
  ["as Vite's template types them", files.filter(({ file }) => file?.startsWith('src/')), TEMPLATE, {}],
  [
    "the Worker with a Worker's types alone, and not with a fault",
    [...workers, ...faulty],
    { ...TEMPLATE, lib: ['ES2023', 'WebWorker'] },
    { faulty: expect.arrayContaining([isRefused]) },
  ],
  ['the configuration', files.filter(({ file }) => file === 'vite.config.ts'), {}, {}],
])('the files have types: %s', (_title, some, options, wrong) => {
  expect(some.length).toBeGreaterThan(0);
  const errors = [...typeErrors(some, options)].filter(([, found]) => found.length > 0);
  expect(Object.fromEntries(errors)).toEqual(wrong);
});
