/** Batches of `@unrolled/data` in a run: `train` determines the order, and a run resumes exactly. */
import * as tf from '@tensorflow/tfjs-core';
import { dense, disposeTree, gru, stack, unroll } from '@unrolled/cells';
import { shuffledBatches, teacherForcing } from '@unrolled/data';
import { accuracy, sequenceLoss } from '@unrolled/losses';
import { expect, it } from 'vitest';
import { evaluate, permutation, tokenBatch, train } from '../src/index';
import { finish, withoutLeak } from './support';

it('have the order that permutation draws', () => {
  for (const [length, seed, epoch] of [
    [1, 0, 1],
    [10, 7, 3],
    [101, -5, 2],
    [33, 2 ** 31, 12],
  ] as const) {
    const examples = Array.from({ length }, (_, place) => place);
    const batches = [...shuffledBatches(examples, { batchSize: 4, seed })(epoch)].flat();
    expect(batches).toEqual([...permutation(length, seed, epoch)]);
  }
});

const [V, START, END] = [6, 4, 5];
const model = stack([gru({ inputSize: V, units: 8, inputKind: 'ids' }), dense({ inputSize: 8, units: V })]);
const rows = Array.from({ length: 13 }, (_, n) => Array.from({ length: 1 + (n % 4) }, (_, k) => (n + k) % 4));
const batches = shuffledBatches(rows, {
  batchSize: 3,
  seed: 2,
  bucketBy: (row) => row.length,
  collate: (examples) => teacherForcing(examples, { startId: START, endId: END }),
});

it('resume a run exactly, wherever it was left', () =>
  withoutLeak(async () => {
    const params = model.init(1);
    const options = {
      params,
      batches,
      optimizer: 'adam' as const,
      learningRate: 0.05,
      lossOf: (own: typeof params, batch: ReturnType<typeof teacherForcing>) => {
        const { inputs, targets } = tokenBatch(batch);
        const { output } = unroll(model, own, inputs, { lengths: batch.lengths });
        return { loss: sequenceLoss(output, targets, { lengths: batch.lengths }) };
      },
    };
    const whole = train({ ...options, steps: 13 });
    const losses = (await finish(whole)).map(({ loss }) => loss);
    for (const steps of [1, 5, 7]) {
      const first = train({ ...options, steps });
      const begun = await finish(first);
      const second = train({ ...options, steps: 13, resume: first.snapshot() });
      const rest = await finish(second);
      expect([...begun, ...rest].map(({ loss }) => loss)).toEqual(losses);
      disposeTree([first.params, second.params]);
    }
    disposeTree([params, whole.params]);
  }));

it('evaluate gives any metric over uneven batches as over all at once, weighted by countOf', () =>
  withoutLeak(async () => {
    const params = model.init(3);
    const scores = {
      accuracy,
      loss: (logits: tf.Tensor3D, ids: tf.Tensor2D, options: object) => sequenceLoss(logits, ids, options),
    };
    for (const score of Object.values(scores)) {
      const of = (batch: ReturnType<typeof teacherForcing>) => {
        const { inputs, targets } = tokenBatch(batch);
        const { lengths } = batch;
        return score(unroll(model, params, inputs, { lengths }).output, targets, { lengths });
      };
      const mean = await evaluate({
        params,
        batches,
        lossOf: (_params, batch: ReturnType<typeof teacherForcing>) => ({ loss: of(batch) }),
        countOf: ({ lengths }) => lengths.reduce((sum, length) => sum + length, 0),
      });
      const all = tf.tidy(() => of(teacherForcing(rows, { startId: START, endId: END })).dataSync()[0]!);
      expect(mean).toBeCloseTo(all, 5);
    }
    disposeTree(params);
  }));
