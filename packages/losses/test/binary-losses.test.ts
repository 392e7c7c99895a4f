/** Losses of independent binary logits, compared with PyTorch in float64, on every backend. */
import { readFileSync } from 'node:fs';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { binaryCrossEntropy, crossEntropy, focalLoss, type Reduction } from '../src/index';
import { expectClose, expectGradient, withoutLeak } from './support';

interface Numbers {
  readonly shape: number[];
  readonly values: number[];
}
interface Measured {
  readonly loss: Numbers;
  readonly gradient: Numbers;
}
interface Case {
  readonly case: string;
  readonly logits: Numbers;
  readonly targets: Numbers;
  readonly entropies: Record<string, Measured>;
  readonly focal: (Measured & { readonly gamma: number; readonly alpha: number | null })[];
}

const golden: {
  positiveWeights: Numbers;
  weights: Numbers;
  cases: Case[];
  classes: { labels: number[]; results: Record<Reduction, Measured> };
} = JSON.parse(readFileSync(new URL('../../../fixtures/losses/binary.json', import.meta.url), 'utf8'));

const tensorOf = ({ values, shape }: Numbers) => tf.tensor(values, shape);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function expectMeasured(
  lossOf: (x: Tensor) => Tensor,
  logits: Numbers,
  { loss, gradient }: Measured,
  scale = 1,
) {
  withoutLeak(() => {
    const x = tensorOf(logits);
    const found = lossOf(x);
    expect(found.shape).toEqual(loss.shape);
    expectClose(
      found.dataSync(),
      loss.values.map((value) => value * scale),
    );
    const grad = tf.grad((scores: Tensor) => tf.sum(lossOf(scores)))(x);
    expectClose(
      grad.dataSync(),
      gradient.values.map((value) => value * scale),
    );
  });
}

describe.each(golden.cases)('$case', ({ logits, targets, entropies, focal }) => {
  it.each(Object.entries(entropies))('binaryCrossEntropy, %s', (name, measured) => {
    const [which, reduction] = name.split(' ') as [string, Reduction];
    const options = {
      reduction,
      ...(['weights', 'both'].includes(which) && { weights: golden.weights.values }),
      ...(['positiveWeights', 'both'].includes(which) && { positiveWeights: golden.positiveWeights.values }),
    };
    // PyTorch divides by the number of logits, this package by the sum of their weights.
    const scale = reduction === 'mean' && options.weights ? options.weights.length / sum(options.weights) : 1;
    expectMeasured((x) => binaryCrossEntropy(x, targets.values, options), logits, measured, scale);
  });

  it.each(focal)('focalLoss, γ $gamma, α $alpha', ({ gamma, alpha, ...measured }) => {
    const options = { gamma, alpha: alpha ?? undefined, reduction: 'none' } as const;
    expectMeasured((x) => focalLoss(x, tensorOf(targets), options), logits, measured);
  });
});

it.each(Object.entries(golden.classes.results))(
  'crossEntropy with classWeights, %s',
  (reduction, measured) => {
    const options = { classWeights: golden.positiveWeights.values, reduction: reduction as Reduction };
    const lossOf = (x: Tensor) => crossEntropy(x, golden.classes.labels, options) as Tensor;
    expectMeasured(lossOf, golden.cases[0]!.logits, measured);
  },
);

const logits = () => tf.tensor2d([-3, 0, 0.5, 2, -0.25, 1.5], [2, 3]);
const targets = [0, 1, 0.5, 1, 0, 1];

it('has the gradients of finite differences', () => {
  withoutLeak(() => {
    const options = { weights: [1, 2, 0, 0.5, 1, 3], labelSmoothing: 0.2 };
    expectGradient(
      (x) => binaryCrossEntropy(x, targets, { ...options, positiveWeights: 3 }) as Scalar,
      logits(),
    );
    expectGradient((x) => focalLoss(x, targets, { ...options, gamma: 1.5, alpha: 0.3 }) as Scalar, logits());
  });
});

it('smooths a label towards a half', () => {
  withoutLeak(() => {
    const smoothed = targets.map((target) => 0.7 * target + 0.15);
    const [found] = binaryCrossEntropy(logits(), targets, { labelSmoothing: 0.3 }).dataSync();
    expect(found).toBeCloseTo(binaryCrossEntropy(logits(), smoothed).dataSync()[0]!, 6);
  });
});

it('ignores values of weight 0 and values past a length, even NaN and invalid targets', () => {
  withoutLeak(() => {
    const x = tf.tensor3d([1, -2, Number.NaN, Number.NaN, 0.5, 3, 1, -1], [2, 2, 2]);
    const y = [1, 0, 7, Number.NaN, 1, 1, 0, 0];
    for (const counting of [{ lengths: [1, 2] }, { weights: [1, 1, 0, 0, 1, 1, 1, 1] }]) {
      for (const loss of [binaryCrossEntropy, focalLoss]) {
        const whole = loss(tf.tensor1d([1, -2, 0.5, 3, 1, -1]), [1, 0, 1, 1, 0, 0]).dataSync()[0]!;
        expect(loss(x, y, counting).dataSync()[0]).toBeCloseTo(whole, 6);
        const gradient = tf
          .grad((scores: Tensor) => loss(scores, y, counting) as Scalar)(x)
          .dataSync();
        expect(Array.from(gradient.slice(2, 4))).toEqual([0, 0]);
        expect(gradient.every(Number.isFinite)).toBe(true);
      }
    }
    expect(binaryCrossEntropy(x, y, { lengths: [0, 0] }).dataSync()[0]).toBe(0);
  });
});

it.each([
  [
    () => binaryCrossEntropy(logits(), [1]),
    "expected targets in the logits' shape [2, 3], or 6 numbers row by row, got 1 numbers",
  ],
  [() => binaryCrossEntropy(logits(), [[1, 0, 1]] as never), 'pass targets.flat()'],
  [() => binaryCrossEntropy(logits(), tf.zeros([3, 2])), "expected targets in the logits' shape [2, 3]"],
  [() => binaryCrossEntropy(logits(), [0, 1, -1, 0, 0, 1]), 'expected targets from 0 to 1, got -1 at 2'],
  [
    () => binaryCrossEntropy(logits(), targets, { positiveWeights: [1, 2] }),
    'positiveWeights to be a number, or 3 numbers',
  ],
  [() => binaryCrossEntropy(logits(), targets, { positiveWeights: -1 }), 'got -1 at 0'],
  [() => binaryCrossEntropy(logits(), targets, { lengths: [4, 1] }), 'length'],
  [() => focalLoss(logits(), targets, { gamma: -1 }), 'at least 0'],
  [() => focalLoss(logits(), targets, { alpha: 2 }), 'from 0 to 1'],
  [() => focalLoss(logits(), targets, { gama: 2 } as never), 'gama'],
  [() => focalLoss(tf.ones([2], 'int32'), [1, 1]), 'float32'],
])('refuses in one line, %#', (call, message) => {
  withoutLeak(() => {
    expect(call).toThrow(message);
    expect(call).not.toThrow('\n');
  });
});
