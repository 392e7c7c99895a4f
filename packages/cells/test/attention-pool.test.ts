/** Attention pooling, compared with PyTorch in float64, in a stack and in descriptions. */
import { readFileSync } from 'node:fs';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  attentionPool1d,
  bidirectional,
  dense,
  describe as describeModel,
  disposeTree,
  globalMaxPool1d,
  isManyToOne,
  lstm,
  modelFrom,
  parameterShapes,
  poolingShares,
  stack,
  unroll,
} from '../src/index';
import { clean, refusal } from './support';

interface Numbers {
  readonly shape: number[];
  readonly values: number[];
}
const golden: {
  lengths: number[];
  given: Record<'kernel' | 'bias' | 'scoreVector' | 'inputs' | 'outputGradient', Numbers>;
  output: Numbers;
  shares: Numbers;
  gradients: Record<'kernel' | 'bias' | 'scoreVector' | 'inputs', Numbers>;
} = JSON.parse(readFileSync(new URL('../../../fixtures/attention/pool.json', import.meta.url), 'utf8'));
const { lengths, given } = golden;
const [rows, steps, size] = given.inputs.shape as [number, number, number];

const tensorOf = ({ values, shape }: Numbers) => tf.tensor(values, shape);
function expectNumbers(found: Tensor, expected: Numbers) {
  expect(found.shape).toEqual(expected.shape);
  const largest = Math.max(...expected.values.map(Math.abs));
  for (const [at, value] of found.dataSync().entries())
    expect(Math.abs(value - expected.values[at]!)).toBeLessThan(2e-6 * largest);
}
/** The inputs with NaN past the rows' lengths. */
const padded = () =>
  tf.tensor3d(
    given.inputs.values.map((value, at) => {
      const step = Math.floor(at / size);
      return step % steps < lengths[Math.floor(step / steps)]! ? value : Number.NaN;
    }),
    [rows, steps, size],
  );
const pool = attentionPool1d({ inputSize: size, units: given.bias.shape[0]! });
const params = () => ({
  kernel: tensorOf(given.kernel) as Tensor2D,
  bias: tensorOf(given.bias) as Tensor1D,
  scoreVector: tensorOf(given.scoreVector) as Tensor1D,
});

describe('attentionPool1d', () => {
  it(
    'gives the outputs, shares and gradients of PyTorch, whatever stands past the lengths',
    clean(() => {
      const [own, inputs] = [params(), padded()];
      expectNumbers(unroll(pool, own, inputs, { lengths }).output, golden.output);
      const shares = poolingShares(pool, own, inputs, { lengths });
      expectNumbers(shares, golden.shares);
      for (const [at, share] of shares.dataSync().entries())
        if (at % steps >= lengths[Math.floor(at / steps)]!) expect(share).toBe(0);
      const objective = (kernel: Tensor, bias: Tensor, scoreVector: Tensor, x: Tensor) => {
        const { output } = unroll(pool, { kernel, bias, scoreVector } as typeof own, x as Tensor3D, {
          lengths,
        });
        return tf.sum(tf.mul(output, tensorOf(given.outputGradient))) as tf.Scalar;
      };
      const found = tf.grads(objective)([own.kernel, own.bias, own.scoreVector, inputs]);
      for (const [at, name] of (['kernel', 'bias', 'scoreVector', 'inputs'] as const).entries())
        expectNumbers(found[at]!, golden.gradients[name]);
      for (const [at, value] of found[3]!.dataSync().entries())
        if (golden.gradients.inputs.values[at] === 0) expect(value).toBe(0);
    }),
  );

  it(
    'takes its size in a stack, ends the time axis, and comes back from a description',
    clean(() => {
      const reader = lstm({ inputSize: 3, units: 2 });
      const model = stack([
        bidirectional(reader, reader),
        attentionPool1d(),
        dense({ inputSize: 4, units: 2 }),
      ]);
      expect(isManyToOne(model)).toBe(true);
      const again = modelFrom(JSON.parse(JSON.stringify(describeModel(model)))) as typeof model;
      expect(parameterShapes(again)).toEqual(parameterShapes(model));
      expect(parameterShapes(model)).toMatchObject({
        '1.kernel': [4, 4],
        '1.bias': [4],
        '1.scoreVector': [4],
      });
      const own = model.init(1);
      const [one, other] = [model, again].map((part) => unroll(part, own, tf.ones([2, 3, 3])).output);
      expect(one!.dataSync()).toEqual(other!.dataSync());
      disposeTree(own);
    }),
  );

  it('is refused where it does not fit', () => {
    const own = params();
    const x = tf.ones([2, 3, 3]) as Tensor3D;
    const messages = [
      [() => attentionPool1d().inputSize, 'expected inputSize'],
      [() => attentionPool1d({ units: 0 }), 'units'],
      [() => attentionPool1d({ unit: 2 } as never), 'unit'],
      [
        () => stack([attentionPool1d({ inputSize: 3 }), lstm({ inputSize: 3, units: 2 })] as never),
        'one output a row',
      ],
      [() => poolingShares(globalMaxPool1d({ inputSize: 3 }) as never, own, x), 'attentionPool1d'],
      [() => poolingShares(pool, own, x, { lengths: [4, 1] }), 'length'],
      [() => poolingShares(pool, { ...own, bias: own.kernel } as never, x), "parameters with 'bias'"],
      [() => poolingShares(pool, own, tf.ones([2, 3, 4]) as Tensor3D), '[B, T, 3]'],
    ] as const;
    for (const [call, message] of messages) expect(refusal(call)).toContain(message);
    disposeTree([own, x]);
  });
});
