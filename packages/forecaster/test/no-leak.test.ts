import * as tf from '@tensorflow/tfjs-core';
import { type BacktestSettings, planBacktest } from '@unrolled/forecaster';
import { describe, expect, test } from 'vitest';
import { outcomesOf } from '../src/evaluation/outcome';
import { runTask } from '../src/walk/run-task';
import { autoregression, SMALL } from './support/series';

const values = autoregression(70, 1);

/**
 * All that a back-test makes of some values: what was fitted in every fold, and every forecast with its
 * interval.
 */
async function everything(series: Float64Array, changes: BacktestSettings = {}) {
  const level = changes.quantiles ? undefined : 0.8;
  const plan = planBacktest(series, { ...SMALL, initial: 40, stride: 6, level, ...changes });
  const runs = [];
  for (const task of plan.tasks) runs.push(await runTask(plan, task));
  const results = runs.map(({ result }) => result);
  const [outcome] = outcomesOf(plan, results);
  return { tasks: plan.tasks, results, models: runs.map(({ model }) => model), outcome: outcome! };
}

/** The values with one of them a thousandfold, which any scaler would see. */
const changedAt = (row: number) => values.map((value, at) => (at === row ? value * 1000 : value));

describe.each<[string, BacktestSettings]>([
  ['differences', {}],
  ['log returns on robust scales', { targetTransform: 'log-return', scaler: 'robust' }],
  [
    'prices on min-max scales, a sliding window',
    { targetTransform: 'price', scaler: 'min-max', trainingWindow: 'sliding' },
  ],
  ['quantiles, two rows ahead', { loss: 'quantile', quantiles: [0.1, 0.5, 0.9], horizon: 2 }],
  [
    'recursively two rows ahead, refitting every other fold',
    { horizon: 2, strategy: 'recursive', refitEvery: 2 },
  ],
])('%s: changing a row', (_, changes) => {
  test('changes no parameter, scaler, forecast or interval of what was fitted and forecast before it', async () => {
    const original = await everything(values, changes);
    const { horizon } = original.outcome;
    for (const row of [41, 50, 63, 69]) {
      const changed = await everything(changedAt(row), changes);
      for (const [at, { train }] of original.tasks.entries()) {
        const before = original.models[at]!;
        const after = changed.models[at]!;
        const comparable = ({ scaling, members }: typeof before) => ({ scaling, members });
        if (row >= train.end) expect(comparable(after)).toEqual(comparable(before));
      }
      // A forecast from row r sees the rows before r, and its interval the errors that were known then.
      const earlier = original.outcome.rows.filter((first) => first <= row).length;
      const cut = <T extends ArrayLike<number>>(numbers: T, count = earlier) =>
        Array.from(numbers).slice(0, count * horizon);
      for (const [name, forecasts] of Object.entries(original.outcome.forecasts))
        expect(cut(changed.outcome.forecasts[name as 'model'])).toEqual(cut(forecasts));
      const { from, lower, upper } = original.outcome.intervals!;
      const withInterval = Math.max(0, earlier - from);
      expect(cut(changed.outcome.intervals!.lower, withInterval)).toEqual(cut(lower, withInterval));
      expect(cut(changed.outcome.intervals!.upper, withInterval)).toEqual(cut(upper, withInterval));
    }
  });
});

test('changing the last training row changes the first fit, and the forecasts from it', async () => {
  const original = await everything(values);
  const changed = await everything(changedAt(original.tasks[0]!.train.end - 1));
  expect(changed.results[0]!.fingerprint).not.toBe(original.results[0]!.fingerprint);
  expect(changed.outcome.forecasts.model[0]).not.toBe(original.outcome.forecasts.model[0]);
});

test('a task leaves no tensor behind', async () => {
  await everything(values);
  const before = tf.memory().numTensors;
  await everything(values);
  expect(tf.memory().numTensors).toBe(before);
});
