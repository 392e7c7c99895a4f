/** Tests of cuDNN itself, which run only if TensorFlow has a CUDA GPU. */
import * as tf from '@tensorflow/tfjs-core';
import { type Fallback, hasFusedKernel, onFallback } from '@unrolled/kernels';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fusedSequence, outputsAndGradients, randomCase, worstDifference } from '../fused';
import { type Layer, type Options, referenceSequence } from '../reference';
import { liveTensors, replaceExecuteOp, tensorFlow } from './binding';

const SIZE = { batch: 3, time: 5, inputSize: 6, units: 7 };
/** Tolerance for float32; run with NVIDIA_TF32_OVERRIDE=0. */
const TOLERANCE = 1e-4;

/**
 * How often cuDNN was called, forward and backward, for a sequence whose results are then compared with the
 * composed path.
 */
async function cudnnCalls(layer: Layer, options: Options, ids = false) {
  const sequence = randomCase(layer, { ...SIZE, ids }, 3);
  await tf.setBackend('cpu');
  const expected = outputsAndGradients(referenceSequence, layer, sequence, options);
  await tf.setBackend('tensorflow');
  const before = liveTensors();
  const names: string[] = [];
  const restore = replaceExecuteOp((own) => (name, ...rest) => {
    names.push(name);
    return own(name, ...rest);
  });
  const actual = outputsAndGradients(fusedSequence, layer, sequence, options);
  restore();
  expect(liveTensors()).toEqual(before);
  const { name, error } = worstDifference(actual, expected);
  expect(error, name).toBeLessThan(TOLERANCE);
  return ['CudnnRNNV3', 'CudnnRNNBackpropV3'].map((op) => names.filter((each) => each === op).length);
}

describe.runIf(tensorFlow().isUsingGpuDevice)('on a CUDA GPU', () => {
  const heard: Fallback[] = [];
  let restore = () => {};
  beforeAll(() => {
    restore = onFallback((fallback) => heard.push(fallback));
    for (const op of ['lstmSequence', 'gruSequence', 'simpleRnnSequence'] as const)
      expect(hasFusedKernel(op)).toBe(true);
    expect(heard).toEqual([]);
  });
  afterAll(() => restore());

  test.each<[Layer, Options, boolean]>([
    ['lstm', {}, false],
    ['lstm', { reverse: true }, true],
    ['gru-after', { lengths: [5, 1, 3] }, false],
    ['gru-after', { reverse: true }, true],
    ['rnn-tanh', { lengths: [5, 1, 3], reverse: true }, false],
    ['rnn-relu', {}, true],
  ])('cuDNN computes %s with %o, ids %s, in one call each way', async (layer, options, ids) => {
    expect(await cudnnCalls(layer, options, ids)).toEqual([1, 1]);
    expect(heard).toEqual([]);
  });

  test.each<[string, Layer, Options]>([
    ['reset-before', 'gru-before', {}],
    ['a hard sigmoid', 'lstm', { recurrentActivation: 'hardSigmoid' }],
    ['a row of length 0', 'lstm', { lengths: [0, 5, 2] }],
  ])('what cuDNN lacks takes the products: %s', async (_what, layer, options) => {
    expect(await cudnnCalls(layer, options)).toEqual([0, 0]);
    expect(heard).toEqual([]);
  });

  test('an LSTM with lengths is computed, by cuDNN or, when it refuses, by the products and reported', async () => {
    const calls = await cudnnCalls('lstm', { lengths: [5, 1, 3], reverse: true });
    expect(heard.map(({ passedOver }) => passedOver)).toEqual(
      calls[1] === 1 ? [] : ['cuDNN for rows with lengths'],
    );
    expect(await cudnnCalls('lstm', {})).toEqual([1, 1]);
  });
});
