import * as tf from '@tensorflow/tfjs-core';
import { bidirectional, dense, embedding, gru, lstm, random, stack } from '@unrolled/cells';
import { unregisterUnrolledBackend, useUnrolledBackend } from '@unrolled/kernels';
import { ctcLoss } from '@unrolled/losses';
import { afterAll, expect, test } from 'vitest';
import { modelLoss, type TensorBatch } from '../src/index';
import { outcomeOf } from './planned-outcome';

/** Run thousands of cases after a change of the plans (CONTRIBUTING.md). */
const { UNROLLED_PLAN_CASES = '6', UNROLLED_PLAN_SEED = '20261130', UNROLLED_BACKEND } = process.env;
afterAll(() => unregisterUnrolledBackend());

const draws = random(Number(UNROLLED_PLAN_SEED));
const between = (least: number, most: number) => least + Math.floor(draws.uniform() * (most - least + 1));
const among = <T>(...choices: T[]): T => choices[between(0, choices.length - 1)]!;
const listOf = <T>(length: number, next: (n: number) => T) => Array.from({ length }, (_, n) => next(n));

/** A random recogniser, with ragged batches whose targets are sometimes too long. */
function randomCase() {
  const [inputs, units, classes] = [between(1, 6), between(1, 9), between(2, 9)];
  const cell = among<typeof lstm>(lstm, gru as never)({ inputSize: inputs, units });
  const readsIds = among(true, false);
  const isLong = among(true, false, false);
  const first = embedding({ vocabularySize: 7, dimension: inputs });
  const layers = [bidirectional(cell, cell), dense({ inputSize: 2 * units, units: classes })];
  const model = stack([...(readsIds ? [first] : []), ...layers] as [typeof first]);
  const hasLengths = among(true, false);
  const batches = listOf(3, (): TensorBatch => {
    const [B, T] = [among(between(1, 4), 70), between(1, isLong ? 40 : 20)];
    const x = readsIds
      ? tf.tensor2d(
          listOf(B * T, () => between(0, 6)),
          [B, T],
          'int32',
        )
      : tf.tensor3d(
          listOf(B * T * inputs, () => draws.uniform() - 0.5),
          [B, T, inputs],
        );
    const lengths = listOf(B, () => (hasLengths ? between(Math.ceil(T / 2), T) : T));
    const labelsOf = (most: number) => {
      const labels = listOf(between(0, most), () => between(1, classes - 1));
      return among<ArrayLike<number>>(labels, Int32Array.from(labels));
    };
    // A target that is too long makes the loss infinite, which ends the run.
    const targets = lengths.map((length) => labelsOf(Math.floor(length / (draws.uniform() < 0.002 ? 1 : 2))));
    return { inputs: x, targets, ...(hasLengths ? { lengths } : {}) };
  });
  const options = { clip: { globalNorm: 1 }, validation: { batches: batches.slice(0, 2), every: 3 } };
  return { what: `${readsIds} ${units} ${classes} ${hasLengths}`, model, batches, options };
}

for (let n = 0; n < Number(UNROLLED_PLAN_CASES); n++) {
  const given = randomCase();
  const engine = { threads: between(1, 3), executor: n % 2 === 0 ? 'auto' : 'webassembly' } as const;
  test.skipIf(UNROLLED_BACKEND === 'cpu')(
    `CTC plan ${n} gives the bits of the ops: ${given.what}`,
    async () => {
      await useUnrolledBackend(engine);
      const lossOf = modelLoss(given.model, ctcLoss);
      const planned = await outcomeOf(given, lossOf as never);
      const byOps = await outcomeOf(given, ((...all: Parameters<typeof lossOf>) => lossOf(...all)) as never);
      expect(planned.reasons).toEqual([]);
      expect(byOps.reasons).toHaveLength(1);
      expect(planned.steps).toEqual(byOps.steps);
      expect(planned.snapshot).toEqual(byOps.snapshot);
      tf.dispose(given.batches as never);
    },
  );
}

test.skipIf(UNROLLED_BACKEND === 'cpu')('a label that is none is refused as by the ops', async () => {
  await useUnrolledBackend({ threads: 1 });
  const model = dense({ inputSize: 2, units: 3 });
  const inputs = tf.ones([1, 4, 2]);
  for (const bad of [[0], [3], [1.5], ['a']]) {
    const run = { model, batches: [{ inputs, targets: [bad] }], options: {} };
    const { steps } = await outcomeOf(run, modelLoss(model, ctcLoss) as never);
    expect(steps).toEqual([expect.stringContaining('ctcLoss')]);
  }
  inputs.dispose();
});
