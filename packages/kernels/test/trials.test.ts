/** The trial of TensorFlow's kernels, run on WebAssembly's kernels. It compares the ops with tfjs's own. */
import * as tf from '@tensorflow/tfjs-core';
import { unregisterUnrolledBackend, useUnrolledBackend } from '@unrolled/kernels';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KERNEL, type NativeOp } from '../src/kernel-names';
import { trial } from '../src/tensorflow/trials';

beforeAll(() => useUnrolledBackend({ threads: 1 }));
afterAll(() => unregisterUnrolledBackend());

const OURS_ALONE = [
  ...['sequenceStack', 'lastStep', 'maskSequence', 'linearRecurrence', 'positive'],
  ...['attention', 'attentionSequence', 'convolution', 'ctcLosses'],
];
const OPS = Object.keys(KERNEL).filter((op) => !OURS_ALONE.includes(op)) as NativeOp[];

test.each(OPS)('%s', (op) => {
  const before = tf.memory().numTensors;
  expect(trial(op, false)).toBeUndefined();
  expect(tf.memory().numTensors).toBe(before);
});

test('a kernel that computes something else does not pass', () => {
  const kernel = tf.getKernel('GruSequence', 'unrolled')!;
  const own = kernel.kernelFunc;
  kernel.kernelFunc = (call) => own({ ...call, attrs: { ...call.attrs, reverse: false } });
  expect(trial('gruSequence', false)).toMatch(
    /^the relative difference of output 0 without a gradient from tfjs's is/,
  );
  kernel.kernelFunc = own;
});
