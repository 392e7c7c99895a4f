/**
 * The CTC loss, compared with PyTorch's and with the sum over all paths, and the kernel compared with
 * float64, on every backend.
 */
import { readFileSync } from 'node:fs';
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel } from '@unrolled/kernels';
import { describe, expect, it } from 'vitest';
import { type CtcLossOptions, ctcLoss, type Reduction } from '../src/index';
import { leastSteps, plainCtc } from '../src/plain-ctc';
import { expectClose, expectGradient, withoutLeak } from './support';

interface Numbers {
  readonly shape: [number, number, number];
  readonly values: number[];
}

interface Case {
  readonly case: string;
  readonly logits: Numbers;
  readonly targets: number[][];
  readonly inputLengths: number[];
  readonly blank: number;
  readonly infinite: number[];
  readonly results: {
    readonly reduction: Reduction;
    readonly loss: Numbers;
    readonly logitsGradient: Numbers;
  }[];
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../../fixtures/losses/ctc.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

/** Logits with NaN past the lengths, which PyTorch did not read. */
function padded({ values, shape }: Numbers, lengths: readonly number[]): Tensor3D {
  const [, steps, classes] = shape;
  const dirty = values.map((value, place) => {
    const at = Math.floor(place / classes);
    return at % steps < lengths[Math.floor(at / steps)]! ? value : Number.NaN;
  });
  return tf.tensor(dirty, shape);
}

const gradientOf = (logits: Tensor3D, targets: number[][], options: CtcLossOptions<Reduction>) =>
  tf.grad((x: Tensor) => tf.sum(ctcLoss(x as Tensor3D, targets, options)))(logits);

describe.each(cases)('$case', ({ logits, targets, inputLengths, blank, infinite, results }) => {
  it.each(results)('$reduction', ({ reduction, loss, logitsGradient }) => {
    withoutLeak(() => {
      const x = padded(logits, inputLengths);
      const options = { reduction, inputLengths, blank, zeroInfinity: true };
      expectClose(ctcLoss(x, targets, options).dataSync(), loss.values, 1e-5, 1e-2);
      expectClose(gradientOf(x, targets, options).dataSync(), logitsGradient.values, 1e-5);
    });
  });

  it('is infinite if a target does not fit, with a gradient of NaN', () => {
    withoutLeak(() => {
      const x = padded(logits, inputLengths);
      const options = { reduction: 'none', inputLengths, blank } as const;
      const losses = Array.from(ctcLoss(x, targets, options).dataSync());
      expect(losses.flatMap((loss, row) => (loss === Infinity ? [row] : []))).toEqual(infinite);
      const [batch, steps, classes] = logits.shape;
      const gradient = gradientOf(x, targets, options).dataSync();
      for (let row = 0; row < batch; row++) {
        const of = gradient.subarray(row * steps * classes, (row + 1) * steps * classes);
        const valid = inputLengths[row]! * classes;
        expect(of.subarray(0, valid).every((value) => Number.isNaN(value) === infinite.includes(row))).toBe(
          true,
        );
        expect(of.subarray(valid).every((value) => value === 0)).toBe(true);
      }
    });
  });
});

/** Σ over all paths that give the labels, in float64. */
function overAllPaths(logits: Float32Array, steps: number, classes: number, labels: number[], blank: number) {
  const sums = Array.from({ length: steps }, (_, t) =>
    logits.subarray(t * classes, (t + 1) * classes).reduce((sum, x) => sum + Math.exp(x), 0),
  );
  let probability = 0;
  for (let number = 0; number < classes ** steps; number++) {
    const path = Array.from({ length: steps }, (_, t) => Math.floor(number / classes ** t) % classes);
    const read = path.filter((label, t) => label !== blank && label !== path[t - 1]);
    if (read.join() !== labels.join()) continue;
    probability += path.reduce(
      (product, label, t) => (product * Math.exp(logits[t * classes + label]!)) / sums[t]!,
      1,
    );
  }
  return -Math.log(probability);
}

/** Random integers from a seed. */
function drawsOf(seed: number) {
  let state = seed;
  return (least: number, most: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return least + Math.floor((state / 2 ** 32) * (most - least + 1));
  };
}

it('is the sum over all paths', () => {
  withoutLeak(() => {
    const draw = drawsOf(1);
    for (let n = 0; n < 40; n++) {
      const [steps, classes] = [draw(1, 5), draw(2, 4)];
      const blank = draw(0, classes - 1);
      const labels = Array.from({ length: draw(0, 3) }, () => (blank + draw(1, classes - 1)) % classes);
      const logits = tf.randomNormal([1, steps, classes], 0, 2, 'float32', n) as Tensor3D;
      const loss = ctcLoss(logits, [labels], { blank, reduction: 'none' }).dataSync()[0]!;
      const values = logits.dataSync<'float32'>();
      const expected = overAllPaths(values, steps, classes, labels, blank);
      if (expected === Infinity) expect(loss).toBe(Infinity);
      else expect(loss).toBeCloseTo(expected, 5);
    }
  });
});

/** Rows of a random shape, with various scales, and targets that just fit or just do not fit. */
function randomProblem(seed: number) {
  const draw = drawsOf(seed);
  const [batch, classes] = [draw(1, 4), draw(2, 40)];
  const blank = draw(0, classes - 1);
  const time = seed % 10 === 0 ? 1 : draw(1, seed % 8 === 0 ? 150 : 40);
  const inputLengths = Array.from({ length: batch }, () => draw(0, time));
  const kinds = seed % 3 === 0 ? Math.min(2, classes - 1) : classes - 1;
  const targets = inputLengths.map((steps) => {
    const labels = Array.from({ length: draw(0, steps) }, () => (blank + draw(1, kinds)) % classes);
    while (leastSteps(labels) > steps + (seed % 5 === 0 ? 1 : 0)) labels.pop();
    return labels;
  });
  const scale = [1, 3, 0.1, 10, 1e4, 1e6][draw(0, 5)]!;
  const logits = tf.randomNormal([batch, time, classes], 0, scale, 'float32', seed) as Tensor3D;
  return { logits, targets, inputLengths, blank };
}

it('the kernel has seven digits of float64 over 200 random shapes', () => {
  expect(hasFusedKernel('ctcLosses')).toBe(tf.getBackend() === 'unrolled');
  withoutLeak(() => {
    for (let seed = 1; seed <= 200; seed++) {
      const { logits, targets, inputLengths, blank } = randomProblem(seed);
      const [batch, time, classes] = logits.shape;
      const options = { inputLengths, blank, reduction: 'none', zeroInfinity: true } as const;
      const losses = ctcLoss(logits, targets, options).dataSync();
      const gradient = gradientOf(logits, targets, options).dataSync();
      const values = logits.dataSync<'float32'>();
      for (let row = 0; row < batch; row++) {
        const steps = inputLengths[row]!;
        const start = row * time * classes;
        const expected = new Float32Array(steps * classes);
        const own = { logits: values.subarray(start, start + steps * classes), steps, classes, blank };
        const loss = plainCtc({ ...own, labels: targets[row]! }, expected);
        expectClose([losses[row]!], [loss === Infinity ? 0 : loss], 1e-5, 1e-2);
        if (loss === Infinity) expected.fill(0);
        expectClose(gradient.subarray(start, start + steps * classes), expected, 2e-6, 1e-3);
      }
      tf.dispose(logits);
    }
  });
});

it('has the gradient of finite differences', () => {
  withoutLeak(() => {
    const logits = tf.randomNormal([2, 6, 4], 0, 1, 'float32', 5);
    const targets = [[1, 1, 3], [2]];
    expectGradient((x) => ctcLoss(x as Tensor3D, targets, { inputLengths: [6, 4] }), logits);
  });
});

it('multiplies by the incoming gradient, row by row', () => {
  withoutLeak(() => {
    const logits = tf.randomNormal([2, 5, 3], 0, 1, 'float32', 6) as Tensor3D;
    const weighed = (x: Tensor) =>
      tf.sum(
        tf.mul(ctcLoss(x as Tensor3D, [[1, 2], [1]], { reduction: 'none' }), tf.tensor1d([3, -0.5])),
      ) as tf.Scalar;
    const one = (row: number) =>
      gradientOf(tf.slice(logits, [row, 0, 0], [1, 5, 3]), [[[1, 2], [1]][row]!], { reduction: 'sum' });
    const expected = tf.concat([tf.mul(one(0), 3), tf.mul(one(1), -0.5)]);
    expectClose(tf.grad(weighed)(logits).dataSync(), expected.dataSync(), 1e-6);
  });
});

it('takes its targets in each form', () => {
  withoutLeak(() => {
    const logits = tf.randomNormal([3, 6, 4], 0, 1, 'float32', 7) as Tensor3D;
    const rows = [[1, 2], [], [3, 1, 1]];
    const padding = [1, 2, -1, 0, 9, -1, 3, 1, 1];
    const expected = ctcLoss(logits, rows).dataSync()[0];
    const targetLengths = [2, 0, 3];
    const lossOf = (targets: Parameters<typeof ctcLoss>[1]) =>
      ctcLoss(logits, targets, { targetLengths }).dataSync()[0];
    expect(lossOf(rows)).toBe(expected);
    expect(lossOf(tf.tensor2d(padding, [3, 3], 'int32'))).toBe(expected);
    expect(lossOf(padding)).toBe(expected);
    expect(lossOf(Int32Array.of(1, 2, 3, 1, 1))).toBe(expected);
    expect(lossOf(tf.tensor1d([1, 2, 3, 1, 1], 'int32'))).toBe(expected);
    expect(lossOf([[1, 2, 0], [5], [3, 1, 1]])).toBe(expected);
  });
});

it('keeps NaN logits in their own row, and is infinite if a needed logit is −∞', () => {
  withoutLeak(() => {
    const logits = tf.tensor3d([0, 1, NaN, 1, 1, 2, 3, 4, 0, -Infinity, 0, -Infinity], [3, 2, 2]);
    const options = { reduction: 'none' } as const;
    const losses = ctcLoss(logits, [[1], [1], [1]], options).dataSync();
    expect(losses[0]).toBeNaN();
    expect(losses[1]).toBeGreaterThan(0);
    expect(losses[2]).toBe(Infinity);
    const gradient = Array.from(gradientOf(logits, [[1], [1], [1]], options).dataSync());
    expect(gradient.map(Number.isNaN)).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1].map(Boolean));
  });
});

