import * as tf from '@tensorflow/tfjs-core';
import { random } from '@unrolled/cells';
import { backtest, fitForecaster } from '@unrolled/forecaster';
import { registerUnrolledBackend } from '@unrolled/kernels';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { driftOf } from '../src/model/examples';
import { linearFit } from '../src/model/linear-fit';
import { autoregression } from './support/series';

let before: string;
beforeAll(async () => {
  before = tf.getBackend();
  await registerUnrolledBackend({ threads: 1 });
  await tf.setBackend('unrolled');
});
afterAll(() => tf.setBackend(before));

describe('the least-squares start', () => {
  const { normal } = random(3);
  const count = 400;
  const [window, width] = [6, 2];
  const inputs = Float32Array.from({ length: count * window * width }, () => normal());
  /** The newest row's first column, and the second column of the row before. */
  const seen = (example: number) => {
    const end = (example + 1) * window * width;
    return [inputs[end - 2]!, inputs[end - 3]!] as const;
  };

  test('finds the coefficients, the constant, and how many rows they reach back', () => {
    const targets = Float32Array.from({ length: count }, (_, example) => {
      const [newest, before] = seen(example);
      return 0.5 + 2 * newest - before + 0.1 * normal();
    });
    const { order, kernel, bias } = linearFit({ count, inputs, targets }, width);
    expect(order).toBeGreaterThanOrEqual(2);
    expect(order).toBeLessThanOrEqual(4);
    expect(bias[0]).toBeCloseTo(0.5, 1);
    expect(kernel[kernel.length - 2]).toBeCloseTo(2, 1);
    expect(kernel[kernel.length - 3]).toBeCloseTo(-1, 1);
    expect([...kernel.subarray(0, (window - order) * width)].every((value) => value === 0)).toBe(true);
  });

  test('is empty for noise', () => {
    const targets = Float32Array.from({ length: count }, () => normal());
    const { order, kernel, bias } = linearFit({ count, inputs, targets }, width);
    expect(order).toBeLessThanOrEqual(1);
    if (order === 0) expect([...kernel, ...bias].every((value) => value === 0)).toBe(true);
  });

  test('takes copies of one column, and a column that never changes', () => {
    const alike = inputs.map((_, i) => (i % 2 ? 0 : inputs[i - (i % (window * width))]!));
    const targets = Float32Array.from({ length: count }, (_, example) => alike[example * window * width]!);
    const { kernel } = linearFit({ count, inputs: alike, targets }, width);
    expect(kernel.every(Number.isFinite)).toBe(true);
  });
});

describe('a drift', () => {
  test('is the change of a line, all of it', () => {
    expect(driftOf('difference', Float64Array.of(1, 2, 3, 4))).toBe(1);
    expect(driftOf('log-return', Float64Array.of(1, 2, 4, 8))).toBeCloseTo(Math.log(2), 12);
    expect(driftOf('difference', Float64Array.of(5, 5, 5))).toBe(0);
    expect(driftOf('difference', Float64Array.of(5))).toBe(0);
  });

  test('is none where it is no larger than chance', () => {
    expect(driftOf('difference', Float64Array.of(0, 3, 0, 3, 0, 3.1))).toBe(0);
  });

  test.each([
    ['1 … 120', (row: number) => row + 1, 121],
    ['1 % a day', (row: number) => 100 * 1.01 ** row, 100 * 1.01 ** 120],
    ['falling', (row: number) => 500 - 2.5 * row, 200],
    ['flat', () => 7, 7],
    ['1 % a day to six digits', (row: number) => Number((100 * 1.01 ** row).toFixed(6)), 100 * 1.01 ** 120],
  ])('goes on: %s', async (_, at, next) => {
    const values = Array.from({ length: 120 }, (_, row) => at(row));
    const forecaster = await fitForecaster(values, { epochs: 4, trainShare: 0.7, horizon: 2 });
    expect(forecaster.forecast(values)[0]!.rows[0]!.forecast / next).toBeCloseTo(1, 6);
    expect(forecaster.test!.evaluation.dieboldMariano!.verdict).not.toBe('better');
  });
});

test.each([1, 2, 3, 4])('finds an AR(1) of 0.6 in 400 rows, seed %d', async (seed) => {
  const values = autoregression(400, seed, [0.6, 0, 50]);
  const { evaluation, outcomes } = await backtest(values, { folds: 2 });
  const [{ truth, last }] = outcomes as [(typeof outcomes)[number]];
  const oracle = last.map((value, at) => (truth[at]! - 50 - 0.6 * (value - 50)) ** 2);
  const best = oracle.reduce((sum, square) => sum + square, 0) / oracle.length;
  const { model, naive } = evaluation.metrics;
  expect((naive.rmse ** 2 - model.rmse ** 2) / (naive.rmse ** 2 - best)).toBeGreaterThan(0.5);
});
