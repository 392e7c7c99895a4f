/**
 * The native executor compared with WebAssembly on the same memory. Run npm run native-kernels:build first;
 * otherwise most of these tests are skipped.
 */
import v8 from 'node:v8';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { randomCase } from '../scripts/soak-cases.mjs';
import { Job, MatmulArguments, UnaryArguments } from '../src/generated/abi';
import {
  onFallback,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
  useUnrolledBackend,
} from '../src/index-node';
import { loadNative } from '../src/native/load';
import type { NativeExecutor } from '../src/native/native-jobs';
import { setNativeLoader } from '../src/native/start';
import { currentUnrolledBackend } from '../src/wasm/backend/register';

const CASES = 40;
const loaded = loadNative(1, true);
const reason = typeof loaded === 'string' ? loaded : undefined;
const whereBuilt = test.skipIf(reason !== undefined);
if (reason) console.warn(`native kernels are not tested: ${reason}`);

// Node 20 supports a fused multiply-add in WebAssembly, which the native kernels use, only behind a flag.
beforeAll(() => v8.setFlagsFromString('--experimental-wasm-relaxed-simd'));
afterEach(() => {
  setNativeLoader(loadNative);
  unregisterUnrolledBackend();
});
/** All values as text, so that two results are equal only bit for bit. */
function bitsOf(arrays: readonly ArrayLike<number>[]): string[] {
  return arrays.map((array) => Array.from(array, (value) => (Object.is(value, -0) ? '-0' : value)).join());
}

whereBuilt(
  'random jobs give the same bits under both executors, on any number of threads',
  async () => {
    for (let number = 0; number < CASES; number++) {
      const { run, words } = randomCase(19, number) as { run: () => ArrayLike<number>[]; words: string };
      await useUnrolledBackend({ executor: 'webassembly', binary: 'relaxed', threads: 1 });
      const expected = bitsOf(run());
      await useUnrolledBackend({ executor: 'native', binary: 'auto', threads: 1 + (number % 3) });
      expect(unrolledBackendInfo()!.executor.name).toBe('native');
      expect(bitsOf(run()), `case ${number}: ${words}`).toEqual(expected);
    }
    expect(tf.memory().numTensors).toBe(0);
  },
  120_000,
);

whereBuilt(
  'where it lacks the sampler, WebAssembly samples over the same memory, on threads of its own',
  async () => {
    const numbers = [...Array(CASES).keys()].filter((number) =>
      ['sampler', 'stack'].includes(randomCase(19, number).kind),
    );
    for (const number of numbers.slice(0, 6)) {
      const { run, words } = randomCase(19, number) as { run: () => ArrayLike<number>[]; words: string };
      await useUnrolledBackend({ executor: 'webassembly', binary: 'relaxed', threads: 1 });
      const expected = bitsOf(run());
      setNativeLoader((threads, isAsked) => {
        const executor = loadNative(threads, isAsked) as NativeExecutor;
        return { ...executor, jobs: executor.jobs.filter((job) => job !== Job.sample) };
      });
      await useUnrolledBackend({ executor: 'native', binary: 'auto', threads: 2 });
      expect(unrolledBackendInfo()!.executor.reason).toMatch(/; sample in WebAssembly$/);
      expect(bitsOf(run()), `case ${number}: ${words}`).toEqual(expected);
    }
  },
);

whereBuilt('a wrong record is refused, and nothing is written', async () => {
  await useUnrolledBackend({ executor: 'native', threads: 1 });
  const { engine } = currentUnrolledBackend()!;
  const c = engine.allocate(64, 'a result');
  engine.float32.fill(7, c / 4, c / 4 + 16);
  const right = {
    ...{ batch: 1, rows: 2, columns: 2, inner: 2, transposeA: false, transposeB: false },
    aBatch: 0,
    bBatch: 0,
    c,
  };
  const record = { ...right, a: c, b: c, packed: engine.allocate(4096, 'panels'), scratch: 0 };
  for (const wrong of [
    { rows: -1 },
    { columns: 2 ** 31 - 1 },
    { a: engine.memoryBytes },
    { a: engine.memoryBytes - 4 },
    { c: 4096 },
    { c: 2 ** 32 - 4 },
    { packed: c + 2 },
  ]) {
    engine.write(MatmulArguments, { ...record, ...wrong });
    expect(() => engine.run('matmul', 1), JSON.stringify(wrong)).toThrow(
      /the field '\w+' of its record is out of range/,
    );
  }
  expect([...engine.float32.subarray(c / 4, c / 4 + 16)]).toEqual(new Array(16).fill(7));
});

