import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type AnyCell,
  type AnyLayer,
  dense,
  disposeTree,
  dropout,
  embedding,
  gru,
  lstm,
  residual,
  simpleRnn,
  stack,
  stepper,
  tensorsOf,
  tiedEmbedding,
  unroll,
} from '../src/index';

const V = 7;
const models: Record<string, AnyCell> = {
  'one-hot lstm, dense': stack([
    lstm({ inputSize: V, units: 5, inputKind: 'ids' }),
    dense({ inputSize: 5, units: V }),
  ]),
  'embedding, gru, dropout, lstm, dense': stack([
    embedding({ vocabularySize: V, dimension: 3 }),
    gru({ inputSize: 3, units: 6 }),
    dropout({ size: 6, rate: 0.5 }),
    lstm({ inputSize: 6, units: 5 }),
    dense({ inputSize: 5, units: V, useBias: false }),
  ]),
  'reset-before gru without a head': gru({
    inputSize: V,
    units: V,
    variant: 'reset-before',
    inputKind: 'ids',
  }),
  'tied embedding': tiedEmbedding(
    stack([lstm({ inputSize: 4, units: 4 }), gru({ inputSize: 4, units: 4 })]),
    {
      vocabularySize: V,
      initializer: 'glorotUniform',
    },
  ),
  'simple rnn, relu': stack([
    simpleRnn({ inputSize: V, units: 4, activation: 'relu', inputKind: 'ids' }),
    dense({ inputSize: 4, units: V }),
  ]),
  'a decoder of fewer classes than ids, which the sampler lacks': stack([
    lstm({ inputSize: V, units: 5, inputKind: 'ids' }),
    dense({ inputSize: 5, units: V - 2 }),
  ]),
  'peepholes, which the sampler lacks': stack([
    lstm({ inputSize: V, units: 5, inputKind: 'ids', peepholes: true }),
    dense({ inputSize: 5, units: V }),
  ]),
  'a residual, which the sampler lacks': stack([
    embedding({ vocabularySize: V, dimension: 5 }),
    residual(lstm({ inputSize: 5, units: 5 })),
    dense({ inputSize: 5, units: V }),
  ]),
};
const ids = [0, 3, 6, 6, 1];

describe.each(Object.entries(models))('stepper: %s', (name, model) => {
  const params = model.init(3);
  const ask = (run: { step(input: Int32Array): Float32Array }, steps: number[]) =>
    steps.map((id) => Array.from(run.step(Int32Array.of(id))));

  it('gives what unroll gives, and goes on from a state', () => {
    const before = tf.memory().numTensors;
    const sequence = tf.tensor2d(ids, [1, ids.length], 'int32');
    const whole = unroll(model as AnyLayer, params, sequence, { fused: false });
    const first = stepper(model, params);
    const half = ask(first, ids.slice(0, 2));
    const state = first.state();
    const second = stepper(model, params, { state });
    const logits = [...half, ...ask(second, ids.slice(2))].flat();
    Array.from((whole.output as Tensor).dataSync()).forEach((value, i) => {
      expect(logits[i]).toBeCloseTo(value, 5);
    });
    const last = second.state();
    const expected = tensorsOf(whole.state);
    tensorsOf(last).forEach((tensor, index) => {
      const numbers = expected[index]!.dataSync<'float32'>();
      tensor.dataSync<'float32'>().forEach((value, i) => {
        expect(value).toBeCloseTo(numbers[i]!, 5);
      });
    });
    first.dispose();
    second.dispose();
    disposeTree([sequence, whole.output, whole.state, state, last]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('steps several rows at once, and lets them go on from one another', () => {
    const before = tf.memory().numTensors;
    const rows = stepper(model, params, { batchSize: 3 });
    const alone = stepper(model, params);
    rows.step(Int32Array.of(4, 0, 2));
    rows.gather([1, 1, 0]);
    const logits = rows.step(Int32Array.of(5, 3, 1));
    ask(alone, [0]);
    const [expected] = ask(alone, [3]);
    expected!.forEach((value, i) => {
      expect(logits[model.outputSize + i]).toBeCloseTo(value, 5);
    });
    const state = rows.state();
    for (const tensor of tensorsOf(state)) expect(tensor.shape[0]).toBe(3);
    const again = stepper(model, params, { batchSize: 3, state });
    const roomy = stepper(model, params, { batchSize: 3, room: 5, state });
    const next = Int32Array.of(0, 1, 2);
    const given = rows.step(next);
    for (const other of [again, roomy]) expect(other.step(next)).toEqual(given);
    for (const other of [again, roomy]) other.gather([2, 0, 1, 1, 2]);
    expect(roomy.step([0, 1, 2, 3, 4])).toEqual(again.step([0, 1, 2, 3, 4]));
    expect(() => rows.gather([])).toThrow('expected at least one row, each in 0 … 2, got none');
    expect(() => rows.gather([0, 1, 3])).toThrow('got 0, 1, 3');
    expect(() => rows.step(Int32Array.of(1))).toThrow('expected an array of 3 ids, got an array of 1');
    for (const each of [rows, alone, again, roomy]) each.dispose();
    disposeTree(state);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('needs no tensor op for a step where the sampler serves', async () => {
    const run = stepper(model, params, { batchSize: 2 });
    const { kernelNames } = await tf.profile(() => {
      run.step(Int32Array.of(2, 3));
      return tf.scalar(0);
    });
    run.dispose();
    const serves = tf.getBackend() === 'unrolled' && !name.includes('lacks');
    expect(kernelNames.length === 0).toBe(serves);
  });

  it('refuses an id that the model does not know, where it can tell', (context) => {
    if (tf.getBackend() !== 'unrolled' || name.includes('lacks')) context.skip('tfjs reads zeros there');
    const run = stepper(model, params);
    expect(() => run.step(Int32Array.of(V))).toThrow('expected ids from 0 to 6, got 7');
    run.dispose();
  });
});

it('does not look through the memory of a large model', () => {
  // tfjs searches the result of a tidy for tensors, number by number, and fails at 2²⁴ distinct numbers.
  const count = 2 ** 23 + 2 ** 22;
  const numbers = tf.tidy(() => {
    const up = tf.range(0, count);
    return [tf.add(up, 0.25), tf.mul(up, -1)];
  });
  const model = models['one-hot lstm, dense']!;
  const params = model.init(1);
  const run = stepper(model, params);
  expect(run.step(Int32Array.of(1))).toHaveLength(V);
  run.dispose();
  disposeTree([numbers, params]);
});
