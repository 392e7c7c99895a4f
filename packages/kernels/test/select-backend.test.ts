import * as tf from '@tensorflow/tfjs-core';
import { unregisterUnrolledBackend } from '@unrolled/kernels';
import { selectBackend } from '@unrolled/kernels/node';
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  unregisterUnrolledBackend();
  vi.unstubAllGlobals();
});

test('selectBackend says what it chose, and refuses by name what is missing', async () => {
  const chosen = await selectBackend('auto', { threads: 1 });
  expect(chosen).toEqual({
    name: 'unrolled',
    reason: expect.stringMatching(
      /^no GPU engine: @tensorflow\/tfjs-node-gpu is not installed; WebAssembly \((plain|relaxed) SIMD, 1 thread\)$/,
    ),
  });
  expect((await selectBackend('cpu')).name).toBe('cpu');
  await expect(selectBackend('gpu')).rejects.toThrow(/npm install @tensorflow\/tfjs-node-gpu/);
  await expect(selectBackend('quick' as never)).rejects.toThrow(/auto, unrolled, cpu, native or gpu/);
});

test('without SIMD selectBackend falls back to the cpu backend', async () => {
  vi.stubGlobal('WebAssembly', { validate: () => false });
  expect((await selectBackend('auto')).name).toBe('cpu');
  expect(tf.getBackend()).toBe('cpu');
});
