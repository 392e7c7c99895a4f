/**
 * Outputs, final states and all gradients, compared with PyTorch and TensorFlow in float64. If it fails,
 * first generate the vectors again: `python3 fixtures/make_golden.py`, `make_minimal.py` or
 * `make_convolution.py` (see fixtures/README.md).
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type AnyLayer,
  type AnyPart,
  averagePool2d,
  bidirectional,
  conv1d,
  conv2d,
  embedding,
  flattenParams,
  gru,
  isCell,
  layerNorm,
  layerNormLstm,
  lstm,
  maxPool2d,
  minGru,
  minLstm,
  simpleRnn,
  stack,
  unflattenParams,
  unroll,
} from '../src/index';

type Numbers = { shape: number[]; values: number[] };
type Flat = Record<string, Numbers>;
type Spec = { type: string; forward?: Spec; backward?: Spec; parts?: Spec[] };
type Golden = {
  madeBy: string;
  layer: Spec;
  params: Flat;
  inputs: Numbers;
  lengths: number[] | null;
  reverse: boolean;
  initialState: Flat;
  outputGradient: Numbers;
  finalStateGradient: Flat;
  expected: {
    output: Numbers;
    finalState: Flat;
    gradients: { inputs: Numbers | null; params: Flat; initialState: Flat };
  };
};

const folder = new URL('../../../fixtures/golden/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace('.json', ''));

function build(spec: Spec): AnyPart {
  if (spec.type === 'bidirectional') return bidirectional(build(spec.forward!), build(spec.backward!));
  if (spec.type === 'stack') return stack(spec.parts!.map(build) as [AnyPart]);
  const convolutions = { conv1d, conv2d, maxPool2d, averagePool2d, layerNorm, layerNormLstm };
  const recurrent = { lstm, gru, simpleRnn, minGru, minLstm, embedding };
  const makers = { ...recurrent, ...convolutions } as unknown as Record<
    string,
    (options: Omit<Spec, 'type'>) => AnyPart
  >;
  const { type, ...options } = spec;
  return makers[type]!(options);
}

const floats = ({ values, shape }: Numbers): Tensor => tf.tensor(values, shape);
const record = (flat: Flat): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(flat).map(([name, numbers]) => [name, floats(numbers)]));

/** max|a − b| ≤ 1e-5 · max|b| */
function expectAgreement(what: string, actual: Tensor, expected: Numbers): void {
  expect(actual.shape, what).toEqual(expected.shape);
  const largest = expected.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const numbers = actual.dataSync<'float32'>();
  const worst = numbers.reduce((most, value, i) => Math.max(most, Math.abs(value - expected.values[i]!)), 0);
  expect(worst, `${what}: max|a − b| against 1e-5 · max|b|`).toBeLessThanOrEqual(1e-5 * largest);
}

describe.each(names)('%s', (name) => {
  const golden: Golden = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
  const part = build(golden.layer);
  const paths = isCell(part) ? [true, false] : [true];

  it.each(paths)(`agrees with ${golden.madeBy}, fused: %s`, (fused) => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const ids = part.inputKind === 'ids';
      const inputs = ids
        ? tf.tensor(golden.inputs.values, golden.inputs.shape, 'int32')
        : floats(golden.inputs);
      const params = record(golden.params);
      const state = record(golden.initialState);
      const runWith = (given: Record<string, Tensor>, start: Record<string, Tensor>, x: Tensor) =>
        unroll(part as AnyLayer, unflattenParams(part.init(0), given), x as never, {
          initialState: unflattenParams(part.zeroState(inputs.shape[0]!), start),
          lengths: golden.lengths ?? undefined,
          reverse: golden.reverse,
          fused,
        });

      const result = runWith(params, state, inputs);
      expectAgreement('output', result.output, golden.expected.output);
      const finalState = flattenParams(result.state);
      expect(Object.keys(finalState).sort()).toEqual(Object.keys(golden.expected.finalState).sort());
      for (const [key, numbers] of Object.entries(golden.expected.finalState)) {
        expectAgreement(`final state ${key}`, finalState[key]!, numbers);
      }

      const paramNames = Object.keys(params);
      const stateNames = Object.keys(state);
      const loss = (...all: Tensor[]) => {
        const take = (keys: string[], offset: number) =>
          Object.fromEntries(keys.map((key, i) => [key, all[offset + i]!]));
        const { output, state: last } = runWith(
          take(paramNames, 0),
          take(stateNames, paramNames.length),
          ids ? inputs : all[all.length - 1]!,
        );
        const flatLast = flattenParams(last);
        return tf.addN([
          tf.sum(tf.mul(output, floats(golden.outputGradient))),
          ...Object.entries(golden.finalStateGradient).map(([key, gradient]) =>
            tf.sum(tf.mul(flatLast[key]!, floats(gradient))),
          ),
        ]) as tf.Scalar;
      };
      const tensors = [...Object.values(params), ...Object.values(state), ...(ids ? [] : [inputs])];
      const gradients = tf.grads(loss)(tensors);
      const { gradients: expected } = golden.expected;
      paramNames.forEach((key, i) => {
        expectAgreement(`gradient of ${key}`, gradients[i]!, expected.params[key]!);
      });
      stateNames.forEach((key, i) => {
        expectAgreement(
          `gradient of initial ${key}`,
          gradients[paramNames.length + i]!,
          expected.initialState[key]!,
        );
      });
      if (!ids) expectAgreement('gradient of the inputs', gradients[gradients.length - 1]!, expected.inputs!);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
