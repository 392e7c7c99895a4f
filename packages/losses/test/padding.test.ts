/** Padding may have any value: it affects neither a loss nor a gradient. */
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  meanAbsoluteError,
  meanSquaredError,
  quantileLoss,
  rootMeanSquaredError,
  sequenceLogProbability,
  sequenceLoss,
  sequenceLossPerStep,
  sumOfSquares,
} from '../src/index';
import { expectClose, withoutLeak } from './support';

const POISONS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const [ROWS, STEPS, CLASSES] = [3, 4, 5];
const LENGTHS = [4, 0, 2];
const mask = LENGTHS.flatMap((length) => Array.from({ length: STEPS }, (_, time) => +(time < length)));
const numbers = Array.from({ length: ROWS * STEPS * CLASSES }, (_, i) => Math.sin(3 * i));
const ids = Array.from({ length: ROWS * STEPS }, (_, i) => (i * 3) % CLASSES);

/** A cross-entropy of tfjs's ops, like one that a user might pass. */
const softmaxLoss = ({ labels, logits }: { labels: Tensor1D; logits: Tensor2D }) =>
  tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), tf.oneHot(labels, CLASSES)), 1)) as Tensor1D;

type Loss = (logits: Tensor3D, targets: Tensor2D) => Tensor;
const weights = () => tf.tensor2d(mask, [ROWS, STEPS]);
const SEQUENCE_LOSSES: Record<string, Loss> = {
  'sequenceLoss with lengths': (x, y) => sequenceLoss(x, y, { lengths: LENGTHS }),
  'sequenceLoss with weights': (x, y) => sequenceLoss(x, y, { weights: weights() }),
  'sequenceLoss over time': (x, y) => sequenceLoss(x, y, { lengths: LENGTHS, averageAcrossBatch: false }),
  'sequenceLoss with another softmax': (x, y) => sequenceLoss(x, y, { lengths: LENGTHS, softmaxLoss }),
  sequenceLossPerStep: (x, y) => sequenceLossPerStep(x, y, { lengths: LENGTHS }),
  sequenceLogProbability: (x, y) => sequenceLogProbability(x, y, { lengths: LENGTHS }),
};

/** A loss and its gradient with respect to its first tensor. */
function valueAndGradient(lossOf: (x: Tensor) => Tensor, x: Tensor): [Float32Array, Float32Array] {
  const value = lossOf(x).dataSync<'float32'>();
  const gradient = tf.grad((moved: Tensor) => tf.sum(lossOf(moved)) as Scalar)(x);
  return [value, gradient.dataSync<'float32'>()];
}

const poisoned = (values: readonly number[], size: number, poison: number) =>
  values.map((value, i) => (mask[Math.floor(i / size)] ? value : poison));

describe.each(Object.entries(SEQUENCE_LOSSES))('%s', (name, loss) => {
  it.each(POISONS)('takes logits of %d that do not count, and any targets', (poison) => {
    withoutLeak(() => {
      const at = (logits: readonly number[], targets: readonly number[]) =>
        valueAndGradient(
          (x) => loss(x as Tensor3D, tf.tensor2d([...targets], [ROWS, STEPS], 'int32')),
          tf.tensor3d([...logits], [ROWS, STEPS, CLASSES]),
        );
      const clean = at(numbers, ids);
      // With explicit weights, targets must be classes even if their weight is 0.
      const targets = name.includes('weights') ? ids : poisoned(ids, 1, -1);
      const [value, gradient] = at(poisoned(numbers, CLASSES, poison), targets);
      expect(value).toEqual(clean[0]);
      expect(gradient).toEqual(clean[1]);
      gradient.forEach((slope, i) => {
        if (!mask[Math.floor(i / CLASSES)]) expect(slope).toBe(0);
      });
      return undefined;
    });
  });
});

