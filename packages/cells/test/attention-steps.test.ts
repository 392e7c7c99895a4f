/**
 * Single steps of a decoder with attention: they give the results of `step`, row by row, without tfjs ops on
 * `unrolled`.
 */
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { updateParameters } from '@unrolled/kernels';
import { describe, expect, it, vi } from 'vitest';
import {
  type AnyCell,
  attend,
  attentionWrapper,
  dense,
  disposeTree,
  dropout,
  embedding,
  flattenParams,
  gru,
  lstm,
  mapTree,
  simpleRnn,
  stack,
  stepper,
  unroll,
} from '../src/index';

const [V, H, M, S] = [7, 5, 6, 4];
const LENGTHS = [4, 2, 3];

const cells = {
  lstm: (inputSize: number) => lstm({ inputSize, units: H }),
  gru: (inputSize: number) => gru({ inputSize, units: H }),
  'two layers': (inputSize: number) =>
    stack([lstm({ inputSize, units: 4 }), dropout({ rate: 0.5 }), gru({ inputSize: 4, units: H })]),
};

const cases = Object.entries(cells).flatMap(([name, make]) =>
  (['additive', 'dot', 'general', 'scaled'] as const).flatMap((score) =>
    [false, true].map((inputFeeding) => ({ name, make, score, inputFeeding })),
  ),
);

function decoder({ make, score, inputFeeding }: (typeof cases)[number]) {
  const memorySize = score === 'dot' || score === 'scaled' ? H : M;
  // Half of the cases have no attentional vector.
  const attentionUnits = (score === 'general') === inputFeeding ? 3 : undefined;
  const cell = make(4 + (inputFeeding ? (attentionUnits ?? memorySize) : 0)) as AnyCell;
  const normalized = score === 'additive' && inputFeeding ? true : undefined;
  const looking = attentionWrapper(cell, { memorySize, score, attentionUnits, inputFeeding, normalized });
  const table = embedding({ vocabularySize: V, dimension: 4 });
  const head = dense({ inputSize: looking.outputSize, units: V, activation: 'tanh' });
  const model = stack([table, looking, head] as unknown as [AnyCell]) as unknown as AnyCell;
  const params = model.init(3);
  const memory = tf.randomNormal([LENGTHS.length, S, memorySize], 0, 1, 'float32', 5) as Tensor3D;
  const state = attend(model, params as never, memory, { lengths: LENGTHS });
  memory.dispose();
  return { model, params, state };
}

/** The method of tfjs's engine that runs every op. */
interface Kernels {
  runKernelFunc(): unknown;
}

/** The rows that are fed at each step, and the rows that they continue. */
const WAYS = [
  { from: undefined, ids: [1, 2, 3] },
  { from: [0, 0, 1, 2, 2, 2], ids: [0, 1, 2, 3, 4, 5] },
  { from: [5, 1, 0, 2], ids: [6, 6, 0, 1] },
  { from: [3], ids: [2] },
  { from: [0, 0], ids: [4, 5] },
];

