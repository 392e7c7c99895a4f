/**
 * The fused sequences of attention wrappers of random sizes, compared with their steps: outputs, states, all
 * gradients.
 */
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel } from '@unrolled/kernels';
import { expect, it } from 'vitest';
import {
  type AnyCell,
  type AnyPart,
  attend,
  attentionWrapper,
  flattenParams,
  gru,
  lstm,
  random,
  simpleRnn,
  unflattenParams,
  unroll,
} from '../src/index';

const MAKERS = [lstm, gru, simpleRnn] as const;
const SCORES = ['additive', 'dot', 'general', 'scaled'] as const;

function randomCase(seed: number) {
  const { uniform } = random(seed);
  const integer = (least: number, most: number) => least + Math.floor(uniform() * (most - least + 1));
  const [batch, steps, positions] = [integer(1, 5), integer(1, 5), integer(1, 9)];
  const units = integer(1, 21);
  const score = SCORES[seed % 4]!;
  const memorySize = score === 'dot' || score === 'scaled' ? units : integer(1, 19);
  const attentionUnits = uniform() < 0.5 ? integer(1, 18) : undefined;
  const inputFeeding = uniform() < 0.7;
  const inputSize = integer(1, 7);
  const fed = inputFeeding ? (attentionUnits ?? memorySize) : 0;
  const cell = MAKERS[integer(0, 2)]!({ inputSize: inputSize + fed, units });
  const part = attentionWrapper(cell as AnyCell, {
    ...{ memorySize, score, attentionUnits, inputFeeding },
    ...(score === 'additive' && { units: integer(1, 18), normalized: uniform() < 0.5 }),
    ...(attentionUnits && { activation: uniform() < 0.7 ? 'tanh' : 'linear' }),
  }) as AnyCell;
  const of = (rows: number, most: number) => Array.from({ length: rows }, () => integer(0, most));
  const ragged = uniform() < 0.6;
  return {
    part,
    shapes: { inputs: [batch, steps, inputSize], memory: [batch, positions, memorySize] } as const,
    sources: of(batch, positions),
    options: { lengths: ragged ? of(batch, steps) : undefined, reverse: uniform() < 0.5 },
    name: `${seed}: ${score}${inputFeeding ? ' fed' : ''} of ${cell.name} ${units}`,
  };
}

it('is what the steps give, in every gradient', () => {
  const before = tf.memory().numTensors;
  // On other backends both paths are the steps.
  const count = hasFusedKernel('attentionSequence') ? 16 : 2;
  for (let seed = 1; seed <= count; seed++) {
    tf.tidy(() => {
      const { part, shapes, sources, options, name } = randomCase(seed);
      const draw = (shape: readonly number[], own: number) =>
        tf.randomNormal([...shape], 0, 0.5, 'float32', own);
      const template = part.init(seed) as Record<string, unknown>;
      const flat = { ...flattenParams(template) };
      const zeros = flattenParams(part.zeroState(shapes.inputs[0]));
      const carried = Object.keys(zeros).filter((key) => /^cell|^attention$/.test(key));
      const given: Record<string, Tensor> = Object.fromEntries(
        Object.entries({ ...flat, inputs: shapes.inputs, memory: shapes.memory }).map(([key, value], i) => [
          key,
          draw(value instanceof tf.Tensor ? value.shape : value, seed * 100 + i),
        ]),
      );
      for (const [i, key] of carried.entries())
        given[`state ${key}`] = draw(zeros[key]!.shape, seed * 50 + i);
      const run = (of: Record<string, Tensor>, fused: boolean) => {
        const own = Object.fromEntries(Object.keys(flat).map((key) => [key, of[key]!]));
        const params = unflattenParams(template, own) as never;
        const start = flattenParams(
          attend(part as AnyPart, params, of.memory as Tensor3D, { lengths: sources }),
        );
        for (const key of carried) start[key] = of[`state ${key}`]!;
        const form = unflattenParams(attend(part as AnyPart, params, of.memory as Tensor3D), start);
        const { output, state } = unroll(part, params, of.inputs as never, {
          ...options,
          initialState: form,
          fused,
        });
        return { output, ...flattenParams(state) };
      };
      const names = Object.keys(given);
      const gradients = (fused: boolean) => {
        const weigh = (tensor: Tensor, i: number) => tf.sum(tf.mul(tensor, draw(tensor.shape, 7 + i)));
        const loss = (...all: Tensor[]) =>
          tf.addN(
            Object.values(run(Object.fromEntries(names.map((key, i) => [key, all[i]!])), fused)).map(weigh),
          ) as tf.Scalar;
        const found = tf.grads(loss)(names.map((key) => given[key]!));
        return Object.fromEntries(names.map((key, i) => [`gradient of ${key}`, found[i]!]));
      };
      const [fast, slow] = [true, false].map(
        (fused): Record<string, Tensor> => ({ ...run(given, fused), ...gradients(fused) }),
      );
      for (const [key, tensor] of Object.entries(slow!)) {
        const largest = Math.max(1e-2, (tf.max(tf.abs(tensor)) as Tensor2D).dataSync()[0]!);
        const worst = tf.max(tf.abs(tf.sub(tensor, fast![key]!))).dataSync()[0]!;
        // The difference comes from rounding to float32 and from tanh.
        expect(worst / largest, `${name}, ${key}`).toBeLessThan(3e-5);
      }
    });
  }
  expect(tf.memory().numTensors).toBe(before);
});
