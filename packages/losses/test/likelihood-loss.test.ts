/** Likelihoods of forecast distributions, compared with SciPy's, on every backend. */
import { readFileSync } from 'node:fs';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type Likelihood, likelihoodLoss } from '../src/index';
import { expectClose, withoutLeak } from './support';

interface Numbers {
  readonly shape: number[];
  readonly values: number[];
}

interface Case {
  readonly distribution: Likelihood;
  readonly zeroInflated: boolean;
  readonly outputs: Numbers;
  readonly targets: Numbers;
  readonly expected: Numbers;
  readonly gradient: Numbers;
}

// Written by fixtures/make_likelihoods.py.
const file = new URL('../../../fixtures/losses/likelihoods.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] };

const tensorOf = ({ shape, values }: Numbers) => tf.tensor(values, shape);

describe.each(cases)('$distribution, zero-inflated $zeroInflated', (given) => {
  const options = { distribution: given.distribution, zeroInflated: given.zeroInflated };

  it('equals SciPy’s, with its gradient', () => {
    withoutLeak(() => {
      const targets = tensorOf(given.targets);
      const { value, grad } = tf.valueAndGrad((outputs: Tensor) => likelihoodLoss(outputs, targets, options))(
        tensorOf(given.outputs),
      );
      expectClose(value.dataSync(), given.expected.values, 1e-5);
      expectClose(grad.dataSync(), given.gradient.values, 2e-4);
    });
  });

  it('ignores missing values, which do not affect a gradient', () => {
    withoutLeak(() => {
      const [rows, count] = given.outputs.shape as [number, number];
      const half = rows / 2;
      const known = (values: number[]) => values.slice(0, (values.length / rows) * half);
      const weights = tf.tensor1d(Array.from({ length: rows }, (_, row) => Number(row < half)));
      const holes = tf.tensor1d(given.targets.values.map((value, row) => (row < half ? value : Number.NaN)));
      const outputs = tensorOf(given.outputs);
      const { value, grad } = tf.valueAndGrad((of: Tensor) =>
        likelihoodLoss(of, holes, { ...options, weights }),
      )(outputs);
      const alone = likelihoodLoss(
        tf.tensor2d(known(given.outputs.values), [half, count]),
        tf.tensor1d(known(given.targets.values)),
        options,
      );
      expectClose(value.dataSync(), alone.dataSync(), 1e-6);
      const gradient = grad.dataSync();
      expect(gradient.slice(half * count).every((number) => number === 0)).toBe(true);
    });
  });
});

interface ScaledCase {
  readonly distribution: Likelihood;
  readonly zeroInflated: boolean;
  readonly outputs: Numbers;
  readonly scale: Numbers;
  readonly targets: Numbers;
  readonly loss: Numbers;
}

// Written by fixtures/make_likelihoods.py.
const scaledFile = new URL('../../../fixtures/losses/likelihood_draws.json', import.meta.url);
const scaled = (JSON.parse(readFileSync(scaledFile, 'utf8')) as { cases: ScaledCase[] }).cases;

it.each(scaled.filter(({ distribution }) => /poisson|negative/.test(distribution)))(
  'a scale multiplies the mean of $distribution, zero-inflated $zeroInflated, as in SciPy’s',
  ({ distribution, zeroInflated, outputs, scale, targets, loss }) => {
    withoutLeak(() => {
      const options = { distribution, zeroInflated, scale: tensorOf(scale) };
      const found = likelihoodLoss(tensorOf(outputs), tensorOf(targets), options);
      expectClose(found.dataSync(), loss.values, 2e-5);
    });
  },
);

it('large counts are likely where they are expected', () => {
  withoutLeak(() => {
    const outputs = tf.tensor2d([[50_000, -20]]);
    const loss = likelihoodLoss(outputs, tf.tensor1d([50_000]), { distribution: 'negativeBinomial' });
    expect(loss.dataSync()[0]).toBeCloseTo(8.29, 1);
  });
});

describe('refusals', () => {
  const outputs = tf.zeros([2, 2]);
  const targets = tf.zeros([2]);
  it.each<[string, () => unknown, string]>([
    [
      'too few outputs',
      () => likelihoodLoss(outputs, targets, { distribution: 'studentT' }),
      'outputs [2, 3]: the targets’ shape'.replace('’', "'"),
    ],
    [
      'zeros of what is no count',
      () => likelihoodLoss(outputs, targets, { distribution: 'gaussian', zeroInflated: true }),
      'poisson or negativeBinomial with `zeroInflated`, got gaussian',
    ],
    [
      'a scale of what is no count',
      () => likelihoodLoss(outputs, targets, { distribution: 'gaussian', scale: tf.ones([2]) }),
      'poisson or negativeBinomial with `scale`, got gaussian',
    ],
    [
      'an unknown distribution',
      () => likelihoodLoss(outputs, targets, { distribution: 'beta' as 'poisson' }),
      'distribution',
    ],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(message);
  });
});
