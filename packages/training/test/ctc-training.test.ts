import * as tf from '@tensorflow/tfjs-core';
import { bidirectional, dense, disposeTree, lstm, random, stack, unroll } from '@unrolled/cells';
import { onFallback } from '@unrolled/kernels';
import { ctcLoss } from '@unrolled/losses';
import { expect, it } from 'vitest';
import { ctcGreedy, modelLoss, train } from '../src/index';
import { complaint, finish, withoutLeak } from './support';

/** Rows of noise in which each label is two to four steps of the same number, with various lengths. */
function utterances(count: number) {
  const { uniform, normal } = random(5);
  const pick = (most: number) => Math.floor(most * uniform());
  const rows = Array.from({ length: count }, () => {
    const labels = Array.from({ length: 1 + pick(3) }, () => 1 + pick(3));
    const steps = labels.flatMap((label) => [0, ...new Array<number>(2 + pick(3)).fill(label)]);
    return { labels, steps };
  });
  const time = Math.max(...rows.map(({ steps }) => steps.length));
  const values = rows.flatMap(({ steps }) =>
    Array.from({ length: time }, (_, t) => [0, 1, 2, 3].map((k) => Number(k === steps[t]) + 0.2 * normal())),
  );
  return {
    inputs: tf.tensor3d(values.flat(), [count, time, 4]),
    targets: rows.map(({ labels }) => labels),
    lengths: rows.map(({ steps }) => steps.length),
  };
}

it('a small recogniser learns to read, by a plan where there is one', async () => {
  const reasons: string[] = [];
  const stop = onFallback(({ message }) => reasons.push(message));
  await withoutLeak(async () => {
    const cell = () => lstm({ inputSize: 4, units: 6 });
    const model = stack([bidirectional(cell(), cell()), dense({ inputSize: 12, units: 4 })]);
    const batch = utterances(16);
    const { inputs, targets, lengths } = batch;
    const run = train({
      params: () => model.init(1),
      batches: new Array(60).fill(batch),
      lossOf: modelLoss(model, ctcLoss),
      ...{ learningRate: 0.03, clip: { globalNorm: 5 }, epochs: 1 },
    });
    await finish(run);
    const { output, state } = unroll(model, run.params, inputs, { lengths });
    const texts = ctcGreedy(output, { inputLengths: lengths }).map(({ labels }) => labels);
    tf.dispose([output, inputs]);
    disposeTree(state);
    disposeTree(run.params);
    expect(texts).toEqual(targets);
  });
  stop();
  expect(reasons.filter((reason) => !/the backend '(cpu|tensorflow)'/.test(reason))).toEqual([]);
});

it('has no weights', async () => {
  await withoutLeak(async () => {
    const model = dense({ inputSize: 4, units: 4 });
    const params = model.init(1);
    const batch = { ...utterances(2), weights: tf.ones([2]) };
    const loss = () => tf.tidy(() => void modelLoss(model, ctcLoss)(params, batch, {}, { training: false }));
    expect(await complaint(loss)).toMatch('got "weights"');
    tf.dispose([batch.inputs, batch.weights]);
    disposeTree(params);
  });
});
