/** Cross-entropy and accuracy of any rank, compared with their definitions in float64, on every backend. */
import type { Scalar, Tensor, Tensor1D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel } from '@unrolled/kernels';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { accuracy, crossEntropy, sequenceLoss } from '../src/index';
import { expectClose, expectGradient, withoutLeak } from './support';

/** The message of the UnrolledError that `body` throws. */
function refusal(body: () => unknown): string {
  try {
    withoutLeak(() => {
      body();
      return undefined;
    });
  } catch (error) {
    expect((error as Error).name).toBe('UnrolledError');
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

interface Given {
  /** The shape of the ids. */
  readonly shape: number[];
  readonly classes: number;
  readonly logits: Float32Array;
  readonly ids: Int32Array;
  readonly weights: Float32Array;
}

/** Ids of rank 0 … 5, so logits of rank 1 … 6. */
const givens: fc.Arbitrary<Given> = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 5 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer(),
  )
  .map(([shape, classes, seed]) => {
    const size = tf.util.sizeFromShape(shape);
    const draw = (count: number, place: number) =>
      Float32Array.from({ length: count }, (_, i) => Math.sin(seed + 12.9 * i + 78.2 * place) * 3);
    return {
      shape,
      classes,
      logits: draw(size * classes, 0),
      ids: Int32Array.from(draw(size, 1), (x) => Math.floor(((x + 3) / 6) * classes) % classes),
      weights: draw(size, 2).map((x) => (x < -1 ? 0 : Math.abs(x))),
    };
  });

/**
 * Each row's loss, whether its first largest logit is at the id, and the gradient of Σ weight·loss, in
 * float64.
 */
function reference({ classes, logits, ids }: Given, weights: ArrayLike<number>) {
  const [losses, right]: [number[], number[]] = [[], []];
  const gradient = new Float64Array(logits.length);
  ids.forEach((id, row) => {
    const x = Array.from(logits.subarray(row * classes, (row + 1) * classes));
    const most = Math.max(...x);
    const sum = x.reduce((total, value) => total + Math.exp(value - most), 0);
    losses.push(Math.log(sum) - (x[id]! - most));
    right.push(+(x.indexOf(most) === id));
    x.forEach((value, k) => {
      gradient[row * classes + k] = weights[row]! * (Math.exp(value - most) / sum - +(k === id));
    });
  });
  return { losses, right, gradient };
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);

/** The value of Σ loss and its gradient with respect to the logits. */
function both(given: Given, lossOf: (x: Tensor) => Tensor) {
  const logits = tf.tensor(given.logits, [...given.shape, given.classes]);
  const { value, grad } = tf.valueAndGrad((x: Tensor) => tf.sum(lossOf(x)) as Scalar)(logits);
  expect(grad.shape).toEqual(logits.shape);
  return { value: value.dataSync()[0]!, gradient: grad.dataSync() };
}

describe('crossEntropy', () => {
  it('of any rank equals float64, with its gradient, in every reduction, for ids as a tensor or as numbers', () => {
    fc.assert(
      fc.property(givens, (given) =>
        withoutLeak(() => {
          const ones = given.weights.map(() => 1);
          const { losses, gradient } = reference(given, ones);
          const count = given.ids.length;
          const total = dot(losses, ones);
          for (const ids of [tf.tensor(given.ids, given.shape, 'int32'), given.ids, Array.from(given.ids)]) {
            const mean = both(given, (x) => crossEntropy(x, ids));
            expectClose([mean.value], [total / count], 1e-5);
            expectClose(
              mean.gradient,
              gradient.map((slope) => slope / count),
              1e-5,
            );
            const sum = both(given, (x) => crossEntropy(x, ids, { reduction: 'sum' }));
            expectClose([sum.value], [total], 1e-5);
            expectClose(sum.gradient, gradient, 1e-5);
          }
          const each = crossEntropy(tf.tensor(given.logits, [...given.shape, given.classes]), given.ids, {
            reduction: 'none',
          });
          expect(each.shape).toEqual(given.shape);
          expectClose(each.dataSync(), losses, 1e-5);
        }),
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  it('applies weights of ids and classes, and leaves out an ignored id', () => {
    fc.assert(
      fc.property(givens, fc.boolean(), fc.boolean(), fc.boolean(), (given, own, ofClass, ignores) =>
        withoutLeak(() => {
          const classWeights = Array.from({ length: given.classes }, (_, k) => 0.5 + k);
          const ignored = ignores ? given.ids[0]! : undefined;
          const weights = Array.from(given.ids, (id, row) => {
            if (id === ignored) return 0;
            return (own ? given.weights[row]! : 1) * (ofClass ? classWeights[id]! : 1);
          });
          const { losses, gradient } = reference(given, weights);
          // The id of padding need not be a class.
          const ids = given.ids.map((id) => (id === ignored ? -100 : id));
          const options = {
            ...(own && { weights: tf.tensor(given.weights, given.shape) }),
            ...(ofClass && { classWeights }),
            ...(ignores && { ignoreId: -100 }),
          };
          const all = weights.reduce((sum, weight) => sum + weight, 0);
          const mean = both(given, (x) => crossEntropy(x, ids, options));
          expectClose([mean.value], [dot(losses, weights) / (all + 1e-12)], 1e-5);
          const each = both(given, (x) => crossEntropy(x, ids, { ...options, reduction: 'none' }));
          expectClose([each.value], [dot(losses, weights)], 1e-5);
          expectClose(each.gradient, gradient, 1e-5);
        }),
      ),
      { numRuns: 60, seed: 2 },
    );
  });

  it('has the gradient of finite differences', () => {
    withoutLeak(() => {
      const logits = tf.randomNormal([2, 2, 2, 3], 0, 1, 'float32', 4);
      const ids = Int32Array.of(0, 1, 2, 9, 1, 1, 0, 2);
      const weights = tf.tensor2d([[1, 0.5]]);
      expectGradient(
        (x) => crossEntropy(x, ids, { ignoreId: 9, weights: tf.expandDims(weights, 2) }),
        logits,
      );
    });
  });

  it('takes lengths of [B, T, …], past which any values are allowed', () => {
    withoutLeak(() => {
      const given = tf.randomNormal([2, 3, 2, 4], 0, 2, 'float32', 6).dataSync();
      const ids = Array.from({ length: 12 }, (_, i) => (i * 3) % 4);
      const [lengths, valid] = [
        [3, 1],
        (place: number) => Math.floor(place / 2) % 3 < [3, 1][+(place >= 6)]!,
      ];
      const weights = tf.tensor(
        ids.map((_, place) => +valid(place)),
        [2, 3, 2],
      );
      const poisoned = given.map((x, i) => (valid(Math.floor(i / 4)) ? x : Number.NaN));
      const padded = ids.map((id, place) => (valid(place) ? id : -1));
      const at = (values: ArrayLike<number>) => tf.tensor(Float32Array.from(values), [2, 3, 2, 4]);
      const expected = crossEntropy(at(given), ids, { weights }).dataSync();
      expect(crossEntropy(at(poisoned), padded, { lengths }).dataSync()).toEqual(expected);
      const slope = tf
        .grad((x: Tensor) => crossEntropy(x, padded, { lengths }))(at(poisoned))
        .dataSync();
      expect(slope.every(Number.isFinite)).toBe(true);
      expect(accuracy(at(poisoned), padded, { lengths }).dataSync()).toEqual(
        accuracy(at(given), ids, { weights }).dataSync(),
      );
    });
  });

  it('equals sequenceLoss for [B, T, V], with a type that depends on the reduction and the ids', () => {
    withoutLeak(() => {
      const logits: Tensor3D = tf.randomNormal([2, 3, 4], 0, 2, 'float32', 2);
      const ids = tf.tensor2d([0, 1, 2, 3, 0, 1], [2, 3], 'int32');
      for (const lengths of [undefined, [3, 1]]) {
        const mean = crossEntropy(logits, ids, { lengths });
        expectTypeOf(mean).toEqualTypeOf<Scalar>();
        expect(mean.dataSync()).toEqual(sequenceLoss(logits, ids, { lengths }).dataSync());
      }
      const labels = tf.tensor1d([0, 1], 'int32');
      const each = crossEntropy(tf.zeros([2, 4]), labels, { reduction: 'none' });
      expectTypeOf(each).toEqualTypeOf<Tensor1D>();
      expectTypeOf(crossEntropy(tf.zeros([1, 4]), [0], { reduction: 'none' })).toEqualTypeOf<Tensor>();
      expectTypeOf(crossEntropy(tf.zeros([4]), 3)).toEqualTypeOf<Scalar>();
      const anyRank: Tensor = logits;
      expectTypeOf(crossEntropy(anyRank, Int32Array.of(0, 1, 2, 3, 0, 1))).toEqualTypeOf<Scalar>();
    });
  });

  it('uses the fused kernel where there is one', async () => {
    const ids = tf.zeros([2, 3], 'int32');
    const { kernelNames } = await tf.profile(() => crossEntropy(tf.zeros([2, 3, 4]), ids));
    expect(kernelNames.includes('SparseSoftmaxCrossEntropy')).toBe(hasFusedKernel('softmaxCrossEntropy'));
  });

  it('is 0 if all weights are 0', () => {
    withoutLeak(() => {
      for (const loss of [crossEntropy, accuracy]) {
        expect(loss(tf.zeros([0, 4]), []).dataSync()).toEqual(Float32Array.of(0));
        expect(loss(tf.zeros([2, 4]), [7, 7], { ignoreId: 7 }).dataSync()).toEqual(Float32Array.of(0));
      }
    });
  });
});

describe('accuracy', () => {
  it('of any rank is the weighted share of first largest logits', () => {
    fc.assert(
      fc.property(givens, fc.boolean(), (given, own) =>
        withoutLeak(() => {
          // Rounded, so that there are ties.
          const tied = { ...given, logits: given.logits.map(Math.round) };
          const weights = own ? given.weights : given.weights.map(() => 1);
          const { right } = reference(tied, weights);
          const logits = tf.tensor(tied.logits, [...given.shape, given.classes]);
          const share = accuracy(logits, given.ids, own ? { weights: tf.tensor(weights, given.shape) } : {});
          expectTypeOf(share).toEqualTypeOf<Scalar>();
          expect(share.shape).toEqual([]);
          expectClose(share.dataSync(), [
            dot(right, weights) /
              (dot(
                weights,
                weights.map(() => 1),
              ) +
                1e-12),
          ]);
        }),
      ),
      { numRuns: 60, seed: 3 },
    );
  });

  it('counts the first of equally large logits, and no row with a NaN', () => {
    withoutLeak(() => {
      const { NaN: no, NEGATIVE_INFINITY: never, POSITIVE_INFINITY: sure } = Number;
      const rows: [number[], number, number][] = [
        [[1, 2, 2], 1, 1],
        [[1, 2, 2], 2, 0],
        [[no, 2, 1], 1, 0],
        [[no, no, no], 0, 0],
        [[never, never, never], 0, 1],
        [[1, sure, sure], 1, 1],
        [[-0, 0, -1], 0, 1],
      ];
      for (const [logits, id, right] of rows) {
        expect(accuracy(tf.tensor1d(logits), id).dataSync()[0], `${logits} ${id}`).toBe(right);
      }
    });
  });
});

describe.each(Object.entries({ crossEntropy, accuracy }))('%s refuses in words', (name, score) => {
  const wrong = (shape: number[], ids: unknown, options: unknown = {}) =>
    refusal(() => score(tf.zeros(shape), ids as never, options as never));

  it.each<[number[], unknown, string]>([
    [[4], 4, 'expected ids in 0 … 3, the classes of the logits, got 4: make the encoder'],
    [[4], Number.NaN, 'got NaN'],
    [[2, 4], [0, -1], 'got -1 at row 1'],
    [[2, 2, 4], [0, 1, 2, 1.5], 'got 1.5 at row 1, step 1'],
    [[2, 1, 2, 4], [0, 1, 2, 2 ** 32], 'got 4294967296 at [1, 0, 1]'],
    [[1, 1, 2, 4], [0, '1'], 'got "1" at [0, 0, 1]'],
    [[2, 4], [[0], [1]], 'got nested lists, 2 of them: pass ids.flat()'],
    [
      [2, 4],
      [0],
      "expected ids [2], 2 numbers row by row, the logits' shape without the last axis, got 1 numbers",
    ],
    [[1, 4], 0, 'expected ids [1], 1 numbers row by row'],
    [[4], 'a', 'expected one id'],
    [[4], undefined, 'expected one id, the logits'],
    [[4], null, 'got null'],
    [[2, 0], [0, 0], 'expected logits […, V] with at least one class, got [2, 0]'],
    [[], 0, 'expected logits […, V] with at least one class, got []'],
  ])('logits %j with ids %j', (shape, ids, words) => {
    const message = wrong(shape, ids);
    expect(message.startsWith(`[unrolled/losses] ${name}: expected `)).toBe(true);
    expect(message).toContain(words);
  });

  it('tensors of another shape or type, and big integers', () => {
    expect(wrong([2, 4], BigInt64Array.of(0n, 1n))).toContain('got 0n at row 0');
    const ids = (shape: number[], dtype: 'int32' | 'float32' = 'int32') => tf.zeros(shape, dtype);
    expect(refusal(() => score(tf.zeros([2, 4]), ids([2, 4])))).toContain('pass tf.argMax(vectors, -1)');
    expect(refusal(() => score(tf.zeros([2, 4]), ids([3])))).toContain('expected ids [2]');
    expect(refusal(() => score(tf.zeros([2, 4]), ids([2], 'float32')))).toContain(
      'of dtype int32, got float32',
    );
    expect(refusal(() => score(tf.zeros([2, 4], 'int32'), [0, 1]))).toContain(
      `[unrolled/losses] ${name}: expected logits of dtype float32, got int32`,
    );
    expect(refusal(() => score([[0, 1]] as never, [0]))).toContain('expected logits to be a tensor');
  });

  it.each<[number[], object, string]>([
    [[2, 4], { lengths: [1, 1] }, 'expected lengths only with logits [B, T, V], got logits [2, 4]'],
    [[1, 2, 4], { lengths: [3] }, 'got 3 at row 0'],
    [[2, 4], { ignoreId: 0.5 }, 'expected ignoreId to be an id, an integer, got 0.5'],
    [[2, 4], { ignoreid: 1 }, "did you mean 'ignoreId'?"],
    [[2, 4], { weights: '11' }, 'expected weights to be a tensor or array or typed array, got "11"'],
  ])('logits %j with %o', (shape, options, words) => {
    expect(wrong(shape, [0, 1], options)).toContain(words);
  });

  it('weights that do not fit, and beside lengths', () => {
    const options = () => ({ weights: tf.ones([2, 3]), lengths: [1, 2] });
    expect(refusal(() => score(tf.zeros([2, 3, 4]), [0, 0, 0, 0, 0, 0], options()))).toContain('got both');
    expect(refusal(() => score(tf.zeros([2, 4]), [0, 0], { weights: tf.ones([3]) }))).toContain(
      'expected weights that broadcast to [2], got [3]',
    );
  });
});

describe('crossEntropy alone', () => {
  it('refuses another reduction, weights of other classes, and a second-order gradient', () => {
    const wrong = (options: object) => refusal(() => crossEntropy(tf.zeros([1, 2]), [0], options));
    expect(wrong({ reduction: 'avg' })).toContain(`expected reduction 'mean', 'sum' or 'none', got "avg"`);
    expect(wrong({ classWeights: [1] })).toContain(
      'expected 2 classWeights, each a finite number of at least 0, got 1',
    );
    expect(wrong({ classWeights: [1, -1] })).toContain('got -1 at 1');
    const norm = (x: Tensor) => tf.sum(tf.square(tf.grad((y: Tensor) => crossEntropy(y, [0]))(x)));
    expect(refusal(() => tf.grad(norm)(tf.zeros([1, 2])))).toContain('expected a first-order gradient');
  });

  // With the CPU's kernels, TensorFlow's backend cannot imitate WebGL.
  it.skipIf(tf.getBackend() === 'tensorflow')(
    'if ids cannot be read cheaply, leaves out ignored ids and makes the loss of invalid ids NaN',
    () => {
      withoutLeak(() => {
        const engine = tf.engine();
        const before = engine.backendName;
        const ids = (...values: number[]) => tf.tensor1d(values, 'int32');
        const logits = tf.zeros([3, 2]);
        const losses = (given: Tensor) => crossEntropy(logits, given, { ignoreId: -100, reduction: 'none' });
        tf.copyRegisteredKernels('cpu', 'webgl');
        engine.backendName = 'webgl';
        try {
          const value = losses(ids(0, -100, 1));
          const wrong = losses(ids(0, -100, 2));
          engine.backendName = before;
          expectClose(value.dataSync(), [Math.LN2, 0, Math.LN2]);
          expect(Number.isNaN(wrong.dataSync()[2])).toBe(true);
        } finally {
          engine.backendName = before;
        }
      });
    },
  );
});
