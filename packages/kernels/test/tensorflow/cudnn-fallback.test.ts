/**
 * The part of the cuDNN path that can be tested without CUDA (cudnn.test.ts has the rest): its op calls are
 * well formed, its failure is reported, and the results are right.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Fallback, hasFusedKernel, onFallback } from '@unrolled/kernels';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fusedSequence, outputsAndGradients, randomCase, worstDifference } from '../fused';
import { type Layer, referenceSequence } from '../reference';
import { liveTensors, tensorFlow } from './binding';

const hasGpu = tensorFlow().isUsingGpuDevice;
const heard: Fallback[] = [];
let restore = () => {};
beforeAll(() => {
  restore = onFallback((fallback) => heard.push(fallback));
  Object.defineProperty(tensorFlow(), 'isUsingGpuDevice', { value: true });
});
afterAll(() => restore());

// With a CUDA GPU cuDNN works, so there is no fallback to test.
test.skipIf(hasGpu).each([
  ['lstmSequence', 'lstm'],
  ['gruSequence', 'gru-after'],
  ['simpleRnnSequence', 'rnn-relu'],
] as const)('%s tries cuDNN, says that it cannot be had, and computes the rest', async (op, layer: Layer) => {
  heard.length = 0;
  expect(hasFusedKernel(op)).toBe(true);
  expect(hasFusedKernel(op)).toBe(true);
  // The op is known and its attributes are valid; only the kernel is missing.
  const reason = expect.stringMatching(
    /No OpKernel was registered to support Op 'CudnnRNNV3'|Could not find device/i,
  );
  const passedOver = ['cuDNN for rows with lengths', 'cuDNN'];
  expect(heard).toEqual(
    passedOver.map((what) => ({
      caller: op,
      passedOver: what,
      reasons: [reason],
      message: expect.stringContaining(`${op} on 'tensorflow': ${what} is not used`),
    })),
  );
  const sequence = randomCase(layer, { batch: 3, time: 4, inputSize: 5, units: 6 }, 3);
  const options = { lengths: [4, 1, 2], reverse: true };
  const before = liveTensors();
  const actual = outputsAndGradients(fusedSequence, layer, sequence, options);
  expect(liveTensors()).toEqual(before);
  await tf.setBackend('cpu');
  const expected = outputsAndGradients(referenceSequence, layer, sequence, options);
  await tf.setBackend('tensorflow');
  expect(worstDifference(actual, expected).error).toBeLessThan(1e-4);
});
