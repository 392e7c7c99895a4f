/**
 * Compared with TF1's arithmetic in float64. If a golden case fails, first generate the numbers again:
 * `python fixtures/make_losses.py` (see fixtures/README.md).
 */
import { readFileSync } from 'node:fs';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel } from '@unrolled/kernels';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { sequenceLogProbability, sequenceLoss, sequenceLossPerStep } from '../src/index';
import { composedCrossEntropy, crossEntropyOfRows } from '../src/row-losses';
import { expectClose, expectGradient, withoutLeak } from './support';

type Numbers = { shape: never; values: number[] };
type Golden = {
  case: string;
  logits: Numbers;
  targets: Numbers;
  weights: Numbers;
  results: {
    averageAcrossTimesteps: boolean;
    averageAcrossBatch: boolean;
    outputGradient: Numbers;
    expected: { loss: Numbers; logitsGradient: Numbers };
  }[];
};
const golden = JSON.parse(
  readFileSync(new URL('../../../fixtures/losses/sequence_loss.json', import.meta.url), 'utf8'),
) as { cases: Golden[] };

const ids = (rows: number[][]): Tensor2D => tf.tensor2d(rows, undefined, 'int32');
const message = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    expect((error as Error).name).toBe('UnrolledError');
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

describe.each(golden.cases)('TF1 sequence_loss, $case', (given) => {
  it.each(given.results)(
    'over steps $averageAcrossTimesteps, over batch $averageAcrossBatch: loss and gradient',
    ({ averageAcrossTimesteps, averageAcrossBatch, outputGradient, expected }) => {
      withoutLeak(() => {
        const logits = tf.tensor(given.logits.values, given.logits.shape) as Tensor3D;
        const targets = tf.tensor(given.targets.values, given.targets.shape, 'int32') as Tensor2D;
        const weights = tf.tensor(given.weights.values, given.weights.shape) as Tensor2D;
        const loss = (x: Tensor3D) =>
          sequenceLoss(x, targets, { weights, averageAcrossTimesteps, averageAcrossBatch });
        const value = loss(logits);
        expect(value.shape).toEqual(expected.loss.shape);
        expectClose(value.dataSync(), expected.loss.values);
        const upstream = tf.tensor(outputGradient.values, outputGradient.shape);
        const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(loss(x as Tensor3D), upstream)))(logits);
        expectClose(gradient.dataSync(), expected.logitsGradient.values);
        if (averageAcrossTimesteps || averageAcrossBatch) return;
        expectClose(sequenceLossPerStep(logits, targets, { weights }).dataSync(), expected.loss.values);
      });
    },
  );
});

describe('the lab', () => {
  it('lab case 9: 0.596759 and its parts', () => {
    withoutLeak(() => {
      const logits = tf.tensor3d([
        [
          [0.2, 0.7],
          [0.6, 0.2],
          [0.2, 0.9],
        ],
      ]);
      const targets = ids([[1, 1, 1]]);
      const weights = tf.ones([1, 3]) as Tensor2D;
      expect(sequenceLoss(logits, targets, { weights }).dataSync()[0]).toBeCloseTo(0.596759, 6);
      expect(sequenceLoss(logits, targets).dataSync()[0]).toBeCloseTo(0.596759, 6);
      const parts = sequenceLossPerStep(logits, targets, { weights }).dataSync();
      expect(parts[0]).toBeCloseTo(0.474077, 6);
      expect(parts[1]).toBeCloseTo(0.913015, 6);
      expect(parts[2]).toBeCloseTo(0.403186, 6);
    });
  });

  it.each([
    {
      logits: [
        [0.3, 0.7],
        [0.3, 0.7],
        [0.3, 0.7],
      ],
      expected: 0.5130153,
    },
    {
      logits: [
        [0.1, 0.9],
        [0.1, 0.9],
        [0.1, 0.9],
      ],
      expected: 0.3711007,
    },
    {
      logits: [
        [1, 0],
        [1, 0],
        [1, 0],
      ],
      expected: 1.3132616,
    },
    {
      logits: [
        [0, 1],
        [1, 0],
        [0, 1],
      ],
      expected: 0.646595,
    },
  ])('lab case 10: $expected', ({ logits, expected }) => {
    withoutLeak(() => {
      const loss = sequenceLoss(tf.tensor3d([logits]), ids([[1, 1, 1]]), { weights: tf.ones([1, 3]) });
      expect(loss.dataSync()[0]).toBeCloseTo(expected, 6);
    });
  });

  it('lab case 19: the probability of a whole sentence is the product of its steps', () => {
    withoutLeak(() => {
      const probabilities = [
        [0.5, 0.25, 0.25],
        [0.1, 0.8, 0.1],
        [0.2, 0.2, 0.6],
      ];
      const logits = tf.log(tf.tensor3d([probabilities, probabilities])) as Tensor3D;
      const logarithms = sequenceLogProbability(
        logits,
        ids([
          [0, 1, 2],
          [2, 0, -1],
        ]),
        { lengths: [3, 2] },
      );
      expectClose(logarithms.dataSync(), [Math.log(0.5 * 0.8 * 0.6), Math.log(0.25 * 0.1)]);
      expectClose(
        sequenceLogProbability(
          logits,
          ids([
            [0, 1, 2],
            [2, 0, 0],
          ]),
          { lengths: [0, 1] },
        ).dataSync(),
        [0, Math.log(0.25)],
      );
    });
  });
});