describe('sequence losses', () => {
  it('take lengths in a typed array, and refuse a tensor', () => {
    withoutLeak(() => {
      const logits = tf.tensor3d(numbers, [ROWS, STEPS, CLASSES]);
      const targets = tf.tensor2d(ids, [ROWS, STEPS], 'int32');
      const losses = { sequenceLoss, sequenceLossPerStep, sequenceLogProbability };
      for (const [name, loss] of Object.entries(losses)) {
        const of = (lengths: ArrayLike<number>) => loss(logits, targets, { lengths }).dataSync();
        expect(of(Int32Array.from(LENGTHS)), name).toEqual(of(LENGTHS));
        expect(() => of(tf.tensor1d(LENGTHS) as never), name).toThrow(
          `[unrolled/losses] ${name}: expected lengths to be an array or typed array, got a tensor [3]: for a tensor, pass`,
        );
      }
      return undefined;
    });
  });

  it('refuse a second-order gradient', () => {
    const targets = tf.tensor2d(ids, [ROWS, STEPS], 'int32');
    const losses: Record<string, Loss> = { sequenceLoss, sequenceLossPerStep, sequenceLogProbability };
    for (const [name, loss] of Object.entries(losses)) {
      const norm = (x: Tensor) =>
        tf.sum(tf.square(tf.grad((y: Tensor) => tf.sum(loss(y as Tensor3D, targets)))(x)));
      expect(() => tf.tidy(() => tf.grad(norm)(tf.tensor3d(numbers, [ROWS, STEPS, CLASSES])))).toThrow(
        `[unrolled/losses] ${name}: expected a first-order gradient, got a second-order gradient`,
      );
    }
    targets.dispose();
  });
});

describe('regression losses', () => {
  const losses = { meanSquaredError, meanAbsoluteError, rootMeanSquaredError, sumOfSquares };
  const [forecasts, truths] = [numbers.slice(0, ROWS * STEPS), numbers.slice(20, 20 + ROWS * STEPS)];
  const matrix = (values: readonly number[]) => tf.tensor2d([...values], [ROWS, STEPS]);

  it.each(Object.entries(losses))('%s leaves out what has the weight 0', (_, loss) => {
    for (const poison of POISONS) {
      withoutLeak(() => {
        const at = (x: readonly number[], y: readonly number[]) =>
          valueAndGradient((moved) => loss(moved, matrix(y) as Tensor, { weights: weights() }), matrix(x));
        const clean = at(forecasts, truths);
        for (const [x, y] of [
          [poisoned(forecasts, 1, poison), truths],
          [forecasts, poisoned(truths, 1, poison)],
          [poisoned(forecasts, 1, poison), poisoned(truths, 1, poison)],
        ] as const) {
          const [value, gradient] = at(x, y);
          expect(value).toEqual(clean[0]);
          // 0 and −0 are equal here.
          expect(Array.from(gradient, Math.abs)).toEqual(Array.from(clean[1], Math.abs));
        }
        return undefined;
      });
    }
  });

  it('quantileLoss too, a weight for each target', () => {
    withoutLeak(() => {
      const quantiles = [0.1, 0.5, 0.9];
      const spread = (values: readonly number[]) => values.flatMap((value) => [value - 1, value, value + 1]);
      const at = (x: readonly number[], y: readonly number[]) =>
        valueAndGradient(
          (moved) => quantileLoss(moved, matrix(y), quantiles, { weights: weights() }),
          tf.tensor3d([...x], [ROWS, STEPS, 3]),
        );
      const clean = at(spread(forecasts), truths);
      const [value, gradient] = at(poisoned(spread(forecasts), 3, Number.NaN), poisoned(truths, 1, Infinity));
      expect(value).toEqual(clean[0]);
      gradient.forEach((slope, i) => {
        if (mask[Math.floor(i / 3)]) expect(slope).toBe(clean[1][i]);
        else expect(slope + 0).toBe(0);
      });
      return undefined;
    });
  });

  it('a weight that one row shares leaves out the row', () => {
    withoutLeak(() => {
      const rows = tf.tensor2d([1, 0, 2], [ROWS, 1]);
      const gap = forecasts.map((value, i) => (Math.floor(i / STEPS) === 1 ? Number.NaN : value));
      const error = meanSquaredError(matrix(gap), matrix(truths), { weights: rows });
      const counted = forecasts.reduce(
        (sum, value, i) => sum + [1, 0, 2][Math.floor(i / STEPS)]! * (value - truths[i]!) ** 2,
        0,
      );
      expectClose(error.dataSync(), [counted / (3 * STEPS)]);
      return undefined;
    });
  });
});
