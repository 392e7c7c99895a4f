import * as tf from '@tensorflow/tfjs-core';
import { readCsv } from '@unrolled/data';
import { describe, expect, test } from 'vitest';
import { DEFAULTS } from '../src/settings';
import { makeStudy } from '../src/study';
import { trainForecaster } from '../src/train-forecaster';
import { plainCsv, type Row, walk } from './support/prices';

const rows = walk(30);
const small = { ...DEFAULTS, window: 3, units: 2, steps: 3 };

const tableOf = (table: readonly Row[]) => readCsv(plainCsv(table));

/** Everything that training makes of the prices. */
async function learned(table: readonly Row[], settings: Partial<typeof small> = {}) {
  const study = makeStudy(tableOf(table), { ...small, ...settings });
  const { losses, params } = await trainForecaster(study, { ...small, ...settings });
  return { losses, params, features: study.featureScaler.toJSON(), target: study.targetScaler.toJSON() };
}

/** The prices with one row a thousandfold, which any scaler would see. */
const changedAt = (row: number) =>
  rows.map((values, at) => (at === row ? (values.map((value) => value * 1000) as Row) : values));

describe('training learns nothing from rows that no training window or target touches', () => {
  const { firstTestRow } = makeStudy(tableOf(rows), small);

  test.each(['min-max', 'standard'] as const)('with the %s scaler', async (scaler) => {
    const original = await learned(rows, { scaler });
    expect(firstTestRow).toBe(Math.floor((30 - 3) * 0.7) + 3);
    for (let row = firstTestRow; row < rows.length; row++)
      expect(await learned(changedAt(row), { scaler })).toEqual(original);
  });

  test('while the last training target changes everything', async () => {
    const original = await learned(rows);
    const changed = await learned(changedAt(firstTestRow - 1));
    expect(changed.target).not.toEqual(original.target);
    expect(changed.losses[0]).not.toBe(original.losses[0]);
    expect(changed.params).not.toEqual(original.params);
  });

  test("but with the lab's scaler it learns from all of them", async () => {
    const original = await learned(rows, { lab: true });
    for (const row of [firstTestRow, rows.length - 1]) {
      const changed = await learned(changedAt(row), { lab: true });
      expect(changed.target).not.toEqual(original.target);
      expect(changed.losses[0]).not.toBe(original.losses[0]);
    }
  });
});

test.each(['lstm', 'gru', 'rnn'] as const)(
  '%s trains, is repeatable, and leaves no tensor behind',
  async (cell) => {
    const study = makeStudy(tableOf(rows), small);
    const before = tf.memory().numTensors;
    const first = await trainForecaster(study, { ...small, cell, steps: 30 });
    expect(tf.memory().numTensors).toBe(before);
    expect(first.losses.at(-1)).toBeLessThan(first.losses[0]!);
    expect(first.predictions).toHaveLength(study.test.count);
    expect(await trainForecaster(study, { ...small, cell, steps: 30 })).toEqual(first);
    expect((await trainForecaster(study, { ...small, cell, steps: 30, seed: 2 })).losses).not.toEqual(
      first.losses,
    );
  },
);
