import * as tf from '@tensorflow/tfjs-core';
import { disposeTree } from '@unrolled/cells';
import { describe, expect, it } from 'vitest';
import { tokenBatch } from '../src/index';
import { withoutLeak } from './support';

const ids = (...values: number[]) => Int32Array.from(values);

describe('tokenBatch', () => {
  it('gives ids to read and to predict as int32 [B, T]', () =>
    withoutLeak(() => {
      const batch = { inputs: ids(0, 1, 2, 3, 4, 5), targets: ids(1, 2, 3, 4, 5, 6), batchSize: 2, steps: 3 };
      const { inputs, targets } = tokenBatch(batch);
      for (const tensor of [inputs, targets]) expect([tensor.dtype, tensor.shape]).toEqual(['int32', [2, 3]]);
      expect(inputs.arraySync()).toEqual([
        [0, 1, 2],
        [3, 4, 5],
      ]);
      expect(Array.from(targets.dataSync())).toEqual([1, 2, 3, 4, 5, 6]);
      disposeTree([inputs, targets]);
    }));

  it.each([
    [{ inputs: ids(1, 2), targets: ids(1, 2, 3) }, 'expected targets of 1 rows × 2 steps, got 3 ids'],
    [{ inputs: ids(1), targets: ids(1, 2) }, 'expected inputs of 1 rows × 2 steps, got 1 ids'],
    [{ targets: ids(1, 2) }, 'expected inputs of 1 rows × 2 steps, got none'],
  ])('refuses ids that are not B·T: %o', (given, message) => {
    const batch = { batchSize: 1, steps: 2, ...given } as Parameters<typeof tokenBatch>[0];
    expect(() => tf.tidy(() => void tokenBatch(batch))).toThrow(message);
  });
});
