/**
 * The text of every error, and valid values at the limits of each check. Mutation testing
 * (`npm run mutation -- losses`) found most of these cases.
 */
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { checkedIds, idsFor } from '../src/class-ids';
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
import { checkLengths } from '../src/refuse';
import { expectClose, withoutLeak } from './support';

const ids = (rows: number[][]): Tensor2D => tf.tensor2d(rows, undefined, 'int32');

/** The message that `body` throws. */
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

describe('regression losses', () => {
  const losses = { sumOfSquares, meanSquaredError, meanAbsoluteError, rootMeanSquaredError };

  it.each(Object.entries(losses))('%s names itself, both shapes and the remedy', (name, loss) => {
    expect(refusal(() => loss(tf.zeros([3, 2]), tf.zeros([2, 3])))).toBe(
      `[unrolled/losses] ${name}: expected targets of the predictions' shape [3, 2], got [2, 3]: reshape one of them`,
    );
    expect(refusal(() => loss(tf.zeros([3, 2]), tf.zeros([3, 2]), { weights: tf.zeros([2, 3]) }))).toBe(
      `[unrolled/losses] ${name}: expected weights that broadcast to [3, 2], got [2, 3]: reshape them, so that each axis has its size or 1`,
    );
  });

  it('takes weights that leave axes out in front, and refuses an axis too many or one that differs', () => {
    withoutLeak(() => {
      const [predictions, targets] = [tf.tensor2d([[1, 2, 3]]), tf.zeros([1, 3])] as [Tensor, Tensor];
      const weighted = sumOfSquares(predictions, targets, { weights: tf.tensor1d([1, 0, 2]) });
      expectClose(weighted.dataSync(), [1 + 2 * 9]);
    });
    expect(refusal(() => sumOfSquares(tf.zeros([3]), tf.zeros([3]), { weights: tf.ones([1, 3]) }))).toMatch(
      'expected weights that broadcast to [3], got [1, 3]',
    );
    expect(
      refusal(() => sumOfSquares(tf.zeros([3, 3]), tf.zeros([3, 3]), { weights: tf.ones([2, 3]) })),
    ).toMatch('expected weights that broadcast to [3, 3], got [2, 3]');
  });
});

describe('quantileLoss', () => {
  it.each([
    [[0], '0'],
    [[1], '1'],
    [[0.5, -0.1], '-0.1'],
    [[Number.NaN], 'NaN'],
    [[], 'none'],
  ])('refuses the quantiles %j', (quantiles, got) => {
    expect(refusal(() => quantileLoss(tf.zeros([2, quantiles.length]), tf.zeros([2]), quantiles))).toBe(
      `[unrolled/losses] quantileLoss: expected quantiles in (0, 1), at least one, got ${got}: pass for example [0.1, 0.5, 0.9]`,
    );
  });

  it('names the predictions that it expected, and those it got', () => {
    expect(refusal(() => quantileLoss(tf.zeros([2, 3, 2]), tf.zeros([2, 3]), [0.5]))).toMatch(
      /^\[unrolled\/losses\] quantileLoss: expected predictions \[2, 3, 1\].*, got \[2, 3, 2\]/,
    );
    const weights = tf.zeros([3]);
    expect(refusal(() => quantileLoss(tf.zeros([2, 1]), tf.zeros([2]), [0.5], { weights }))).toMatch(
      '[unrolled/losses] quantileLoss: expected weights that broadcast to [2, 1], got [3, 1]',
    );
    weights.dispose();
  });

  it('weighs targets, not quantiles, whatever their rank', () => {
    withoutLeak(() => {
      const targets = tf.tensor2d([
        [1, 2],
        [3, 4],
      ]);
      const weights = tf.tensor2d([
        [1, 0],
        [0, 3],
      ]);
      const loss = quantileLoss(tf.zeros([2, 2, 2]), targets, [0.25, 0.5], { weights });
      // Errors times q for each target, divided by the sum of the weights for both quantiles.
      expectClose(loss.dataSync(), [(0.75 * (1 * 1 + 3 * 4)) / (2 * 4)]);
    });
  });
});

