/**
 * Hosts that deny something: memory, compilation, Workers from text, tfjs's kernels. The result must be an
 * UnrolledError, or a slower path that is reported once.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import {
  onFallback,
  registerUnrolledBackend,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
  useUnrolledBackend,
} from '@unrolled/kernels';
import { selectBackend } from '@unrolled/kernels/node';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { plainBinary } from '../src/generated/plain';
import { decode, withUnsharedMemory } from '../src/wasm/engine/binary-format';
import { WORKER_SCRIPT } from '../src/wasm/engine/worker-script';

// These tests cover WebAssembly alone.
process.env.UNROLLED_NATIVE_KERNELS = '0';

interface Api {
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<object>;
  Memory: new (limits: { maximum: number; shared?: boolean }) => object;
}
const api = (globalThis as unknown as { WebAssembly: Api }).WebAssembly;

let messages: string[];
let restore: () => void;
beforeEach(() => {
  messages = [];
  restore = onFallback(({ message }) => messages.push(message));
});
afterEach(() => {
  restore();
  unregisterUnrolledBackend();
  vi.unstubAllGlobals();
});

/** WebAssembly with some of its parts replaced. */
const stubApi = (parts: Partial<Record<keyof Api, unknown>>) =>
  vi.stubGlobal('WebAssembly', {
    validate: api.validate,
    compile: api.compile,
    instantiate: api.instantiate,
    Memory: api.Memory,
    ...parts,
  });

const computes = () => {
  const ones = tf.ones([80, 80]);
  const value = tf.tidy(() => tf.matMul(ones, ones).dataSync()[6399]);
  ones.dispose();
  return value;
};

test('a binary is decoded completely from its text', () => {
  expect(decode('0009101f7f80a9aff0ff')).toEqual(Uint8Array.of(0, 9, 16, 31, 127, 128, 169, 175, 240, 255));
  expect(Buffer.from(decode(plainBinary)).toString('hex')).toBe(plainBinary);
});

class CompileError extends Error {
  override readonly name = 'CompileError';
}
const forbidden = () => new CompileError('Wasm code generation disallowed by embedder');

test.each([
  ['compile', { compile: () => Promise.reject(forbidden()) }],
  [
    'validate',
    {
      validate: () => {
        throw forbidden();
      },
    },
  ],
  ['instantiate', { instantiate: () => Promise.reject(forbidden()) }],
])('where %s is forbidden the error names the ways around it', async (_, parts) => {
  stubApi(parts);
  for (const threads of [1, 2])
    await expect(registerUnrolledBackend({ threads })).rejects.toMatchObject({
      name: 'UnrolledError',
      code: 'unsupported',
      message: expect.stringMatching(
        /disallowed by embedder: allow 'wasm-unsafe-eval' .* @unrolled\/kernels\/plain.wasm; or use tf.setBackend\('cpu'\)/,
      ),
    });
  await expect(selectBackend('unrolled')).rejects.toThrow(/selectBackend: .*; or choose 'cpu'$/);
  const { name, reason } = await selectBackend('auto', { threads: 1 });
  expect(name).toBe('cpu');
  expect(reason).toContain('no WebAssembly: Wasm code generation disallowed by embedder; plain JavaScript');
});

/** Limits memories to `pages` pages, as if address space were scarce. */
function limitMemory(most: { shared: number; own: number }) {
  class Limited {
    constructor(limits: { maximum: number; shared?: boolean }) {
      if (limits.maximum > (limits.shared ? most.shared : most.own))
        throw new RangeError('WebAssembly.Memory(): could not allocate memory');
      // biome-ignore lint/correctness/noConstructorReturn: a stand-in for what only the host makes.
      return new api.Memory(limits);
    }
  }
  stubApi({ Memory: Limited });
}