describe.each(cases)('steps of $name, score $score, feeding $inputFeeding', (of) => {
  it('are those of the cell, whichever rows come and go', () => {
    const before = tf.memory().numTensors;
    const { model, params, state } = decoder(of);
    const steps = stepper(model, params, { batchSize: LENGTHS.length, state });
    let own = mapTree(state, (tensor) => tf.clone(tensor)) as unknown;
    for (const { from, ids } of WAYS) {
      if (from) {
        steps.gather(from);
        const rows = tf.tensor1d(from, 'int32');
        const moved = mapTree(own, (tensor) => tf.gather(tensor, rows));
        disposeTree([own, rows]);
        own = moved;
      }
      const kernels = vi.spyOn(tf.engine() as unknown as Kernels, 'runKernelFunc');
      const output = steps.step(ids);
      if (tf.getBackend() === 'unrolled') expect(kernels).not.toHaveBeenCalled();
      kernels.mockRestore();
      const input = tf.tensor1d(ids, 'int32');
      const wanted = model.step(params, input, own, { training: false, time: 0 });
      disposeTree([input, own]);
      own = wanted.state;
      expectClose(output, wanted.output);
      wanted.output.dispose();
    }
    const now = steps.state();
    const states = flattenParams(now);
    for (const [path, tensor] of Object.entries(flattenParams(own))) {
      expect(states[path]!.shape).toEqual(tensor.shape);
      expectClose(states[path]!.dataSync(), tensor);
    }
    steps.dispose();
    disposeTree([params, state, own, now]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** In TensorFlow the products of a row depend on the other rows, so the last digits may differ. */
const isExact = () => tf.getBackend() !== 'tensorflow';

it('gives a row the bits that it has alone', () => {
  const { model, params, state } = decoder(cases[5]!);
  const all = stepper(model, params, { batchSize: LENGTHS.length, state });
  const ids = [1, 2, 3];
  const both = [all.step(ids), all.step(ids)];
  for (const row of ids.keys()) {
    const own = mapTree(state, (tensor) => tf.slice(tensor, [row], [1]));
    const alone = stepper(model, params, { state: own });
    for (const output of both) {
      const beside = output.subarray(row * V, (row + 1) * V);
      const found = alone.step([ids[row]!]);
      if (isExact()) expect(found).toEqual(beside);
      else for (const [n, logit] of found.entries()) expect(logit).toBeCloseTo(beside[n]!, 6);
    }
    alone.dispose();
    disposeTree(own);
  }
  expect(() => all.step([1, 2, V])).toThrow(String(V));
  all.dispose();
  disposeTree([params, state]);
});

it.each([
  ['lstm', (inputSize: number) => lstm({ inputSize, units: H })],
  ['reset-after', (inputSize: number) => gru({ inputSize, units: H })],
  ['reset-before', (inputSize: number) => gru({ inputSize, units: H, variant: 'reset-before' })],
  ['simpleRnn', (inputSize: number) => simpleRnn({ inputSize, units: H })],
] as const)('takes a small embedding into the layer above it, with the bits of a sequence: %s', (_, make) => {
  const before = tf.memory().numTensors;
  const looking = attentionWrapper(make(V) as AnyCell, { memorySize: M, score: 'general' });
  const table = embedding({ vocabularySize: V, dimension: V });
  const head = dense({ inputSize: looking.outputSize, units: V });
  const model = stack([table, looking, head] as unknown as [AnyCell]) as unknown as AnyCell;
  const drawn = model.init(3);
  const params = mapTree(drawn, (tensor) => tf.variable(tensor));
  const memory = tf.randomNormal([LENGTHS.length, S, M], 0, 1, 'float32', 5) as Tensor3D;
  const state = attend(model, params as never, memory, { lengths: LENGTHS });
  const ids = [[1, 2], [3, 3], [6, 0]]; // biome-ignore format: a row for each source
  const compare = () => {
    const steps = stepper(model, params, { batchSize: LENGTHS.length, state });
    const found = [0, 1].map((t) => steps.step(ids.map((row) => row[t]!)));
    steps.dispose();
    const wanted = tf.tidy(() => {
      const { output } = unroll(model, params as never, tf.tensor2d(ids, [3, 2], 'int32') as never, {
        initialState: state,
      });
      return tf.unstack(output as unknown as Tensor, 1).map((tensor) => tensor.dataSync());
    });
    if (tf.getBackend() === 'unrolled') expect(found).toEqual(wanted);
    else for (const [n, output] of found.entries()) expectNear(output, wanted[n]!);
    return found.map(String);
  };
  const seen = [compare()];
  // The table is replaced if any of the tensors that it was computed from changes.
  for (const path of ['0.embeddings', '1.cell.kernel', '1.cell.bias']) {
    const parameter = flattenParams(params)[path] as tf.Variable;
    if (tf.getBackend() === 'unrolled') {
      const gradient = tf.ones(parameter.shape);
      updateParameters({ kind: 'sgd', learningRate: 0.1 }, [parameter], [gradient], []);
      gradient.dispose();
    } else tf.tidy(() => parameter.assign(tf.sub(parameter, 0.1)));
    seen.push(compare());
    expect(seen.at(-1)).not.toEqual(seen.at(-2));
  }
  disposeTree([drawn, params, memory, state]);
  expect(tf.memory().numTensors).toBe(before);
});

it('takes no step once it is disposed: its memory has another owner', () => {
  const { model, params, state } = decoder(cases[5]!);
  const steps = stepper(model, params, { batchSize: LENGTHS.length, state });
  steps.step([1, 2, 3]);
  steps.dispose();
  for (const call of [() => steps.step([1, 2, 3]), () => steps.gather([0]), () => steps.state()])
    expect(call).toThrow(/disposed/);
  steps.dispose();
  disposeTree([params, state]);
});

const expectClose = (values: ArrayLike<number>, wanted: Tensor) => expectNear(values, wanted.dataSync());

function expectNear(values: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(values.length).toBe(expected.length);
  const worst = Math.max(...Array.from(expected, (value, n) => Math.abs(value - values[n]!)));
  expect(worst).toBeLessThan(2e-5);
}
