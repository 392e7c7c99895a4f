/**
 * User-defined cells on the linear recurrence, and a step-by-step cell whose products are computed before the
 * loop.
 */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type AnyPart,
  bidirectional,
  type Cell,
  type DenseParams,
  dense,
  disposeTree,
  dropoutWrapper,
  flattenParams,
  maskIds,
  maskSequence,
  minGru,
  minLstm,
  stack,
  stepper,
  unroll,
  unrollSteps,
} from '../src/index';
import { contractChecks } from '../src/testing';
import { ownMinGru, qrnn, sru } from './own-cells';

/**
 * h' = tanh(x·W + b + h∘h): one product computes x·W for all steps, and `unrollSteps` runs the rest of each
 * step.
 */
function hoisted({
  inputSize,
  units,
}: {
  inputSize: number;
  units: number;
}): Cell<DenseParams, { h: Tensor2D }> {
  const product = dense({ inputSize, units });
  const zeroState = (batchSize: number) => ({ h: tf.zeros<tf.Rank.R2>([batchSize, units]) });
  const rest: Cell<object, { h: Tensor2D }> = {
    inputSize: units,
    outputSize: units,
    init: () => ({}),
    zeroState,
    step(_params, x, { h }) {
      const next = tf.tidy(() => tf.tanh(tf.add(x, tf.mul(h, h))) as Tensor2D);
      return { output: next, state: { h: tf.clone(next) } };
    },
  };
  return {
    inputSize,
    outputSize: units,
    init: product.init,
    zeroState,
    step: (params, x, state) => tf.tidy(() => rest.step({}, product.step(params, x, {}).output, state)),
    unroll: (params, inputs, state, options = {}) => {
      const { lengths } = options;
      return tf.tidy(() =>
        unrollSteps(rest, {}, unroll(product, params, inputs, { lengths }).output, state, options),
      );
    },
  };
}

const sizes = { inputSize: 3, units: 5 };
const cells: Record<string, AnyPart> = {
  minGru: ownMinGru(sizes),
  qrnn: qrnn(sizes),
  sru: sru({ units: 3 }),
  hoisted: hoisted(sizes),
  'both ways': bidirectional(qrnn(sizes), sru({ units: 3 })),
  'in a stack': stack([ownMinGru(sizes), minGru({ inputSize: 5, units: 2 })]),
  'with dropout': dropoutWrapper(ownMinGru(sizes), { input: 0.3, output: 0.3 }),
};

describe.each(Object.entries(cells))('%s', (_name, part) => {
  it.each(contractChecks(part).map(({ name, check }) => [name, check] as const))('%s', (_check, check) => {
    const before = tf.memory().numTensors;
    check();
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('a minGRU of one’s own computes what the built-in one does', () => {
  const before = tf.memory().numTensors;
  const own = ownMinGru(sizes);
  const params = own.init(1);
  const joined = tf.tidy(() => ({
    kernel: tf.concat([params.z.kernel, params.h.kernel], 1),
    bias: tf.concat([params.z.bias!, params.h.bias!]),
  }));
  const x = tf.randomNormal<tf.Rank.R3>([4, 6, 3], 0, 1, 'float32', 1);
  const options = { lengths: [6, 0, 2, 5], reverse: true };
  const mine = unroll(own, params, x, options);
  const theirs = unroll(minGru(sizes), joined, x, options);
  const expected = flattenParams(theirs);
  for (const [path, tensor] of Object.entries(flattenParams(mine))) {
    const values = expected[path]!.dataSync();
    tensor.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(values[i]!, 6);
    });
  }
  disposeTree([params, joined, x, mine, theirs]);
  expect(tf.memory().numTensors).toBe(before);
});

it.each([minGru, minLstm])('a stepper of a minimal model gives what the whole sequence does (%#)', (make) => {
  const before = tf.memory().numTensors;
  const model = stack([
    make({ inputSize: 4, units: 6, inputKind: 'ids' }),
    dense({ inputSize: 6, units: 4 }),
  ]);
  const params = model.init(2);
  const ids = tf.tensor2d([[1, 3, 0, 2, 2]], [1, 5], 'int32');
  const { output, state } = unroll(model, params, ids);
  const steps = stepper(model, params);
  const scores = [1, 3, 0, 2, 2].flatMap((id) => [...steps.step(Int32Array.of(id))]);
  output.dataSync().forEach((value, i) => {
    expect(scores[i]).toBeCloseTo(value, 5);
  });
  steps.dispose();
  disposeTree([params, ids, output, state]);
  expect(tf.memory().numTensors).toBe(before);
});

it('masks have zeros past each row’s length, whatever stood there', () => {
  tf.tidy(() => {
    const x = tf.tensor3d([1, Number.NaN, Number.NaN, 4], [2, 2, 1]);
    expect([...maskSequence(x, [1, 0]).dataSync()]).toEqual([1, 0, 0, 0]);
    expect([...maskSequence(x, Int32Array.of(1, 0)).dataSync()]).toEqual([1, 0, 0, 0]);
    expect(() => maskSequence(x, [1, 3])).toThrow('maskSequence: expected 2 lengths');
    expect(() => maskSequence(tf.zeros([2, 2]) as never, [1, 1])).toThrow('expected a sequence [B, T, n]');
    expect([...maskIds(tf.tensor2d([[3, -1]], [1, 2], 'int32'), [1]).dataSync()]).toEqual([3, 0]);
    const gradient = tf.grad((given) => tf.sum(tf.square(maskSequence(given as Tensor3D, [1, 0]))))(x);
    expect([...gradient.dataSync()]).toEqual([2, 0, 0, 0]);
  });
});

describe('the minimal cells refuse', () => {
  it.each([
    [{ inputSize: 3 }, 'minGru: expected units to be a positive integer'],
    [{ inputSize: 3, units: 2, activation: 'tanh' }, "expected activation 'positive' or 'linear'"],
    [{ inputSize: 3, units: 2, inputKind: 'id' }, "expected inputKind 'vectors' or 'ids'"],
    [{ inputSize: 3, units: 2, usebias: true }, "did you mean 'useBias'?"],
  ])('%j', (options, words) => {
    expect(() => minGru(options as never)).toThrow(words);
  });
});
