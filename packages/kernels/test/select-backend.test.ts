import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { unregisterUnrolledBackend, unrolledBackendInfo } from '@unrolled/kernels';
import { selectBackend } from '@unrolled/kernels/node';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'unrolled-select-'));
  // The packages installed on this machine must not affect these tests.
  vi.stubEnv('UNROLLED_NATIVE', folder);
});
afterEach(() => {
  unregisterUnrolledBackend();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Installs a package with this code where the native engine is searched for. */
function installStub(code: string, name = 'tfjs-node'): void {
  const directory = path.join(folder, 'node_modules/@tensorflow', name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, 'index.js'), code);
}

test('selectBackend says what it chose, and refuses by name what is missing', async () => {
  const chosen = await selectBackend('auto', { threads: 1 });
  expect(chosen).toEqual({
    name: 'unrolled',
    reason: expect.stringMatching(
      /^no GPU engine: @tensorflow\/tfjs-node-gpu is not installed; (WebAssembly \((plain|relaxed) SIMD, 1 thread; no native kernels: .+\)|native kernels \(\w+, 1 thread\))$/,
    ),
  });
  expect((await selectBackend('cpu')).name).toBe('cpu');
  await expect(selectBackend('gpu')).rejects.toThrow(/npm install @tensorflow\/tfjs-node-gpu/);
  await expect(selectBackend('native')).rejects.toThrow(
    /'native' engine, got @tensorflow\/tfjs-node-gpu is not installed, @tensorflow\/tfjs-node is not installed: npm install @tensorflow\/tfjs-node .*native:build/,
  );
  await expect(selectBackend('quick' as never)).rejects.toThrow(/auto, unrolled, cpu, native or gpu/);
});

/** Adds a backend `tensorflow` to the test's own tfjs, as tfjs-node does. */
function installTensorFlow(): void {
  installStub('globalThis.registerTensorFlow();');
  vi.stubGlobal('registerTensorFlow', () => tf.registerBackend('tensorflow', tf.findBackendFactory('cpu')));
}

test('for layers of many units auto says why it is not TensorFlow', async () => {
  const webAssembly = { threads: 1, units: 4096, executor: 'webassembly' } as const;
  const { name, reason } = await selectBackend('auto', webAssembly);
  expect(name).toBe('unrolled');
  expect(reason).toMatch(
    /^no GPU engine: @tensorflow\/tfjs-node-gpu is not installed; @tensorflow\/tfjs-node is not installed; WebAssembly/,
  );
});

test('auto takes TensorFlow on the CPU only where WebAssembly would compute large layers', async () => {
  installTensorFlow();
  try {
    const large = { threads: 1, units: 512, batchSize: 32 };
    await selectBackend('unrolled', { threads: 1 });
    const hasNative = unrolledBackendInfo()!.executor.name === 'native';
    unregisterUnrolledBackend();
    if (hasNative) {
      const { reason } = await selectBackend('auto', large);
      expect(reason).toMatch(/tfjs-node-gpu is not installed; native kernels \(\w+, 1 thread\)$/);
      expect(tf.findBackendFactory('tensorflow')).toBeFalsy();
      unregisterUnrolledBackend();
    }
    const chosen = await selectBackend('auto', { ...large, executor: 'webassembly' });
    expect(chosen).toEqual({
      name: 'tensorflow',
      reason:
        'no GPU engine: @tensorflow/tfjs-node-gpu is not installed; no native kernels: WebAssembly was requested; TensorFlow on the CPU, for 512 units and 32 rows and more',
    });
    expect(unrolledBackendInfo()).toBeUndefined();
  } finally {
    tf.removeBackend('tensorflow');
  }
});

test('for few rows auto does not look for TensorFlow on the CPU', async () => {
  const fewRows = { threads: 1, units: 4096, batchSize: 8, executor: 'webassembly' } as const;
  const { name, reason } = await selectBackend('auto', fewRows);
  expect(name).toBe('unrolled');
  expect(reason).toMatch(/^no GPU engine: @tensorflow\/tfjs-node-gpu is not installed; WebAssembly/);
});

test('for few units or rows auto does not load what is there for a GPU', async () => {
  installStub(`throw new Error('was loaded');`, 'tfjs-node-gpu');
  for (const options of [{ units: 127 }, { batchSize: 31 }, { units: 4096, batchSize: 1 }]) {
    const { name, reason } = await selectBackend('auto', { threads: 1, ...options });
    expect(name).toBe('unrolled');
    expect(reason).toMatch(
      /^no GPU engine: it is for 128 units and 32 rows and more; (WebAssembly|native kernels)/,
    );
  }
  const { reason } = await selectBackend('auto', { threads: 1, units: 128, batchSize: 32 });
  expect(reason).toContain('cannot be loaded (was loaded)');
});

test('an add-on without its library is one line of advice', async () => {
  installStub(`throw new Error('The Node.js native addon module (tfjs_binding.node) can not be found at path: x.\\n' +
    "Please run command 'npm rebuild'\\nIf you have problem\\n");`);
  const error: Error = await selectBackend('native').then(
    () => expect.unreachable(),
    (reason) => reason,
  );
  expect(error.message).toMatch(/tfjs-node is installed without its native library: npm install/);
  expect(error.message).not.toContain('\n');
  expect((await selectBackend('auto', { threads: 1, units: 4096 })).name).toBe('unrolled');
});

test('a GPU add-on that does not load is named, whatever else is missing', async () => {
  installStub(`throw new Error('no CUDA');`, 'tfjs-node-gpu');
  const problem = '@tensorflow/tfjs-node-gpu cannot be loaded (no CUDA)';
  await expect(selectBackend('gpu')).rejects.toThrow(
    `'gpu' engine, got ${problem}: npm install @tensorflow/tfjs-node-gpu`,
  );
  await expect(selectBackend('native')).rejects.toThrow(`got ${problem}, @tensorflow/tfjs-node is not`);
  const { reason } = await selectBackend('auto', { threads: 1 });
  expect(reason).toContain(`no GPU engine: ${problem}; `);
});

test('an add-on finds the function that Node 23 removed, quiet and with oneDNN', async () => {
  vi.stubEnv('TF_ENABLE_ONEDNN_OPTS', undefined);
  installStub(
    `const gone = require('node:util').isNullOrUndefined;
    throw new Error([gone(null), gone(undefined), gone(0), process.env.TF_ENABLE_ONEDNN_OPTS].join());`,
  );
  await expect(selectBackend('native')).rejects.toThrow('cannot be loaded (true,true,false,1)');
  expect(tf.env().getBool('PROD')).toBe(true); // As the tests' setup left it.
});

test('without SIMD selectBackend falls back to the cpu backend', async () => {
  vi.stubGlobal('WebAssembly', { validate: () => false });
  expect((await selectBackend('auto')).name).toBe('cpu');
  expect(tf.getBackend()).toBe('cpu');
});
