/**
 * Convolution, pooling and pictures in stacks: types, lengths, reverse, descriptions, initial weights, and
 * errors.
 */
import type { Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, expectTypeOf, it } from 'vitest';
import {
  type AnyPart,
  averagePool1d,
  averagePool2d,
  bidirectional,
  conv1d,
  conv2d,
  dense,
  describe,
  flatten,
  flattenParams,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool1d,
  globalMaxPool2d,
  isManyToOne,
  lastOutput,
  layerNorm,
  layerNormLstm,
  lstm,
  type ManyToOne,
  maxPool1d,
  maxPool2d,
  modelFrom,
  parameterShapes,
  pixelSteps,
  residual,
  stack,
  structureOf,
  unroll,
} from '../src/index';
import { clean, refusal } from './support';

const steps = (batchSize: number, length: number, size: number) =>
  tf.randomNormal<tf.Rank.R3>([batchSize, length, size], 0, 1, 'float32', 3);
const pictures = (...shape: [number, number, number, number]) =>
  tf.randomNormal<tf.Rank.R4>(shape, 0, 1, 'float32', 4);

it(
  'the types follow from pictures to vectors and to one output a row',
  clean(() => {
    const maps = stack([conv2d({ inputSize: 3, filters: 4, kernelSize: 3 }), maxPool2d({ size: 2 })]);
    const made = unroll(maps, maps.init(1), pictures(2, 8, 6, 3));
    expectTypeOf(made.output).toEqualTypeOf<Tensor4D>();
    expect(made.output.shape).toEqual([2, 3, 2, 4]);
    expect(maps.outputShape!([2, 8, 6, 3])).toEqual([2, 3, 2, 4]);

    const classifier = stack([maps, flatten({ height: 3, width: 2 }), dense({ inputSize: 24, units: 5 })]);
    expectTypeOf(classifier).toExtend<ManyToOne<'pictures'>>();
    const scores = unroll(classifier, classifier.init(1), pictures(2, 8, 6, 3)).output;
    expectTypeOf(scores).toEqualTypeOf<Tensor2D>();
    expect([scores.shape, isManyToOne(classifier)]).toEqual([[2, 5], true]);

    const reader = stack([maps, pixelSteps(), lstm({ inputSize: 4, units: 3 })]);
    const sequence = unroll(reader, reader.init(1), pictures(2, 8, 6, 3)).output;
    expectTypeOf(sequence).toEqualTypeOf<Tensor3D>();
    expect(sequence.shape).toEqual([2, 6, 3]);
    // @ts-expect-error pictures after a sequence
    expect(() => stack([lstm({ inputSize: 2, units: 3 }), pixelSteps()])).toThrow(/to read vectors of 3/);
  }),
);

it(
  'the lengths of rows follow strides, and what is past them reaches nothing',
  clean(() => {
    const model = stack([
      conv1d({ inputSize: 2, filters: 3, kernelSize: 3, stride: 2 }),
      maxPool1d({ size: 2, stride: 1 }),
      lstm({ inputSize: 3, units: 4 }),
    ]);
    const params = model.init(5);
    const x = steps(3, 11, 2);
    const lengths = [11, 7, 2];
    const { output, state } = unroll(model, params, x, { lengths });
    // (11 − 3) / 2 + 1 = 5 and 4; (7 − 3) / 2 + 1 = 3 and 2; 2 steps give no output.
    expect(output.shape).toEqual([3, 4, 4]);
    const alone = unroll(model, params, tf.slice(x, [1, 0, 0], [1, 7, 2]));
    const valid = tf.slice(output, [1, 0, 0], [1, 2, 4]);
    expect(tf.max(tf.abs(tf.sub(valid, alone.output))).dataSync()[0]).toBeLessThan(1e-6);
    expect([...tf.slice(output, [1, 2, 0], [1, 2, 4]).dataSync()].every((value) => value === 0)).toBe(true);
    expect([...tf.slice(state[2].h, [2, 0], [1, 4]).dataSync()]).toEqual([0, 0, 0, 0]);
  }),
);