it('of no rows, no steps and no labels is 0', () => {
  withoutLeak(() => {
    expect(ctcLoss(tf.zeros([0, 4, 3]), []).dataSync()[0]).toBe(0);
    expect(Array.from(ctcLoss(tf.zeros([2, 0, 3]), [[], [1]], { reduction: 'none' }).dataSync())).toEqual([
      0,
      Infinity,
    ]);
  });
});

describe('refuses', () => {
  const logits = () => tf.zeros([2, 3, 4]) as Tensor3D;
  it.each<[string, () => unknown, string]>([
    [
      'a label that the alphabet lacks',
      () => ctcLoss(logits(), [[1], [4]]),
      'got 4 at row 1, label 0: add the label to the alphabet',
    ],
    ['the blank', () => ctcLoss(logits(), [[1, 0], [2]]), 'got the blank at row 0, label 1: remove blanks'],
    ['padding without lengths', () => ctcLoss(logits(), [1, -1, 2, 3]), 'got -1 at row 0, label 1'],
    [
      'a target too few',
      () => ctcLoss(logits(), [[1]]),
      'expected the labels of 2 rows, as many as the logits have, got 1 lists',
    ],
    ['numbers of no two rows', () => ctcLoss(logits(), [1, 2, 3]), 'got 3 numbers'],
    ['another batch', () => ctcLoss(logits(), tf.ones([3, 1], 'int32') as never), 'got [3, 1]'],
    ['targets of floats', () => ctcLoss(logits(), tf.ones([2, 1]) as never), 'expected targets int32'],
    [
      'a blank that is no class',
      () => ctcLoss(logits(), [[1], [1]], { blank: 4 }),
      'expected blank in 0 … 3',
    ],
    [
      'lengths that are none',
      () => ctcLoss(logits(), [[1], [1]], { targetLengths: [null, null] as never }),
      'got null at row 0',
    ],
    [
      'lengths twice',
      () => ctcLoss(logits(), [[1], [1]], { inputLengths: [3, 3], lengths: [3, 3] }),
      'got both',
    ],
    [
      'a length past the steps',
      () => ctcLoss(logits(), [[1], [1]], { inputLengths: [3, 4] }),
      'got 4 at row 1',
    ],
    [
      'a length past the labels',
      () => ctcLoss(logits(), [[1], [1]], { targetLengths: [1, 2] }),
      'got 2 at row 1',
    ],
    [
      'lengths of another batch',
      () => ctcLoss(logits(), [[1], [1]], { targetLengths: [1] }),
      'expected 2 targetLengths',
    ],
    [
      'logits of one row',
      () => ctcLoss(tf.zeros([3, 4]) as never, [[1]]),
      'expected logits float32 [B, T, C]',
    ],
    [
      'a misspelt option',
      () => ctcLoss(logits(), [[1], [1]], { blankIndex: 1 } as never),
      'got "blankIndex"',
    ],
    [
      'its gradient’s gradient',
      () =>
        tf.grad((x: Tensor) => tf.sum(tf.grad((y: Tensor) => ctcLoss(y as Tensor3D, [[1], [1]]))(x)))(
          logits(),
        ),
      'second-order',
    ],
  ])('%s', (_, body, message) => {
    withoutLeak(() => {
      expect(body).toThrow(message);
    });
  });
});
