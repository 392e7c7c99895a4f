/** Label smoothing, compared with PyTorch's `label_smoothing`, on every backend. */
import { readFileSync } from 'node:fs';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { softmaxCrossEntropy } from '@unrolled/kernels';
import { describe, expect, it } from 'vitest';
import { crossEntropy, type Reduction, sequenceLoss, sequenceLossPerStep } from '../src/index';
import { smoothedCrossEntropy } from '../src/smoothed-cross-entropy';
import { expectClose as expectNumbers, withoutLeak } from './support';

const expectClose = (actual: Tensor, expected: readonly number[]) =>
  expectNumbers(actual.dataSync(), expected);

interface Numbers {
  readonly shape: number[];
  readonly values: number[];
}

interface Case {
  readonly case: string;
  readonly logits: Numbers;
  readonly targets: Numbers;
  readonly rowWeights: Numbers;
  readonly classWeights: Numbers | null;
  readonly results: {
    readonly smoothing: number;
    readonly reduction: Reduction;
    readonly loss: Numbers;
    readonly logitsGradient: Numbers;
  }[];
}

const { lengths, cases } = JSON.parse(
  readFileSync(new URL('../../../fixtures/losses/label_smoothing.json', import.meta.url), 'utf8'),
) as { lengths: number[]; cases: Case[] };

const tensorOf = ({ values, shape }: Numbers) => tf.tensor(values, shape);

/** Logits with NaN past the lengths, where PyTorch ignored them. */
function padded({ values, shape }: Numbers): Tensor3D {
  const [, steps, classes] = shape as [number, number, number];
  const isPast = (place: number) => {
    const at = Math.floor(place / classes);
    return at % steps >= lengths[Math.floor(at / steps)]!;
  };
  return tf.tensor(
    values.map((value, place) => (isPast(place) ? Number.NaN : value)),
    shape as [number, number, number],
  );
}

describe.each(cases)('$case', ({ logits, targets, rowWeights, classWeights, results }) => {
  it.each(results)('ε $smoothing, $reduction', ({ smoothing, reduction, loss, logitsGradient }) => {
    withoutLeak(() => {
      const x = padded(logits);
      const options = { reduction, lengths, labelSmoothing: smoothing, classWeights: classWeights?.values };
      const lossOf = (scores: Tensor) => crossEntropy(scores, targets.values, options) as Tensor;
      const objective = (scores: Tensor) =>
        reduction === 'none' ? tf.sum(tf.mul(lossOf(scores), tensorOf(rowWeights))) : lossOf(scores);
      expectClose(lossOf(x), loss.values);
      expectClose(tf.grad(objective)(x), logitsGradient.values);
      if (classWeights) return;
      if (reduction === 'none')
        expectClose(
          sequenceLossPerStep(x, targets.values, { lengths, labelSmoothing: smoothing }),
          loss.values,
        );
      if (reduction === 'mean')
        expectClose(sequenceLoss(x, targets.values, { lengths, labelSmoothing: smoothing }), loss.values);
    });
  });
});

const logits = tf.tidy(() => tf.keep(tf.randomNormal([5, 11], 0, 3, 'float32', 4))) as Tensor2D;
const ids = [3, 0, 10, 7, 3];

it('with ε = 0 does not change a bit, and the composed loss equals the fused one', () => {
  withoutLeak(() => {
    const bitsOf = (options: object) => {
      const lossOf = (x: Tensor2D) => sequenceLoss(x, ids, options);
      return [lossOf(logits), tf.grad(lossOf as (x: Tensor) => Tensor)(logits)].map((tensor) => [
        ...tensor.dataSync(),
      ]);
    };
    expect(bitsOf({ labelSmoothing: 0 })).toEqual(bitsOf({}));
    const labels = tf.tensor1d(ids, 'int32');
    const fused = crossEntropy(logits, labels, { reduction: 'none', labelSmoothing: 0.3 });
    const composed = smoothedCrossEntropy(logits, labels, 0.3);
    expectClose(fused, [...composed.dataSync()]);
    // With one class there is nothing to distribute.
    expectClose(
      crossEntropy(tf.slice(logits, [0, 0], [5, 1]), [0, 0, 0, 0, 0], { labelSmoothing: 0.4 }),
      [0],
    );
  });
});

it('counts with weights, as an array or a tensor', () => {
  withoutLeak(() => {
    const weights = [1, 0, 2, 0.5, 0];
    const each = [...crossEntropy(logits, ids, { reduction: 'none', labelSmoothing: 0.2 }).dataSync()];
    const sum = each.reduce((total, loss, n) => total + loss * weights[n]!, 0);
    for (const given of [weights, Float32Array.from(weights), tf.tensor1d(weights)]) {
      expectClose(crossEntropy(logits, ids, { labelSmoothing: 0.2, weights: given }), [sum / 3.5]);
      expectClose(sequenceLoss(logits, ids, { labelSmoothing: 0.2, weights: given }), [sum / 3.5]);
    }
  });
});

it('refuses what it cannot smooth or count', () => {
  const refusal = (body: () => unknown) => {
    try {
      tf.tidy(() => void body());
    } catch (error) {
      expect((error as Error).name).toBe('UnrolledError');
      return (error as Error).message;
    }
    throw new Error('nothing was thrown');
  };
  const any = (value: unknown) => value as never;
  expect(refusal(() => crossEntropy(logits, ids, { labelSmoothing: 1.1 }))).toMatch('from 0 to 1, got 1.1');
  expect(refusal(() => sequenceLoss(logits, ids, { labelSmoothing: -0.1 }))).toMatch('from 0 to 1, got -0.1');
  expect(refusal(() => crossEntropy(logits, ids, { labelSmoothing: any('0.1') }))).toMatch('got "0.1"');
  const softmaxLoss = () => tf.zeros([5]) as tf.Tensor1D;
  expect(refusal(() => sequenceLoss(logits, ids, { labelSmoothing: 0.1, softmaxLoss }))).toMatch('got both');
  expect(refusal(() => crossEntropy(logits, ids, { weights: [1, 2] }))).toMatch(
    'weights [5], 5 numbers row by row, one for each of ids, got 2 numbers',
  );
  expect(refusal(() => crossEntropy(logits, ids, { weights: any([[1], [1], [1], [1], [1]]) }))).toMatch(
    'pass weights.flat()',
  );
  expect(refusal(() => crossEntropy(logits, ids, { weights: any([1, 1, 'a', 1, 1]) }))).toMatch(
    'got "a" at 2',
  );
  expect(refusal(() => crossEntropy(logits, any(ids.map((id) => [id]))))).toMatch(
    'got nested lists, 5 of them: pass ids.flat()',
  );
  const labels = tf.tensor1d(ids, 'int32');
  expect(refusal(() => softmaxCrossEntropy(logits, labels, { labelSmoothing: 2 }))).toMatch('from 0 to 1');
  if (tf.getBackend() !== 'unrolled') {
    const message = refusal(() => softmaxCrossEntropy(logits, labels, { labelSmoothing: 0.1 }));
    expect(message).toMatch('[unrolled/kernels] softmaxCrossEntropy');
  }
  labels.dispose();
});
