import * as tf from '@tensorflow/tfjs-core';
import { readCsv } from '@unrolled/data';
import { expect, test } from 'vitest';
import { LAB_DEFAULTS, makeStudy } from '../src/lab/study';
import { trainLabNetwork } from '../src/lab/train-network';
import { plainCsv, type Row, walk } from './support/prices';

const rows = walk(30);
const small = { ...LAB_DEFAULTS, window: 3, units: 2, steps: 3 };
const studyOf = (table: readonly Row[]) => makeStudy(readCsv(plainCsv(table)), small);

test("the lab's scaler has seen the test rows: changing one changes what is learned", async () => {
  const original = studyOf(rows);
  const { losses } = await trainLabNetwork(original, small);
  for (const row of [original.firstTestRow, rows.length - 1]) {
    const changed = studyOf(
      rows.map((values, at) => (at === row ? (values.map((value) => value * 1000) as Row) : values)),
    );
    expect(changed.targetScaler.toJSON()).not.toEqual(original.targetScaler.toJSON());
    expect((await trainLabNetwork(changed, small)).losses[0]).not.toBe(losses[0]);
  }
});

test.each(['lstm', 'gru', 'rnn'] as const)(
  '%s trains, is repeatable, and leaves no tensor behind',
  async (cell) => {
    const study = studyOf(rows);
    const before = tf.memory().numTensors;
    const first = await trainLabNetwork(study, { ...small, cell, steps: 30 });
    expect(tf.memory().numTensors).toBe(before);
    expect(first.losses.at(-1)).toBeLessThan(first.losses[0]!);
    expect(first.predictions).toHaveLength(study.test.count);
    expect(await trainLabNetwork(study, { ...small, cell, steps: 30 })).toEqual(first);
    expect((await trainLabNetwork(study, { ...small, cell, steps: 30, seed: 2 })).losses).not.toEqual(
      first.losses,
    );
  },
);