describe('sequenceLoss', () => {
  it('has a type that follows from its flags', () => {
    withoutLeak(() => {
      const logits: Tensor3D = tf.zeros([2, 3, 4]);
      const targets = ids([
        [0, 1, 2],
        [3, 0, 1],
      ]);
      expectTypeOf(sequenceLoss(logits, targets)).toEqualTypeOf<Scalar>();
      expectTypeOf(sequenceLoss(logits, targets, { lengths: [1, 2] })).toEqualTypeOf<Scalar>();
      const perRow = sequenceLoss(logits, targets, { averageAcrossBatch: false });
      expectTypeOf(perRow).toEqualTypeOf<Tensor1D>();
      expect(perRow.shape).toEqual([2]);
      const perTime = sequenceLoss(logits, targets, { averageAcrossTimesteps: false });
      expectTypeOf(perTime).toEqualTypeOf<Tensor1D>();
      expect(perTime.shape).toEqual([3]);
      const each = sequenceLoss(logits, targets, {
        averageAcrossBatch: false,
        averageAcrossTimesteps: false,
      });
      expectTypeOf(each).toEqualTypeOf<Tensor2D>();
      expect(each.shape).toEqual([2, 3]);
    });
  });

  it('takes lengths for weights of ones and zeros, whatever the targets are past them', () => {
    const step = fc.double({ min: -3, max: 3, noNaN: true });
    const row = fc.tuple(fc.array(step, { minLength: 12, maxLength: 12 }), fc.integer({ min: 0, max: 4 }));
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), (rows) =>
        withoutLeak(() => {
          const lengths = rows.map(([, length]) => length);
          const logits = tf.tensor3d(
            rows.flatMap(([values]) => values),
            [rows.length, 4, 3],
          );
          const valid = rows.map(([, length]) => [0, 1, 2, 3].map((time) => (time < length ? 1 : 0)));
          const targets = valid.map((mask, index) =>
            mask.map((inside, time) => (inside ? (time + index) % 3 : 0)),
          );
          const padded = targets.map((rowIds, index) =>
            rowIds.map((id, time) => (valid[index]![time] ? id : -1)),
          );
          const byWeights = sequenceLoss(logits, ids(targets), { weights: tf.tensor2d(valid) });
          const byLengths = sequenceLoss(logits, ids(padded), { lengths });
          expect(byLengths.dataSync()[0]).toBe(byWeights.dataSync()[0]);
        }),
      ),
      { numRuns: 50, seed: 1 },
    );
  });

  it('without weights is exactly the loss with weights of one', () => {
    withoutLeak(() => {
      const logits: Tensor3D = tf.randomNormal([3, 5, 7], 0, 2, 'float32', 3);
      const targets = tf.randomUniform([3, 5], 0, 7, 'int32', 4) as Tensor2D;
      for (const averageAcrossTimesteps of [true, false]) {
        for (const averageAcrossBatch of [true, false]) {
          const flags = { averageAcrossTimesteps, averageAcrossBatch };
          const weights = tf.ones([3, 5]) as Tensor2D;
          const without = sequenceLoss(logits, targets, flags).dataSync();
          expect(without).toEqual(sequenceLoss(logits, targets, { ...flags, weights }).dataSync());
        }
      }
    });
  });

  it('has the gradient of finite differences', () => {
    withoutLeak(() => {
      const logits = tf.randomNormal([2, 3, 4], 0, 1, 'float32', 1);
      const targets = ids([
        [0, 3, 1],
        [2, 2, 0],
      ]);
      const weights = tf.tensor2d([
        [1, 0.5, 0],
        [2, 0.25, 1],
      ]);
      expectGradient((x) => sequenceLoss(x as Tensor3D, targets, { weights }), logits);
      expectGradient((x) => sequenceLoss(x as Tensor3D, targets), logits);
    });
  });

  it('stays exact and finite for logits of ±1e4, gradient included', () => {
    withoutLeak(() => {
      const logits = tf.tensor3d([
        [
          [1e4, -1e4, 1e4],
          [-1e4, -1e4, -1e4],
          [-1e4, 1e4, 0],
          [3, 3, 3],
        ],
      ]);
      const targets = ids([[0, 2, 0, 1]]);
      const losses = sequenceLossPerStep(logits, targets).dataSync();
      expectClose(losses, [Math.log(2), Math.log(3), 2e4, Math.log(3)], 1e-6);
      expectClose(losses.slice(0, 2), [Math.log(2), Math.log(3)], 1e-6);
      const gradient = tf.grad((x: tf.Tensor) => sequenceLoss(x as Tensor3D, targets))(logits);
      expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
      expectClose(gradient.dataSync().slice(6, 9), [-0.25, 0.25, 0], 1e-6);
    });
  });

  it('uses the fused op exactly where the backend has it, with the same numbers as the composed one', async () => {
    const logits = tf.randomNormal([50, 7], 0, 3, 'float32', 5) as Tensor2D;
    const labels = tf.randomUniform([50], 0, 7, 'int32', 6) as Tensor1D;
    const { kernelNames } = await tf.profile(() => crossEntropyOfRows(logits, labels));
    expect(kernelNames.includes('SparseSoftmaxCrossEntropy')).toBe(hasFusedKernel('softmaxCrossEntropy'));
    withoutLeak(() => {
      const composed = (x: Tensor) => composedCrossEntropy(x as Tensor2D, labels);
      const chosen = (x: Tensor) => crossEntropyOfRows(x as Tensor2D, labels);
      expectClose(chosen(logits).dataSync(), composed(logits).dataSync(), 1e-6);
      const [a, b] = [chosen, composed].map((loss) => tf.grad(loss)(logits).dataSync());
      expectClose(a!, b!, 1e-6);
    });
  });

  it('where targets cannot be looked at cheaply, one out of range makes the loss NaN', () => {
    withoutLeak(() => {
      const losses = composedCrossEntropy(tf.zeros([3, 2]), tf.tensor1d([0, 2, -1], 'int32')).dataSync();
      expectClose(losses.slice(0, 1), [Math.log(2)]);
      expect([...losses.slice(1)]).toEqual([Number.NaN, Number.NaN]);
    });
  });

  it('lets a logit of −Infinity rule a class out', () => {
    withoutLeak(() => {
      const logits = tf.tensor3d([[[0, Number.NEGATIVE_INFINITY, 0]]]);
      expectClose(sequenceLoss(logits, ids([[2]])).dataSync(), [Math.log(2)]);
    });
  });

  it('takes the place of the softmax from its caller', () => {
    withoutLeak(() => {
      const logits: Tensor3D = tf.ones([2, 3, 4]);
      const loss = sequenceLoss(
        logits,
        ids([
          [0, 1, 2],
          [3, 0, 1],
        ]),
        {
          softmaxLoss: (rows) => {
            expect([rows.logits.shape, rows.labels.shape]).toEqual([[6, 4], [6]]);
            return tf.cast(rows.labels, 'float32');
          },
        },
      );
      expectClose(loss.dataSync(), [7 / 6]);
    });
  });

  it('takes one target a sequence: [B, V] with [B]', () => {
    withoutLeak(() => {
      const logits = tf.randomNormal([4, 3], 0, 2, 'float32', 1) as Tensor2D;
      const labels = tf.tensor1d([2, 0, 1, 1], 'int32');
      const steps: Tensor3D = tf.expandDims<Tensor3D>(logits, 1);
      const mean = sequenceLoss(logits, labels);
      expectTypeOf(mean).toEqualTypeOf<Scalar>();
      expect(mean.dataSync()).toEqual(sequenceLoss(steps, [2, 0, 1, 1]).dataSync());
      const each = sequenceLoss(logits, [2, 0, 1, 1], { averageAcrossBatch: false });
      expectTypeOf(each).toEqualTypeOf<Tensor1D>();
      expect(each.shape).toEqual([4]);
      expect(each.dataSync()).toEqual(
        sequenceLoss(steps, [2, 0, 1, 1], { averageAcrossBatch: false }).dataSync(),
      );
      const weights = tf.tensor1d([1, 0, 2, 0.5]);
      const weighted = sequenceLoss(logits, labels, { weights });
      const [a, b, c, d] = each.dataSync() as unknown as [number, number, number, number];
      expectClose(weighted.dataSync(), [(a + 2 * c + 0.5 * d) / 3.5]);
      expect(b).toBeGreaterThan(0);
      expectGradient((x) => sequenceLoss(x as Tensor2D, labels, { weights }), logits);
    });
  });

  it('refuses what one target a sequence has no steps for', () => {
    withoutLeak(() => {
      const logits: Tensor2D = tf.zeros([4, 3]);
      const wrong = (options: object) => message(() => sequenceLoss(logits, [0, 1, 2, 0], options));
      expect(wrong({ lengths: [1, 1, 1, 1] })).toBe(
        '[unrolled/losses] sequenceLoss: expected lengths only with logits [B, T, V], got logits [4, 3]: omit lengths, or set the weights of unused rows to 0: with one id per row there are no steps',
      );
      expect(wrong({ averageAcrossTimesteps: false })).toMatch(
        'with one target per sequence there are no steps',
      );
      expect(wrong({ weights: tf.ones([4, 1]) })).toMatch('expected weights [4], got [4, 1]');
      expect(message(() => sequenceLoss(logits, tf.zeros([4, 1], 'int32') as never))).toMatch(
        "expected targets [4], the logits' shape without the last axis, got [4, 1]",
      );
      expect(message(() => sequenceLoss(logits, [0, 1, 2, 3]))).toMatch('got 3 at row 3');
    });
  });

  it('takes targets as numbers row by row', () => {
    withoutLeak(() => {
      const logits: Tensor3D = tf.randomNormal([2, 3, 4], 0, 2, 'float32', 2);
      const rows = [0, 3, 1, 2, -1, -1];
      const lengths = Uint8Array.of(3, 1);
      const given = tf.tensor2d(rows, [2, 3], 'int32');
      for (const loss of [sequenceLoss, sequenceLossPerStep, sequenceLogProbability]) {
        const expected = loss(logits, given, { lengths }).dataSync();
        expect(loss(logits, rows, { lengths }).dataSync()).toEqual(expected);
        expect(loss(logits, Int32Array.from(rows), { lengths }).dataSync()).toEqual(expected);
      }
    });
  });

  it('refuses what does not fit, in words', () => {
    withoutLeak(() => {
      const logits: Tensor3D = tf.zeros([2, 3, 4]);
      const targets = tf.zeros([2, 3], 'int32') as Tensor2D;
      expect(
        message(() =>
          sequenceLoss(
            logits,
            ids([
              [0, 1, 4],
              [0, 0, 0],
            ]),
          ),
        ),
      ).toBe(
        "[unrolled/losses] sequenceLoss: expected targets in 0 … 3, the classes of the logits, got 4 at row 0, step 2: make the encoder's and the model's vocabulary sizes equal, and pass the lengths of padded rows",
      );
      expect(
        message(() =>
          sequenceLoss(
            logits,
            ids([
              [0, 0, -1],
              [0, 0, 0],
            ]),
          ),
        ),
      ).toMatch('got -1 at row 0, step 2');
      expect(message(() => sequenceLoss(logits, tf.zeros([2, 3])))).toMatch('dtype int32');
      expect(message(() => sequenceLoss(logits, tf.zeros([3, 2], 'int32')))).toMatch('targets [2, 3]');
      expect(message(() => sequenceLoss(tf.zeros([6]) as never, targets))).toMatch('logits [B, T, V]');
      expect(message(() => sequenceLoss(logits, targets, { weights: tf.ones([2, 1]) }))).toMatch(
        'weights [2, 3]',
      );
      expect(message(() => sequenceLoss(logits, targets, { lengths: [1] }))).toMatch('2 lengths');
      expect(message(() => sequenceLoss(logits, targets, { lengths: [1, 4] }))).toMatch('4 at row 1');
      const both = { lengths: [1, 2], weights: tf.ones([2, 3]) as Tensor2D };
      expect(message(() => sequenceLoss(logits, targets, both))).toMatch('got both');
    });
  });
});