describe('sequence losses', () => {
  const logits = (): Tensor3D => tf.zeros([2, 3, 4]);
  const targets = (): Tensor2D => tf.zeros([2, 3], 'int32');

  it.each([
    ['sequenceLoss', sequenceLoss],
    ['sequenceLossPerStep', sequenceLossPerStep],
    ['sequenceLogProbability', sequenceLogProbability],
  ] as const)('%s names itself', (name, loss) => {
    expect(refusal(() => loss(logits(), targets(), { lengths: [1] }))).toBe(
      `[unrolled/losses] ${name}: expected 2 lengths, each an integer in 0 … 3, got a list of 1: pass the number of valid steps of each row`,
    );
  });

  it('says which logits it expects', () => {
    expect(refusal(() => sequenceLoss(tf.zeros([6]) as never, targets()))).toBe(
      '[unrolled/losses] sequenceLoss: expected logits [B, T, V], or [B, V] with one target per sequence, got [6]: use crossEntropy for logits of any rank',
    );
    expect(refusal(() => sequenceLossPerStep(tf.zeros([6, 4]) as never, targets()))).toBe(
      '[unrolled/losses] sequenceLossPerStep: expected logits [B, T, V], got [6, 4]: use crossEntropy for logits of any rank',
    );
  });

  it.each([
    ['three axes', [2, 3, 1]],
    ['one axis', [2]],
    ['another batch', [3, 3]],
    ['other steps', [2, 2]],
  ])('refuses targets of %s', (_name, shape) => {
    expect(
      refusal(() => sequenceLoss(logits(), tf.zeros(shape as [number, number], 'int32') as Tensor2D)),
    ).toBe(
      `[unrolled/losses] sequenceLoss: expected targets [2, 3], the logits' shape without the last axis, got [${shape.join(', ')}]: pass one class for each row of logits`,
    );
  });

  it('refuses targets that are no ids', () => {
    expect(refusal(() => sequenceLoss(logits(), tf.zeros([2, 3]) as Tensor2D))).toBe(
      '[unrolled/losses] sequenceLoss: expected targets of dtype int32, got float32: pass class ids as an array, or as tf.tensor(ids, shape, "int32"), not one-hot vectors',
    );
  });

  it('refuses weights of another shape, and weights beside lengths', () => {
    const weights = () => tf.ones([2, 1]) as Tensor2D;
    expect(refusal(() => sequenceLoss(logits(), targets(), { weights: weights() }))).toBe(
      '[unrolled/losses] sequenceLoss: expected weights [2, 3], got [2, 1]: pass one weight for each target',
    );
    expect(
      refusal(() => sequenceLoss(logits(), targets(), { weights: tf.ones([2, 3]), lengths: [1, 2] })),
    ).toBe(
      '[unrolled/losses] sequenceLoss: expected either weights or lengths, got both: set the weights past the lengths to 0',
    );
  });

  it.each([
    [[4, 1], '4 at row 0'],
    [[1, 4], '4 at row 1'],
    [[-1, 1], '-1 at row 0'],
    [[1, 1.5], '1.5 at row 1'],
    [[Number.NaN, 1], 'NaN at row 0'],
    [[1, 2, 3], 'a list of 3'],
  ])('refuses the lengths %j', (lengths, got) => {
    expect(refusal(() => checkLengths('test', lengths, 2, 3))).toBe(
      `[unrolled/losses] test: expected 2 lengths, each an integer in 0 … 3, got ${got}: pass the number of valid steps of each row`,
    );
  });

  it('takes a length of 0 and of all steps', () => {
    expect(checkLengths('test', [0, 3], 2, 3)).toEqual([0, 3]);
  });

  /** The checked ids for logits [B, T, 4] and these lengths. */
  const inRange = (given: Tensor2D, lengths?: readonly number[]) => {
    const logits = tf.zeros([...given.shape, 4]);
    const steps = given.shape[1];
    const within = (place: number) => place % steps < lengths![Math.floor(place / steps)]!;
    return checkedIds('test', 'targets', idsFor('test', 'targets', logits, given), 4, lengths && within);
  };

  it('looks at the ids within each row’s length, and puts 0 for others past it', () => {
    withoutLeak(() => {
      const padded = ids([
        [1, 4, -1],
        [0, 3, 5],
      ]);
      expect([...inRange(padded, [1, 2]).dataSync()]).toEqual([1, 0, 0, 0, 3, 0]);
      const fine = ids([
        [0, 3],
        [1, 2],
      ]);
      expect(inRange(fine, [2, 1])).toBe(fine);
      expect(inRange(fine)).toBe(fine);
    });
    expect(
      refusal(() =>
        inRange(
          ids([
            [1, 4, 4],
            [0, 5, 0],
          ]),
          [1, 2],
        ),
      ),
    ).toBe(
      "[unrolled/losses] test: expected targets in 0 … 3, the classes of the logits, got 5 at row 1, step 1: make the encoder's and the model's vocabulary sizes equal, and pass the lengths of padded rows",
    );
  });

  it.each(['webgl', 'webgpu'])('does not wait for %s to look at ids', (device) => {
    withoutLeak(() => {
      const engine = tf.engine();
      const before = engine.backendName;
      const outOfRange = ids([[9, 9]]);
      engine.backendName = device;
      try {
        expect(inRange(outOfRange)).toBe(outOfRange);
      } finally {
        engine.backendName = before;
      }
    });
  });
});
