import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bitsPerCharacter,
  meanAbsoluteError,
  meanSquaredError,
  perplexity,
  quantileLoss,
  rootMeanSquaredError,
  sumOfSquares,
} from '../src/index';
import { expectClose, expectGradient, withoutLeak } from './support';

const losses = {
  sumOfSquares: {
    loss: sumOfSquares,
    formula: (e: number[], w: number[]) => sum(e.map((x, i) => w[i]! * x * x)),
  },
  meanSquaredError: {
    loss: meanSquaredError,
    formula: (e: number[], w: number[]) => sum(e.map((x, i) => w[i]! * x * x)) / sum(w),
  },
  meanAbsoluteError: {
    loss: meanAbsoluteError,
    formula: (e: number[], w: number[]) => sum(e.map((x, i) => w[i]! * Math.abs(x))) / sum(w),
  },
  rootMeanSquaredError: {
    loss: rootMeanSquaredError,
    formula: (e: number[], w: number[]) => Math.sqrt(sum(e.map((x, i) => w[i]! * x * x)) / sum(w)),
  },
};

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

describe.each(Object.entries(losses))('%s', (name, { loss, formula }) => {
  it('is its formula, with and without weights', () => {
    const entry = fc.tuple(
      fc.double({ min: -4, max: 4, noNaN: true }),
      fc.double({ min: -4, max: 4, noNaN: true }),
      fc.double({ min: 0.1, max: 2, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 8 }), (entries) =>
        withoutLeak(() => {
          const [predictions, targets, weights] = [0, 1, 2].map((column) =>
            tf.tensor1d(entries.map((row) => row[column]!)),
          ) as [Tensor, Tensor, Tensor];
          const errors = entries.map(([prediction, target]) => prediction - target);
          const given = entries.map(([, , weight]) => weight);
          const ones = entries.map(() => 1);
          expectClose(loss(predictions, targets).dataSync(), [formula(errors, ones)], 1e-5, 1e-3);
          expectClose(
            loss(predictions, targets, { weights }).dataSync(),
            [formula(errors, given)],
            1e-5,
            1e-3,
          );
        }),
      ),
      { numRuns: 50, seed: 1 },
    );
  });

  it('has the gradient of finite differences, and none where it is perfect', () => {
    withoutLeak(() => {
      const at = tf.tensor2d([
        [0.5, -1.2],
        [2, 0.3],
        [-0.7, 1],
      ]);
      const targets = tf.tensor2d([
        [0, -1],
        [1, 1],
        [-1, 1.5],
      ]);
      const weights = tf.tensor2d([[1], [0.5], [2]]);
      expectGradient((x) => loss(x, targets), at);
      expectGradient((x) => loss(x, targets, { weights }), at);
      expectGradient((x) => loss(targets, x), at);
      const perfect = tf.grad((x: Tensor) => loss(x, at))(at);
      expect(Array.from(perfect.dataSync(), Math.abs)).toEqual([0, 0, 0, 0, 0, 0]);
      expect(loss(at, at).dataSync()[0]).toBe(0);
    });
  });

  it('counts a broadcast weight as often as it is used, and gives 0 when nothing counts', () => {
    withoutLeak(() => {
      const [predictions, targets] = [
        tf.tensor2d([
          [1, 2],
          [3, 5],
        ]),
        tf.tensor2d([
          [0, 0],
          [9, 9],
        ]),
      ];
      const rows = loss(predictions, targets, { weights: tf.tensor2d([[2], [0]]) });
      const all = loss(predictions, targets, {
        weights: tf.tensor2d([
          [2, 2],
          [0, 0],
        ]),
      });
      expectClose(rows.dataSync(), all.dataSync(), 1e-6);
      expect(loss(predictions, targets, { weights: tf.zeros([2, 2]) }).dataSync()[0]).toBe(0);
    });
  });

  it('refuses shapes that tfjs would broadcast', () => {
    withoutLeak(() => {
      expect(() => loss(tf.zeros([3, 1]), tf.zeros([3]))).toThrow(
        `[unrolled/losses] ${name}: expected targets of the predictions' shape [3, 1], got [3]`,
      );
      expect(() => loss(tf.zeros([3]), tf.zeros([3]), { weights: tf.zeros([2]) })).toThrow(
        'broadcast to [3]',
      );
      expect(() => loss(tf.zeros([3]), tf.zeros([3]), { weights: tf.zeros([2, 3]) })).toThrow(
        'broadcast to [3]',
      );
    });
  });
});