it(
  'in reverse each row is read backwards, with strides too',
  clean(() => {
    for (const part of [
      conv1d({ inputSize: 2, filters: 3, kernelSize: 2, stride: 2, padding: 'causal' }),
      averagePool1d({ inputSize: 2, size: 2 }),
    ]) {
      const params = part.init(1);
      const x = steps(1, 7, 2);
      const padded = tf.concat([x, tf.fill([1, 2, 2], Number.NaN)], 1) as Tensor3D;
      const backward = unroll(part, params as never, padded, { lengths: [7], reverse: true }).output;
      const flipped = unroll(part, params as never, tf.reverse(x, 1)).output;
      const valid = tf.slice(backward, 0, flipped.shape);
      expect(tf.max(tf.abs(tf.sub(valid, tf.reverse(flipped, 1)))).dataSync()[0]).toBeLessThan(1e-6);
    }
  }),
);

it(
  'a causal convolution sees no later step, and global pooling no padding',
  clean(() => {
    const part = conv1d({ inputSize: 1, filters: 1, kernelSize: 3, dilation: 2, padding: 'causal' });
    const params = part.init(1);
    const [x, y] = [tf.ones<tf.Rank.R3>([1, 6, 1]), tf.tensor3d([1, 1, 1, 1, 9, 9], [1, 6, 1])];
    const [a, b] = [x, y].map((input) => unroll(part, params, input).output.dataSync().slice(0, 4));
    expect(a).toEqual(b);
    const negative = tf.tensor3d([-3, -1, 7, 7], [1, 4, 1]);
    const options = { lengths: [2] };
    expect(unroll(globalMaxPool1d({ inputSize: 1 }), {}, negative, options).output.dataSync()[0]).toBe(-1);
    expect(unroll(globalAveragePool1d({ inputSize: 1 }), {}, negative, options).output.dataSync()[0]).toBe(
      -2,
    );
    expect(
      unroll(globalMaxPool1d({ inputSize: 1 }), {}, negative, { lengths: [0] }).output.dataSync()[0],
    ).toBe(0);
  }),
);

it(
  'init draws as Keras does: the fans count every tap',
  clean(() => {
    const { kernel, bias } = conv2d({ inputSize: 20, filters: 30, kernelSize: [3, 5] }).init(1);
    const limit = Math.sqrt(6 / (15 * (20 + 30)));
    const most = tf.max(tf.abs(kernel)).dataSync()[0]!;
    expect(most).toBeLessThanOrEqual(limit);
    expect(most).toBeGreaterThan(0.99 * limit);
    expect(bias!.dataSync().every((value) => value === 0)).toBe(true);
    const { beta, gamma } = layerNormLstm({ inputSize: 2, units: 2 }).init(1);
    expect([...beta.dataSync()]).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 0, 0]);
    expect([...gamma.dataSync()].every((value) => value === 1)).toBe(true);
  }),
);

it(
  'each part goes through a description and back',
  clean(() => {
    const parts: AnyPart[] = [
      conv1d({ inputSize: 2, filters: 3, kernelSize: 3, padding: [2, 0], activation: 'relu' }),
      conv1d({ inputSize: 2, filters: 3, kernelSize: 3, padding: 'causal', kernelInitializer: 'heNormal' }),
      conv2d({ inputSize: 2, filters: 3, kernelSize: [1, 2], padding: 1, useBias: false }),
      maxPool1d({ inputSize: 2, size: 3 }),
      averagePool1d({ inputSize: 2, size: 3, stride: 1 }),
      maxPool2d({ inputSize: 2, size: 2, stride: [1, 2], padding: 'same' }),
      averagePool2d({ inputSize: 2, size: 2 }),
      globalMaxPool1d({ inputSize: 2 }),
      globalAveragePool1d({ inputSize: 2 }),
      globalMaxPool2d({ inputSize: 2 }),
      globalAveragePool2d({ inputSize: 2 }),
      flatten({ height: 2, width: 3, inputSize: 2 }),
      pixelSteps({ inputSize: 2 }),
      layerNorm({ inputSize: 4, epsilon: 1e-3 }),
      layerNormLstm({ inputSize: 2, units: 3, forgetBias: 2, recurrentDropout: 0.1 }),
      stack([conv1d({ inputSize: 2, filters: 3, kernelSize: 2 }), maxPool1d({ size: 2 }), layerNorm()]),
    ];
    for (const part of parts) {
      const description = JSON.parse(JSON.stringify(describe(part)));
      const again = modelFrom(description);
      expect(describe(again)).toEqual(description);
      const [own, other] = [part, again].map((one) => flattenParams(one.init(3)));
      expect(Object.keys(other!)).toEqual(Object.keys(parameterShapes(part)));
      for (const [path, tensor] of Object.entries(own!))
        expect(other![path]!.dataSync()).toEqual(tensor.dataSync());
      if (part.inputKind === 'pictures') continue;
      expect(structureOf(again)?.type).toBe(structureOf(part)?.type);
    }
    const damaged = describe(conv1d({ inputSize: 2, filters: 3, kernelSize: 3 }));
    const wrong = { ...damaged, model: { ...damaged.model, padding: 'full' } };
    expect(refusal(() => modelFrom(wrong))).toMatch(/model\.padding to be one of valid, same, causal/);
  }),
);

