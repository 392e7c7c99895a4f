/** TensorFlow's kernels are part of the main entry under the condition `node`, and of no other entry. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as main from '@unrolled/kernels';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import * as plain from '../src/index';
import { KERNEL } from '../src/kernel-names';

const root = path.resolve(import.meta.dirname, '..');

/** The source files of this package that a bundler includes for this import. */
async function filesOf(code: string, conditions: string[]): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    conditions: ['@unrolled/source', ...conditions],
    external: ['@tensorflow/*', 'node:*'],
    logLevel: 'silent',
  });
  const inputs = Object.values(metafile.outputs)[0]!.inputs;
  const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return used.map(([file]) => file).filter((file) => file.includes('src/'));
}

const ALL = "import * as all from '@unrolled/kernels'; globalThis.all = all;";
const ONE = "import { linear } from '@unrolled/kernels'; globalThis.linear = linear;";

test('in Node the kernels of the backend tensorflow are registered on import', () => {
  const names = tf.getKernelsForBackend('tensorflow').map(({ kernelName }) => kernelName);
  expect(names).toContain(KERNEL.lstmSequence);
  expect(names).toContain(KERNEL.updateParameters);
});

test('both main entries are one module with the same exports', () => {
  expect(main.linear).toBe(plain.linear);
  expect(Object.keys(main).sort()).toEqual(Object.keys(plain).sort());
});

test('a page has none of it, and one op brings no other', async () => {
  const isTensorFlow = (file: string) => file.includes('/tensorflow/');
  expect((await filesOf(ALL, ['node'])).some(isTensorFlow)).toBe(true);
  expect((await filesOf(ALL, ['browser'])).some(isTensorFlow)).toBe(false);
  const files = await filesOf(ONE, ['browser']);
  expect(files.some((file) => file.endsWith('src/ops/linear.ts'))).toBe(true);
  expect(files.filter((file) => /sequence|sampler|wasm|embedding|softmax/.test(file))).toEqual([]);
});

test('the manifest gives Node and pages each their entry, as ESM and as CommonJS', () => {
  const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  expect(exports['.'].node.import.default).toBe('./dist/index-node.js');
  expect(exports['.'].node.require.default).toBe('./dist/index-node.cjs');
  expect(exports['.'].import.default).toBe('./dist/index.js');
  expect(Object.keys(exports['.'])).toEqual(['@unrolled/source', 'node', 'import', 'require']);
});
