/** The RNN lab's case 18, by the app that forecasts prices, on the lab's own file. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { evaluate, LAB_DEFAULTS, makeStudy } from '../../apps/stock-forecast/src/lab/study';
import { trainLabNetwork } from '../../apps/stock-forecast/src/lab/train-network';
import { loadPrices } from '../../apps/stock-forecast/src/load-prices';

const shared = process.env.UNROLLED_SHARED_DATA ?? path.resolve(import.meta.dirname, '../../../shared/data');
const file = path.join(shared, 'data-02-stock_daily.csv');
const missing = `${file} is not there; UNROLLED_SHARED_DATA names the folder that holds it`;

/** 500 steps take seconds on the fused kernels and three minutes on tfjs's cpu backend. */
const fast = tf.getBackend() === 'unrolled';
const tooSlow =
  '500 steps take three minutes on the cpu backend, which does the first ones; all run on unrolled';

const labStudy = async () =>
  makeStudy((await loadPrices(file, { order: 'newest-first' }, {})).table, LAB_DEFAULTS);

describe('the RNN lab', () => {
  beforeEach((context) => {
    if (!existsSync(file)) context.skip(missing);
  });

  it('case 18: 732 rows make 507 and 218 windows of 7, and the naive forecast is off by 0.0233, $8.00', async () => {
    const study = await labStudy();
    expect([study.train.count, study.test.count, study.train.shape]).toEqual([507, 218, [507, 7, 5]]);
    const { naiveRmseScaled, naiveRmsePrice } = evaluate(study, new Float32Array(218));
    expect(naiveRmseScaled).toBeCloseTo(0.02332, 5);
    expect(naiveRmsePrice).toBeCloseTo(8.0016, 4);
  });

  it('case 18: over 10 seeds the median RMSE is at most 0.030, the median loss at step 499 at most 0.60', async (context) => {
    if (!fast) context.skip(tooSlow);
    const results = [];
    for (let seed = 1; seed <= 10; seed++) results.push(await result(seed));
    expect(median(results.map(({ rmse }) => rmse))).toBeLessThanOrEqual(0.03);
    expect(median(results.map(({ lastLoss }) => lastLoss))).toBeLessThanOrEqual(0.6);
  }, 300_000);

  it('case 18: so it is with the default seed', async (context) => {
    if (!fast) context.skip(tooSlow);
    const before = tf.memory().numTensors;
    const { rmse, lastLoss } = await result(LAB_DEFAULTS.seed);
    expect(rmse).toBeLessThanOrEqual(0.03);
    expect(lastLoss).toBeLessThanOrEqual(0.6);
    expect(tf.memory().numTensors).toBe(before);
  }, 300_000);

  it('case 18: the first steps with the default seed are the same on every backend', async () => {
    const { losses } = await trainLabNetwork(await labStudy(), { ...LAB_DEFAULTS, steps: 10 });
    // From a run on the cpu backend.
    const [first, last] = [3.5246956, 2.2509563];
    expect(losses[0]! / first).toBeCloseTo(1, 4);
    expect(losses[9]! / last).toBeCloseTo(1, 4);
  });

  async function result(seed: number): Promise<{ rmse: number; lastLoss: number }> {
    const study = await labStudy();
    const { losses, predictions } = await trainLabNetwork(study, { ...LAB_DEFAULTS, seed });
    expect(losses).toHaveLength(500);
    return { rmse: evaluate(study, predictions).rmseScaled, lastLoss: losses[499]! };
  }
});

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