it(
  'recurrent dropout drops some of the cell input in training, by the seed',
  clean(() => {
    const cell = layerNormLstm({ inputSize: 2, units: 30, recurrentDropout: 0.5 });
    const [params, x] = [cell.init(1), steps(2, 3, 2)];
    const run = (context: { training: true; seed: number } | { training: false }) =>
      unroll(cell, params, x, { context }).output.dataSync();
    const [calm, one, same, other] = [
      run({ training: false }),
      ...[5, 5, 6].map((seed) => run({ training: true, seed })),
    ];
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
    expect(one).not.toEqual(calm);
  }),
);

it(
  'refuses what does not fit, in words',
  clean(() => {
    const conv = conv2d({ inputSize: 3, filters: 4, kernelSize: 3 });
    const params = conv.init(1);
    const told = (body: () => unknown) => refusal(body);
    expect(told(() => stack([conv, dense({ inputSize: 4, units: 2 })]))).toMatch(
      /to read pictures of 4, .*put flatten, pixelSteps or globalAveragePool2d between them/,
    );
    expect(told(() => unroll(conv, params, pictures(1, 2, 8, 3)))).toMatch(
      /at least 3 rows of pixels, got 2/,
    );
    expect(told(() => unroll(conv, params, steps(1, 2, 3) as never))).toMatch(
      /float32 pictures \[B, H, W, 3\]/,
    );
    expect(told(() => unroll(conv, params, pictures(1, 4, 4, 3), { lengths: [1] }))).toMatch(
      /neither lengths/,
    );
    expect(told(() => lastOutput(conv as never))).toMatch(/which returns pictures/);
    expect(told(() => flatten({ height: 2, width: 2 }).inputSize)).toMatch(/only in a stack/);
    const flat = flatten({ height: 2, width: 2, inputSize: 1 });
    expect(told(() => unroll(flat, {}, pictures(1, 3, 2, 1)))).toMatch(/pictures of 2 × 2 pixels, got 3 × 2/);
    const one = conv1d({ inputSize: 2, filters: 2, kernelSize: 3 });
    expect(told(() => unroll(one, one.init(1), steps(1, 2, 2)))).toMatch(/at least 3 time steps, got 2/);
    expect(told(() => unroll(residual(one), one.init(1), steps(1, 5, 2)))).toMatch(
      /to return 5 steps, got 3/,
    );
    const both = bidirectional(one, lstm({ inputSize: 2, units: 2 }));
    expect(told(() => unroll(both, both.init(1), steps(1, 5, 2)))).toMatch(/to return 3 steps, got 5/);
    expect(told(() => conv1d({ inputSize: 2, filters: 2, kernelSize: 3, padding: 'full' as never }))).toMatch(
      /padding 'valid', 'same', 'causal'/,
    );
    expect(told(() => conv2d({ inputSize: 2, filters: 2, kernelSize: [1, 2, 3] as never }))).toMatch(
      /a list of 3/,
    );
    const sized = { inputSize: 2, filters: 2, kernelSize: 3 };
    for (const option of ['padding', 'stride', 'dilation'] as const) {
      expect(told(() => conv2d({ ...sized, [option]: null as never }))).toMatch(/got null/);
      expect(told(() => conv1d({ ...sized, [option]: null as never }))).toMatch(/got null/);
    }
    const window = maxPool1d({ inputSize: 2, size: 3 });
    expect(told(() => unroll(window, {}, steps(1, 2, 2)))).toMatch(/got 2: use a smaller size/);
    expect(told(() => layerNorm({ inputSize: 2, epsilon: 0 }))).toMatch(/epsilon to be positive/);
  }),
);
