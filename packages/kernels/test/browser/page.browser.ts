/**
 * Tests that need a browser: its threads, with and without cross-origin isolation, on the page and in a
 * Worker.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  createSampler,
  lstmSequence,
  type PoolWorker,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
  useUnrolledBackend,
} from '@unrolled/kernels';
import { afterEach, expect, inject, test, vi } from 'vitest';
import { KERNEL } from '../../src/kernel-names';
import { samplerModel } from '../sampler-model';
import { digests } from './digests';
import type { Answer } from './worker';

interface Page {
  crossOriginIsolated: boolean;
  document?: unknown;
  navigator: { hardwareConcurrency: number };
  Worker: new (
    url: URL,
    options: { type: 'module' },
  ) => {
    onmessage: (event: { data: Answer }) => void;
    onerror: (event: { message?: string }) => void;
    postMessage(threads: number): void;
    terminate(): void;
  };
}
const page = globalThis as unknown as Page;
const isolated = inject('isolated');
const node = inject('nodeDigests');
const threadsFor = (wanted: number) => (isolated ? wanted : 1);

afterEach(() => {
  unregisterUnrolledBackend();
  vi.unstubAllGlobals();
});

test(`this page is ${isolated ? '' : 'not '}cross-origin isolated, and as many threads as it has cores compute`, async () => {
  expect(page.document).toBeDefined();
  expect(page.crossOriginIsolated).toBe(isolated);
  expect(typeof SharedArrayBuffer !== 'undefined').toBe(isolated);
  await useUnrolledBackend();
  expect(unrolledBackendInfo()!.threads).toBe(threadsFor(page.navigator.hardwareConcurrency));
});

test('a sequence op runs its fused kernel here', async () => {
  await useUnrolledBackend({ threads: 2 });
  const zero = tf.zeros([3, 5]) as tf.Tensor2D;
  const { kernelNames } = await tf.profile(() =>
    tf.tidy(() => {
      const inputs = { kernel: tf.ones([4, 20]), recurrentKernel: tf.ones([5, 20]), bias: tf.zeros([20]) };
      lstmSequence({ x: tf.ones([3, 6, 4]), ...inputs, initialH: zero, initialC: zero } as never);
      return tf.scalar(0);
    }),
  );
  expect(kernelNames).toContain(KERNEL.lstmSequence);
  expect(unrolledBackendInfo()!.jobCounts.size).toBeGreaterThan(0);
  zero.dispose();
});

test.each([1, 2, 3])('on the page, %i threads asked for: every bit as in Node', async (threads) => {
  const here = await digests(threads);
  expect(here).toEqual({ ...node, threads: threadsFor(threads) });
  expect(here.jobs).toBeGreaterThan(0);
});

test.each([1, 2])('in a Worker, %i threads asked for: every bit as in Node', async (threads) => {
  const worker = new page.Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  try {
    const answer = await new Promise<Answer>((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => resolve({ error: message ?? 'the worker did not load' });
      worker.postMessage(threads);
    });
    expect(answer).toEqual({ ...node, threads: threadsFor(threads) });
  } finally {
    worker.terminate();
  }
});

test('where a page may make no Worker one thread computes, at once', async () => {
  vi.stubGlobal('Worker', function refused() {
    throw new Error('refused');
  });
  const before = Date.now();
  await useUnrolledBackend({ threads: 2 });
  expect(unrolledBackendInfo()!.threads).toBe(1);
  expect(Date.now() - before).toBeLessThan(5000);
});

test('a Worker that fails to load does not block the page', async () => {
  const Real = page.Worker as unknown as new (url: string) => object;
  vi.stubGlobal('Worker', function failing() {
    return new Real('data:text/javascript,throw new Error("refused")');
  });
  const before = Date.now();
  await useUnrolledBackend({ threads: 2 });
  expect(unrolledBackendInfo()!.threads).toBe(1);
  expect(Date.now() - before).toBeLessThan(5000);
});

test('a sampler and jobs continue without terminated Workers', async () => {
  const Real = page.Worker as unknown as new (url: string) => PoolWorker;
  const workers: PoolWorker[] = [];
  const workerFactory = (source: string) => {
    const worker = new Real(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
    workers.push(worker);
    return worker;
  };
  const model = samplerModel(['lstm', 'gru-before'], 120, 30);
  await useUnrolledBackend({ threads: 1 });
  const alone = createSampler(model);
  const expected = alone.sample(40, { prime: [1], temperature: 0 });
  alone.dispose();
  await useUnrolledBackend({ threads: 3, workerFactory });
  const sampler = createSampler(model);
  for (let ended = 0; ended <= workers.length; ended++) {
    expect(unrolledBackendInfo()!.threads).toBe(threadsFor(3 - ended));
    sampler.reset();
    expect(sampler.sample(40, { prime: [1], temperature: 0 })).toEqual(expected);
    const ones = tf.ones([90, 90]);
    expect(tf.tidy(() => tf.matMul(ones, ones).dataSync()[8099])).toBe(90);
    ones.dispose();
    workers[ended]?.terminate();
  }
  sampler.dispose();
});