whereBuilt('of a list of jobs those before a wrong record are done', async () => {
  await useUnrolledBackend({ executor: 'native', threads: 1 });
  const { engine } = currentUnrolledBackend()!;
  const [x, y, records] = [256, 256, 256].map((bytes) => engine.allocate(bytes, 'numbers')) as [
    number,
    number,
    number,
  ];
  engine.float32.fill(3, x / 4, x / 4 + 8);
  engine.float32.fill(7, y / 4, y / 4 + 8);
  engine.write(UnaryArguments, { kind: 'negate', count: 4, x, y }, records);
  engine.write(UnaryArguments, { kind: 'negate', count: -1, x, y: y + 16 }, records + 64);
  const jobs = [records, records + 64].map((record) => ({ job: 'unary' as const, record, threads: 1 }));
  const list = engine.makeList(jobs, records + 128);
  expect(() => engine.runList(list)).toThrow(
    /the job unary.*the field 'count' of its record is out of range/s,
  );
  expect([...engine.float32.subarray(y / 4, y / 4 + 8)]).toEqual([-3, -3, -3, -3, 7, 7, 7, 7]);
  const misplaced = engine.makeList(jobs, records + 128);
  (misplaced.calls as unknown as { table: number }[])[0]!.table = engine.memoryBytes - 4;
  expect(() => engine.runList(misplaced)).toThrow(/the field 'table'/);
  for (const one of [list, misplaced]) engine.releaseList(one);
});

whereBuilt('an engine goes on with the other executor, whose buffers have other sizes', async () => {
  await useUnrolledBackend({ executor: 'native', threads: 1 });
  const { engine } = currentUnrolledBackend()!;
  const before = engine.sizes('forward');
  await useUnrolledBackend({ executor: 'webassembly' });
  expect(engine.sizes('forward')).not.toBe(before);
  expect(unrolledBackendInfo()!.executor).toEqual({
    name: 'webassembly',
    reason: 'WebAssembly was requested',
  });
});

test('without native kernels WebAssembly computes, and says why', async () => {
  setNativeLoader(() => 'there are none');
  await useUnrolledBackend({ threads: 1 });
  expect(unrolledBackendInfo()!.executor).toEqual({ name: 'webassembly', reason: 'there are none' });
  await useUnrolledBackend({ binary: 'plain' });
  expect(unrolledBackendInfo()!.executor.reason).toBe('the plain binary was requested');
  await expect(useUnrolledBackend({ executor: 'native' })).rejects.toThrow(
    /expected native kernels for this system, got there are none: leave `executor` at 'auto'/,
  );
  await expect(useUnrolledBackend({ executor: 'gpu' as never })).rejects.toThrow(
    /'auto', 'native' or 'webassembly'/,
  );
});

test('UNROLLED_NATIVE_KERNELS=0 switches them off', () => {
  vi.stubEnv('UNROLLED_NATIVE_KERNELS', '0');
  expect(loadNative(1, true)).toBe('UNROLLED_NATIVE_KERNELS=0');
  vi.unstubAllEnvs();
});

/** An executor that computes nothing. */
function idleExecutor(jobs: readonly number[]): NativeExecutor & { ran: number[]; closed: boolean } {
  const ran: number[] = [];
  const idle = { lanes: 16, instructionSet: 'none', jobs, ran, closed: false };
  return Object.assign(idle, {
    attach() {},
    run: (job: number) => ran.push(job) && 0,
    runJobs: () => 0,
    problem: () => '',
    longWaits: () => 0,
    close() {
      idle.closed = true;
    },
  });
}

test('an executor that gives other numbers is not used, and it is said once', async () => {
  const told = vi.fn();
  const stop = onFallback(told);
  const executor = idleExecutor(Object.values(Job));
  setNativeLoader(() => executor);
  await useUnrolledBackend({ threads: 1 });
  expect(unrolledBackendInfo()!.executor.name).toBe('webassembly');
  expect(told).toHaveBeenCalledOnce();
  expect(told.mock.calls[0]![0].message).toMatch(/packForward and WebAssembly compute different numbers/);
  expect(executor.closed).toBe(true);
  expect(await tf.matMul([[1, 2]], [[3], [4]]).data()).toEqual(Float32Array.of(11));
  stop();
});

test('jobs that it lacks are computed by WebAssembly, with all that share their buffers', async () => {
  // Leaves out products, recurrent layers, losses and updates, which the self-test runs at the start.
  const executor = idleExecutor([Job.unary, Job.binary, Job.sum, Job.forward]);
  setNativeLoader(() => executor);
  await useUnrolledBackend({ threads: 1 });
  const { name, reason } = unrolledBackendInfo()!.executor;
  expect(name).toBe('native');
  expect(reason).toMatch(/^none; packForward, forward, .*matmul.* in WebAssembly/);
  const x = tf.ones([8, 8]);
  const [product, sum] = [tf.matMul(x, x), tf.add(x, x)];
  expect((await product.data())[0]).toBe(8);
  expect(executor.ran).toEqual([Job.binary]);
  tf.dispose([x, product, sum]);
});
