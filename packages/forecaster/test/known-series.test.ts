/**
 * The small version of the stock-forecast app's scripts/known-series.mjs: one fit, a network of the default
 * shape.
 */
import * as tf from '@tensorflow/tfjs-core';
import { backtest } from '@unrolled/forecaster';
import { registerUnrolledBackend } from '@unrolled/kernels';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chooseTransform } from '../src/series/transform';
import { autoregression } from './support/series';

let before: string;
beforeAll(async () => {
  before = tf.getBackend();
  await registerUnrolledBackend({ threads: 1 });
  await tf.setBackend('unrolled');
});
afterAll(() => tf.setBackend(before));

test('on an AR(2) the defaults beat naive, come near the linear autoregression, and have the promised coverage', async () => {
  const settings = { targetTransform: 'difference', initial: 800, folds: 1 } as const;
  const { evaluation } = await backtest(autoregression(1600, 3), settings);
  const { metrics, dieboldMariano, intervals } = evaluation;
  expect(dieboldMariano!.baselines.naive.verdict).toBe('better');
  expect(dieboldMariano!.baselines.naive.pValue).toBeLessThan(0.01);
  expect(dieboldMariano!.baseline).toBe('linearAutoregression');
  expect(dieboldMariano!.verdict).not.toBe('better');
  expect(metrics.model.rmse / metrics.linearAutoregression.rmse).toBeLessThanOrEqual(1.1);
  expect(intervals!.count).toBe(600);
  expect(Math.abs(intervals!.coverage - 0.9)).toBeLessThanOrEqual(0.03);
  expect(intervals!.meanWidth / (2 * 1.645)).toBeLessThanOrEqual(1.25);
});

test('a network that finds nothing stays the naive forecast, or goes on with what little drift there was', async () => {
  let price = 100;
  const draws = autoregression(400, 5, [0, 0, 0]);
  const values = draws.map((draw) => (price += draw));
  const settings = { targetTransform: 'difference', epochs: 3, folds: 1 } as const;
  const { evaluation } = await backtest(values, settings);
  const { metrics, dieboldMariano } = evaluation;
  expect(dieboldMariano!.verdict).not.toBe('better');
  expect(metrics.model.rmse / metrics.naive.rmse).toBeLessThan(1.03);
});

test('the transform is chosen by whether changes grow with the price', () => {
  const noise = autoregression(600, 9, [0, 0, 0]);
  const walk = (next: (price: number, draw: number) => number, price: number) =>
    noise.map((draw) => (price = next(price, draw)));
  expect(chooseTransform([walk((price, draw) => price + draw, 60)]).transform).toBe('difference');
  expect(chooseTransform([walk((price, draw) => price * Math.exp(0.05 * draw), 60)]).transform).toBe(
    'log-return',
  );
  expect(chooseTransform([Float64Array.of(5, 3, 0, 2)])).toEqual({
    transform: 'difference',
    reason: 'a training price is not above 0',
  });
  expect(chooseTransform([new Float64Array(9).fill(7)]).transform).toBe('difference');
});
