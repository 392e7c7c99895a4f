/**
 * Threads that exit, and engines that continue with other options, in Node. The threads of a page are tested
 * in test/browser.
 */
import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import {
  type BinaryChoice,
  createSampler,
  type EngineOptions,
  onFallback,
  type PoolWorker,
  type SamplerModel,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
  useUnrolledBackend,
} from '@unrolled/kernels';
import { afterEach, expect, test } from 'vitest';
import { CONTROL, SEATS } from '../src/generated/abi';
import { samplerModel } from './sampler-model';

// These tests cover WebAssembly alone.
process.env.UNROLLED_NATIVE_KERNELS = '0';

afterEach(() => unregisterUnrolledBackend());

const values = Float32Array.from({ length: 160 * 160 }, (_, i) => Math.sin(i));
const product = () =>
  tf.tidy(() => {
    const a = tf.tensor2d(values, [160, 160]);
    return tf.matMul(a, a).dataSync<'float32'>();
  });

/** Greedy, because a sampler's random numbers continue from call to call. */
const GREEDY = { prime: [1, 2], temperature: 0 };

const draw = (model: SamplerModel) => {
  const sampler = createSampler(model);
  const ids = [...sampler.sample(60, GREEDY), ...sampler.sample(60, { topK: 9 })];
  sampler.dispose();
  return ids;
};

/** The result of one thread. */
async function alone(model: SamplerModel, binary: BinaryChoice = 'auto') {
  await useUnrolledBackend({ threads: 1, binary });
  const ids = draw(model);
  const expected = { product: product(), ids, greedy: Int32Array.from(ids.slice(0, 60)) };
  unregisterUnrolledBackend();
  return expected;
}

/** An engine with several threads, and its workers. */
async function withWorkers(threads: number, script = (source: string) => source) {
  const workers: Worker[] = [];
  const workerFactory = (source: string) => {
    const worker = new Worker(script(source), { eval: true });
    worker.unref();
    workers.push(worker);
    return worker;
  };
  await useUnrolledBackend({ threads, workerFactory });
  expect(unrolledBackendInfo()!.threads).toBe(threads);
  return workers;
}

/** The messages reported while a function runs. */
async function told(run: () => unknown): Promise<string[]> {
  const messages: string[] = [];
  const restore = onFallback(({ message }) => messages.push(message));
  try {
    await run();
  } finally {
    restore();
  }
  return messages;
}

test.each([
  ['and is waited for', true],
  ['and a job follows at once', false],
])('a thread is terminated, %s: the others go on, with the same results', async (_, waits) => {
  const model = samplerModel(['gru-before'], 150, 37);
  const expected = await alone(model);
  const workers = await withWorkers(3);
  const sampler = createSampler(model);
  for (const left of [2, 1]) {
    const messages = await told(async () => {
      const end = workers[left - 1]!.terminate();
      if (waits) await end;
      expect(unrolledBackendInfo()!.threads).toBe(left);
      expect(product()).toEqual(expected.product);
      expect(draw(model)).toEqual(expected.ids);
      sampler.reset();
      expect(sampler.sample(60, GREEDY)).toEqual(expected.greedy);
    });
    expect(messages).toEqual([
      `unrolled: a thread has exited; ${left} remain${left === 1 ? 's' : ''}, and results do not change`,
    ]);
  }
  sampler.dispose();
});

test('a thread that fails at a job: the call is refused, and the next one is right', async () => {
  const model = samplerModel(['lstm', 'lstm'], 101, 37);
  const expected = await alone(model);
  // A worker that takes a share as assembly/threads.ts does, and then fails.
  const failing = (source: string) =>
    source.replace(
      'work(index);',
      `if (index === 2) {
        const words = new Int32Array(memory.buffer);
        const at = (address) => address / 4;
        const seen = Atomics.load(words, at(${CONTROL}));
        Atomics.add(words, at(${CONTROL + 256}), 1);
        while (Atomics.load(words, at(${CONTROL})) === seen);
        Atomics.add(words, at(${CONTROL + 128}), 1);
        Atomics.store(words, at(${SEATS} + 64 * index), 2);
        Atomics.add(words, at(${CONTROL + 576}), 1);
        throw new Error('a fault');
      }
      work(index);`,
    );
  await withWorkers(3, failing);
  const sampler = createSampler(model);
  const messages = await told(() => {
    expect(() => sampler.sample(60, { prime: [1, 2] })).toThrow(
      /expected all threads to run until the call ends, got a thread that exited during the call: call again \(2 threads remain\)/,
    );
    expect(unrolledBackendInfo()!.threads).toBe(2);
    expect(() => sampler.sample(1)).toThrow(/an id to start from/);
    expect(sampler.sample(60, GREEDY)).toEqual(expected.greedy);
    expect(product()).toEqual(expected.product);
  });
  expect(messages).toHaveLength(1);
  sampler.dispose();
});

test('a second call with other options applies them, and what is there stays', async () => {
  const model = samplerModel(['lstm'], 201, 37);
  const expected = await alone(model, 'plain');
  await useUnrolledBackend({ threads: 1, binary: 'plain' });
  const kept = tf.tidy(() => tf.matMul(tf.ones([9, 9]), tf.ones([9, 9])));
  const sampler = createSampler(model);
  const { usedBytes } = unrolledBackendInfo()!;
  for (const threads of [3, 2, 1]) {
    await useUnrolledBackend({ threads });
    expect(unrolledBackendInfo()).toMatchObject({ threads, binary: 'plain', usedBytes });
    sampler.reset();
    expect(sampler.sample(60, GREEDY)).toEqual(expected.greedy);
    expect(draw(model)).toEqual(expected.ids);
    expect(product()).toEqual(expected.product);
    expect(kept.dataSync()[80]).toBe(9);
  }
  await expect(useUnrolledBackend({ threads: 0 })).rejects.toThrow(/threads to be an integer from 1 to 512/);
  await expect(useUnrolledBackend({ threads: 2.5 })).rejects.toThrow(/an integer from 1 to 512, got 2.5/);
  expect(unrolledBackendInfo()!.threads).toBe(1);
  // Requesting the same number again, or none, has no effect.
  let started = 0;
  const workerFactory = (source: string): PoolWorker => {
    started++;
    return new Worker(source, { eval: true });
  };
  const options: EngineOptions = { threads: 2, workerFactory };
  for (const next of [options, options, { threads: 2 }, {}]) await useUnrolledBackend(next);
  expect(started).toBe(1);
  tf.dispose(kept);
  sampler.dispose();
});

test('a thread that has ended is started again when the number is asked for again', async () => {
  const workers = await withWorkers(2);
  await told(() => workers[0]!.terminate());
  expect(unrolledBackendInfo()!.threads).toBe(1);
  await useUnrolledBackend({});
  expect(unrolledBackendInfo()!.threads).toBe(1);
  await useUnrolledBackend({ threads: 2 });
  expect(unrolledBackendInfo()!.threads).toBe(2);
});