describe('quantileLoss', () => {
  it('is the pinball: q of the error below, 1 − q of it above', () => {
    withoutLeak(() => {
      const predictions = tf.tensor2d([
        [1, 1],
        [4, 4],
      ]);
      const targets = tf.tensor1d([3, 3]);
      const value = quantileLoss(predictions, targets, [0.1, 0.9]).dataSync();
      expectClose(value, [(0.1 * 2 + 0.9 * 2 + 0.9 * 1 + 0.1 * 1) / 4]);
      const weighted = quantileLoss(predictions, targets, [0.1, 0.9], { weights: tf.tensor1d([1, 0]) });
      expectClose(weighted.dataSync(), [(0.1 * 2 + 0.9 * 2) / 2]);
    });
  });

  it('is least at the quantile of the targets', () => {
    withoutLeak(() => {
      const targets = tf.tensor1d(Array.from({ length: 101 }, (_, index) => index));
      const at = (quantile: number, guess: number) =>
        quantileLoss(tf.fill([101, 1], guess), targets, [quantile]).dataSync()[0]!;
      for (const quantile of [0.1, 0.5, 0.8]) {
        const best = at(quantile, 100 * quantile);
        for (const guess of [-5, 5]) expect(at(quantile, 100 * quantile + guess)).toBeGreaterThan(best);
      }
    });
  });

  it('at 0.5 is half the absolute error', () => {
    withoutLeak(() => {
      const [predictions, targets] = [
        tf.randomNormal([4, 3], 0, 1, 'float32', 1),
        tf.randomNormal([4, 3], 0, 1, 'float32', 2),
      ];
      const half = quantileLoss(tf.expandDims(predictions, -1), targets, [0.5]).dataSync();
      expectClose(half, [meanAbsoluteError(predictions, targets).dataSync()[0]! / 2]);
    });
  });

  it('has the gradient of finite differences', () => {
    withoutLeak(() => {
      const targets = tf.tensor1d([0.5, -1]);
      const weights = tf.tensor1d([2, 0.5]);
      const at = tf.tensor2d([
        [0.1, 0.4, 0.9],
        [-2, -1.5, 0],
      ]);
      expectGradient((x) => quantileLoss(x, targets, [0.1, 0.5, 0.9], { weights }), at);
    });
  });

  it('refuses quantiles outside (0, 1) and shapes that do not fit', () => {
    withoutLeak(() => {
      expect(() => quantileLoss(tf.zeros([2, 1]), tf.zeros([2]), [1])).toThrow('quantiles in (0, 1)');
      expect(() => quantileLoss(tf.zeros([2, 0]), tf.zeros([2]), [])).toThrow('got none');
      expect(() => quantileLoss(tf.zeros([2, 2]), tf.zeros([2]), [0.5])).toThrow('predictions [2, 1]');
    });
  });
});

describe('of a mean loss in nats', () => {
  it('perplexity: choosing evenly among n things is n', () => {
    expect(perplexity(Math.log(65))).toBeCloseTo(65, 10);
    expect(perplexity(0)).toBe(1);
  });

  it('bitsPerCharacter: a coin is one bit', () => {
    expect(bitsPerCharacter(Math.log(2))).toBe(1);
    expect(bitsPerCharacter(1.4697)).toBeCloseTo(2.1203, 4);
  });
});
