/** Programs should decide by an error's code, not by its English text. */
import * as tf from '@tensorflow/tfjs-core';
import { disposeTree, random } from '@unrolled/cells';
import { UnrolledError } from '@unrolled/errors';
import { writeSafetensors } from '@unrolled/safetensors';
import { expect, it } from 'vitest';
import {
  decodeCheckpoint,
  evaluate,
  type LossOf,
  restoreParams,
  sampleFromLogits,
  train,
} from '../src/index';
import { finish, withoutLeak } from './support';

type Params = { x: tf.Scalar };

async function codeOf(body: () => unknown): Promise<unknown> {
  try {
    await body();
  } catch (error) {
    return error instanceof UnrolledError ? error.code : error;
  }
  return 'no error';
}

it.each<[string, (params: Params) => tf.Tensor]>([
  ['not-finite', ({ x }) => tf.div(x, 0)],
  ['shape', ({ x }) => tf.stack([x, x])],
  ['argument', () => tf.scalar(1)],
])('%s while training', (code, loss) =>
  withoutLeak(async () => {
    const params = { x: tf.scalar(1) };
    const lossOf = ((own) => ({ loss: loss(own) })) as LossOf<Params, number, undefined>;
    const run = train({ params, batches: [0], lossOf, learningRate: 1, steps: 1 });
    expect(await codeOf(() => finish(run))).toBe(code);
    disposeTree([params, run.params]);
  }),
);

it('shape of an evaluated loss and of saved parameters, format of a file, not-finite logits', () =>
  withoutLeak(async () => {
    const params = { x: tf.scalar(1) };
    const wrong = { params, batches: [0], lossOf: () => ({ loss: tf.zeros([2]) as never }) };
    expect(await codeOf(() => evaluate(wrong))).toBe('shape');
    expect(await codeOf(() => restoreParams(params, { x: { shape: [2], data: new Float32Array(2) } }))).toBe(
      'shape',
    );
    expect(await codeOf(() => decodeCheckpoint(writeSafetensors(new Map(), {})))).toBe('format');
    expect(await codeOf(() => sampleFromLogits(Float32Array.of(Number.NaN), { random: random(1) }))).toBe(
      'not-finite',
    );
    disposeTree(params);
  }));