test('with little address space a smaller memory is used, and an error names what does not fit', async () => {
  limitMemory({ shared: 8192, own: 8192 });
  for (const threads of [2, 1]) {
    await useUnrolledBackend({ threads });
    expect(unrolledBackendInfo()!.threads).toBe(threads);
    expect(computes()).toBe(80);
    const wide = [tf.zeros([6000, 6000]), tf.zeros([6000, 6000])] as const;
    expect(() => tf.matMul(...wide)).toThrow(/to fit into WebAssembly's memory of 512 MiB/);
    expect(computes()).toBe(80);
    tf.dispose([...wide]);
    unregisterUnrolledBackend();
  }
  expect(messages).toEqual([]);
});

test('where no memory can be shared one thread computes, and it is said', async () => {
  limitMemory({ shared: 0, own: 65536 });
  await useUnrolledBackend({ threads: 2 });
  expect(unrolledBackendInfo()!.threads).toBe(1);
  expect(computes()).toBe(80);
  expect(messages).toEqual([
    'unrolled: one thread computes; results do not change: WebAssembly.Memory(): could not allocate memory',
  ]);
});

test('where there is no memory at all the error says how to get one', async () => {
  limitMemory({ shared: 0, own: 0 });
  await expect(useUnrolledBackend({ threads: 2 })).rejects.toMatchObject({
    name: 'UnrolledError',
    code: 'memory',
    message: expect.stringMatching(/could not allocate memory: .*ulimit -v.*--disable-wasm-trap-handler/),
  });
});

test('a compiled module is taken, with threads or without, and no code is compiled', async () => {
  const bytes = decode(plainBinary);
  const [shared, own] = [await api.compile(bytes), await api.compile(withUnsharedMemory(bytes))];
  stubApi({ compile: () => Promise.reject(forbidden()), validate: () => false });
  for (const [module, asked, threads] of [
    [shared, 2, 2],
    [shared, 1, 1],
    [own, 1, 1],
    [own, 2, 1],
  ] as const) {
    await useUnrolledBackend({ threads: asked, module });
    expect(unrolledBackendInfo()).toMatchObject({ threads, binary: 'plain' });
    expect(computes()).toBe(80);
    unregisterUnrolledBackend();
  }
  const other = await api.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  for (const module of [bytes, 'plain.wasm' as never])
    await expect(useUnrolledBackend({ threads: 1, module })).rejects.toThrow(/module to be an object, got/);
  for (const module of [other, {}])
    await expect(useUnrolledBackend({ threads: 1, module })).rejects.toThrow(
      /a WebAssembly.Module of this version of @unrolled\/kernels, got .*: compile @unrolled\/kernels\/plain.wasm/,
    );
});

test('threads start from the script at an address, and where it is not there one computes', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'unrolled-worker-'));
  try {
    const file = path.join(folder, 'worker.mjs');
    writeFileSync(file, WORKER_SCRIPT);
    await useUnrolledBackend({ threads: 3, workerUrl: pathToFileURL(file) });
    expect(unrolledBackendInfo()!.threads).toBe(3);
    expect(computes()).toBe(80);
    await useUnrolledBackend({ workerUrl: pathToFileURL(path.join(folder, 'none.mjs')) });
    expect(unrolledBackendInfo()!.threads).toBe(1);
    expect(computes()).toBe(80);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(/one thread computes.*no Worker could be started/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("without tfjs's kernels, as some bundlers leave them out, the error says what the bundler is to be told", async () => {
  const kernels = ['Add', 'Reshape'].map((name) => tf.getKernel(name, 'cpu')!);
  for (const { kernelName } of kernels) tf.unregisterKernel(kernelName, 'cpu');
  try {
    await expect(useUnrolledBackend({ threads: 1 })).rejects.toThrow(
      /got \d+ kernels: keep tfjs's side-effect imports,.* --ignore-dce-annotations/,
    );
  } finally {
    for (const kernel of kernels) tf.registerKernel(kernel);
  }
});

test.skipIf(process.platform !== 'linux')(
  'a process whose addresses are limited starts no thread',
  async () => {
    const { outputFiles } = await build({
      entryPoints: [path.resolve(import.meta.dirname, '../src/wasm/engine/address-space.ts')],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'neutral',
    });
    const code = `${outputFiles[0]!.text}\nconsole.log(hasRoomForThreads(2));`;
    const answer = (limit: string) => {
      const command = `ulimit -v ${limit}; exec "$0" --input-type=module -e "$1"`;
      return execFileSync('sh', ['-c', command, process.execPath, code], { encoding: 'utf8' }).trim();
    };
    expect(answer('unlimited')).toBe('true');
    expect(answer('8000000')).toBe('false');
  },
);
