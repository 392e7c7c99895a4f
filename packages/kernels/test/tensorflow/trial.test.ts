/**
 * A TensorFlow whose op is missing, or computes wrong results: the kernel is removed and reported, and the
 * layers run step by step.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Fallback, hasFusedKernel, linear, lstmSequence, onFallback } from '@unrolled/kernels';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { replaceExecuteOp } from './binding';

const heard: Fallback[] = [];
let restore = () => {};
beforeAll(() => {
  restore = onFallback((fallback) => {
    // On a GPU, cuDNN does not use the ops that are broken here. It differs from them, and is given up first.
    if (!fallback.passedOver.startsWith('cuDNN')) heard.push(fallback);
  });
  replaceExecuteOp((own) => (name, attributes, inputs, outputs) => {
    if (name === 'LSTMBlockCellGrad') throw new Error('NOT_FOUND: no such op\nin this version');
    if (name === 'BiasAdd') return own('Identity', [attributes[0]!], [inputs[0]!], 1);
    return own(name, attributes, inputs, outputs);
  });
});
afterAll(() => restore());

test('a missing op', () => {
  expect(hasFusedKernel('lstmSequence')).toBe(false);
  const passedOver = 'the fused kernel';
  const reason = 'NOT_FOUND: no such op in this version';
  const message = `[unrolled/kernels] lstmSequence on 'tensorflow': ${passedOver} is not used, which is slower: ${reason}`;
  expect(heard).toEqual([{ caller: 'lstmSequence', passedOver, reasons: [reason], message }]);
  expect(hasFusedKernel('lstmSequence')).toBe(false);
  expect(heard.length).toBe(1);
  tf.tidy(() => {
    const [kernel, h] = [tf.zeros<tf.Rank.R2>([2, 4]), tf.zeros<tf.Rank.R2>([1, 1])];
    const inputs = { x: tf.zeros<tf.Rank.R3>([1, 1, 2]), kernel, bias: tf.zeros<tf.Rank.R1>([4]) };
    const recurrentKernel = tf.zeros<tf.Rank.R2>([1, 4]);
    expect(() => lstmSequence({ ...inputs, recurrentKernel, initialH: h, initialC: h })).toThrow(
      /expected a backend with the fused kernel, got 'tensorflow'/,
    );
  });
});

test('another result', () => {
  heard.length = 0;
  expect(hasFusedKernel('linear')).toBe(false);
  expect(heard).toEqual([
    expect.objectContaining({
      caller: 'linear',
      reasons: [
        expect.stringMatching(/^the relative difference of output 0 without a gradient from tfjs's is/),
      ],
    }),
  ]);
  tf.tidy(() => {
    expect(() => linear(tf.zeros([1, 2]), tf.zeros([2, 2]) as tf.Tensor2D)).toThrow(/fused: false/);
  });
});

test('what is right stays', () => {
  heard.length = 0;
  expect(hasFusedKernel('embeddingLookup')).toBe(true);
  expect(hasFusedKernel('softmaxCrossEntropy')).toBe(true);
  expect(heard).toEqual([]);
});
