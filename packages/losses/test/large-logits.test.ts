/**
 * Logits that are all far from 0. Neither a loss nor its gradient may lose precision to the common offset.
 */
import type { Scalar, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel, meanSoftmaxCrossEntropy, softmaxCrossEntropy } from '@unrolled/kernels';
import { describe, expect, it } from 'vitest';
import { sequenceLogProbability, sequenceLoss, sequenceLossPerStep } from '../src/index';
import { withoutLeak } from './support';

const isFused = hasFusedKernel('softmaxCrossEntropy');
const [ROWS, STEPS, CLASSES] = [2, 3, 7];
const COUNT = ROWS * STEPS;
const LENGTHS = [3, 2];
const TARGETS = [3, 0, 6, 2, 2, 5];
const OFFSETS = [0, 100, -100, 1e4, -1e4, 1e6, -1e6, 1e8, -1e8, 1e30, -1e30];

/**
 * Logits around an offset, with the smallest differences that float32 can represent there: one unit in the
 * last place, at least 0.25.
 */
function logitsAt(offset: number): Float32Array {
  const unit = Math.max(0.25, 2 ** (Math.floor(Math.log2(Math.abs(offset) + 1)) - 23));
  const base = Math.round(offset / unit) * unit;
  return Float32Array.from({ length: COUNT * CLASSES }, (_, i) => base + (((i * 5) % 11) - 4) * unit);
}

/** Each row's −ln softmax(x)ₖ, and the gradient of Σ weight·loss, in float64. */
function reference(logits: Float32Array, weights: readonly number[]) {
  const losses: number[] = [];
  const gradient = new Float64Array(logits.length);
  for (let row = 0; row < COUNT; row++) {
    const x = Array.from(logits.subarray(row * CLASSES, (row + 1) * CLASSES));
    const most = Math.max(...x);
    const sum = x.reduce((total, value) => total + Math.exp(value - most), 0);
    losses.push(Math.log(sum) - (x[TARGETS[row]!]! - most));
    x.forEach((value, k) => {
      const share = Math.exp(value - most) / sum - Number(k === TARGETS[row]);
      gradient[row * CLASSES + k] = weights[row]! * share;
    });
  }
  return { losses, gradient };
}

const targets = () => tf.tensor2d(TARGETS, [ROWS, STEPS], 'int32');
const rowsOf = (x: Tensor) => tf.reshape(x, [COUNT, CLASSES]) as Tensor2D;
const sequences = (x: Tensor) => tf.reshape(x, [ROWS, STEPS, CLASSES]) as Tensor3D;
const ids = () => tf.tensor1d(TARGETS, 'int32');
const ones = Array<number>(COUNT).fill(1);
const valid = [1, 1, 1, 1, 1, 0];

/** Each loss as a weighted sum of row losses. */
const LOSSES: Record<string, { lossOf: (x: Tensor) => Tensor; weights: number[]; needs?: 'kernel' }> = {
  sequenceLoss: { lossOf: (x) => sequenceLoss(sequences(x), targets()), weights: ones.map((w) => w / COUNT) },
  'sequenceLoss with lengths': {
    lossOf: (x) => sequenceLoss(sequences(x), targets(), { lengths: LENGTHS }),
    weights: valid.map((w) => w / 5),
  },
  'sequenceLoss with weights': {
    lossOf: (x) => sequenceLoss(sequences(x), targets(), { weights: tf.tensor2d(valid, [ROWS, STEPS]) }),
    weights: valid.map((w) => w / 5),
  },
  'sequenceLoss over time': {
    lossOf: (x) => tf.sum(sequenceLoss(sequences(x), targets(), { averageAcrossBatch: false })),
    weights: ones.map((w) => w / STEPS),
  },
  sequenceLossPerStep: { lossOf: (x) => tf.sum(sequenceLossPerStep(sequences(x), targets())), weights: ones },
  sequenceLogProbability: {
    lossOf: (x) => tf.sum(sequenceLogProbability(sequences(x), targets())),
    weights: ones.map((w) => -w),
  },
  softmaxCrossEntropy: {
    lossOf: (x) => tf.sum(softmaxCrossEntropy(rowsOf(x), ids())),
    weights: ones,
    needs: 'kernel',
  },
  meanSoftmaxCrossEntropy: {
    lossOf: (x) => meanSoftmaxCrossEntropy(rowsOf(x), ids()),
    weights: ones.map((w) => w / COUNT),
    needs: 'kernel',
  },
};

describe.each(OFFSETS)('logits about %d', (offset) => {
  const logits = logitsAt(offset);

  it.each(Object.entries(LOSSES).filter(([, one]) => !one.needs || isFused))(
    '%s and its gradient equal those in float64',
    (_, one) => {
      const { losses, gradient } = reference(logits, one.weights);
      const expected = losses.reduce((sum, loss, row) => sum + loss * one.weights[row]!, 0);
      withoutLeak(() => {
        const { value, grad } = tf.valueAndGrad((x: Tensor) => one.lossOf(x) as Scalar)(tf.tensor1d(logits));
        const scale = Math.max(...one.weights.map(Math.abs));
        expect(Math.abs(value.dataSync()[0]! - expected)).toBeLessThan(
          1e-6 * Math.max(scale, Math.abs(expected)),
        );
        grad.dataSync().forEach((got, i) => {
          expect(Math.abs(got - gradient[i]!), `at ${i}`).toBeLessThan(1e-6 * scale);
        });
      });
    },
  );

  it('the softmax equals that in float64', () => {
    withoutLeak(() => {
      const { gradient } = reference(logits, ones);
      const shares = tf.softmax(rowsOf(tf.tensor1d(logits))).dataSync();
      shares.forEach((got, i) => {
        const own = Number(i % CLASSES === TARGETS[Math.floor(i / CLASSES)]);
        expect(Math.abs(got - gradient[i]! - own), `at ${i}`).toBeLessThan(1e-6);
      });
    });
  });
});
