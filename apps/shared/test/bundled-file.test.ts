import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { bundledFile } from '../src/bundled-file';

const base = pathToFileURL(import.meta.filename).href;

test('is found in the first place that exists', () => {
  expect(bundledFile(base, ['./nowhere.csv', './support/program.ts', './plots.test.ts'])).toBe(
    path.join(import.meta.dirname, 'support/program.ts'),
  );
});

test('is reported as missing from a broken build', () => {
  expect(() => bundledFile(base, ['./nowhere.csv'])).toThrow('./nowhere.csv is missing from this build');
});
