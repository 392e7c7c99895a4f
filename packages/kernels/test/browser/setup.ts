/**
 * Runs in the page before each test file. The kernels' own tests create their backend; the other packages'
 * tests need it created.
 */
import * as tf from '@tensorflow/tfjs-core';
import { unrolledBackendInfo, useUnrolledBackend } from '@unrolled/kernels';
import { beforeAll, expect, inject } from 'vitest';

tf.enableProdMode();

beforeAll(async () => {
  if (expect.getState().testPath?.includes('packages/kernels/')) return;
  await useUnrolledBackend({ threads: 2 });
  expect(unrolledBackendInfo()!.threads).toBe(inject('isolated') ? 2 : 1);
});
