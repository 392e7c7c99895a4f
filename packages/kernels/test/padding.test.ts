/**
 * The values past a row's length may be anything: they affect no output, state or gradient, bit for bit, on
 * any number of threads.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  embeddingLookup,
  gruSequence,
  hasFusedKernel,
  type LayerData,
  lastStep,
  linear,
  lstmSequence,
  maskSequence,
  meanSoftmaxCrossEntropy,
  registerUnrolledBackend,
  sequenceStack,
  simpleRnnSequence,
  softmaxCrossEntropy,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
} from '@unrolled/kernels';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cleanAndPoisoned, fusedSequence, generator, randomCase } from './fused';
import type { Layer } from './reference';

const LAYERS: Layer[] = ['lstm', 'gru-after', 'gru-before', 'rnn-tanh', 'rnn-relu'];
const NOT_FINITE = [Number.NaN, Number.POSITIVE_INFINITY];

const use = async (threads: number) => {
  unregisterUnrolledBackend();
  await registerUnrolledBackend({ threads });
  await tf.setBackend('unrolled');
};
const bitsOf = ({ buffer }: { readonly buffer: ArrayBufferLike }) => new Uint32Array(buffer);
afterAll(() => unregisterUnrolledBackend());

describe.each([1, 2])('on %d threads', (threads) => {
  beforeEach(() => use(threads));

  test.each(LAYERS)('%s', (layer) => {
    const sizes = [
      { batch: 4, time: 5, inputSize: 3, units: 6 },
      { batch: 17, time: 31, inputSize: 7, units: 17 }, // Several groups of rows and blocks of steps.
      { batch: 17, time: 31, inputSize: 19, units: 5 },
      { batch: 5, time: 6, inputSize: 4, units: 9, ids: true },
    ];
    for (const [round, size] of sizes.entries()) {
      const lengths = Array.from({ length: size.batch }, (_, b) => [size.time, 0, 2, size.time - 1][b % 4]!);
      for (const reverse of [false, true]) {
        const before = tf.memory().numTensors;
        const used = unrolledBackendInfo()!.usedBytes;
        for (const poison of NOT_FINITE) {
          const given = randomCase(layer, size, round + 1);
          const { clean, poisoned } = cleanAndPoisoned(
            fusedSequence,
            layer,
            given,
            { lengths, reverse },
            poison,
          );
          for (const [name, values] of Object.entries(clean))
            expect(bitsOf(poisoned[name]!), name).toEqual(bitsOf(values));
          expect(poisoned['d kernel']!.every(Number.isFinite)).toBe(true);
        }
        expect(tf.memory().numTensors).toBe(before);
        expect(unrolledBackendInfo()!.usedBytes).toBe(used);
      }
    }
  });
});

describe('ops', () => {
  beforeEach(() => use(1));
  let before = 0;
  beforeEach(() => {
    before = tf.memory().numTensors;
  });
  afterEach(() => expect(tf.memory().numTensors).toBe(before));

  test('a stack gives the gradients of clean padding', () => {
    const random = generator(3);
    const values = (size: number) => Float32Array.from({ length: size }, () => random() - 0.5);
    const SIGMOID = { activation: 'tanh', recurrentActivation: 'sigmoid' } as const;
    const layers: LayerData[] = [
      { type: 'lstm', inputSize: 3, units: 4, ...SIGMOID },
      { type: 'gru', variant: 'reset-before', inputSize: 4, units: 5, ...SIGMOID },
    ];
    const [x, lstm, gru] = [
      values(2 * 3 * 3),
      [values(48), values(64), values(16)],
      [values(60), values(75), values(15)],
    ];
    const gradients = (poison: number) =>
      tf.tidy(() => {
        const input = tf.tensor3d(
          x.map((value, i) => (i >= 9 + 3 ? poison : value)),
          [2, 3, 3],
        );
        const part = (layer: LayerData, [kernel, recurrentKernel, bias]: tf.Tensor[], state: object) => ({
          layer,
          params: { kernel, recurrentKernel, bias },
          state: state as Record<string, tf.Tensor>,
        });
        const all = [
          input,
          ...[tf.tensor(lstm[0]!, [3, 16]), tf.tensor(lstm[1]!, [4, 16]), tf.tensor(lstm[2]!)],
          ...[tf.tensor(gru[0]!, [4, 15]), tf.tensor(gru[1]!, [5, 15]), tf.tensor(gru[2]!)],
        ];
        const lossOf = (...[moved, ...weights]: tf.Tensor[]) => {
          const parts = [
            part(layers[0]!, weights.slice(0, 3), { h: tf.zeros([2, 4]), c: tf.zeros([2, 4]) }),
            part(layers[1]!, weights.slice(3), { h: tf.zeros([2, 5]) }),
          ];
          return tf.sum(
            tf.square(sequenceStack(moved!, parts, { lengths: Uint8Array.of(3, 1) }).output),
          ) as tf.Scalar;
        };
        return tf
          .grads(lossOf)(all)
          .map((gradient) => Array.from(gradient.dataSync()));
      });
    const clean = gradients(0.25);
    expect(clean.flat().every(Number.isFinite)).toBe(true);
    for (const poison of NOT_FINITE) expect(gradients(poison)).toEqual(clean);
  });

  test('maskSequence puts zeros past the lengths, of x and of the gradient', () => {
    tf.tidy(() => {
      const numbers = Array.from({ length: 24 }, (_, i) => i + 1);
      const expected = numbers.map((value, i) =>
        Math.floor(i / 2) % 4 < [4, 0, 2][Math.floor(i / 8)]! ? value : 0,
      );
      const x = tf.tensor3d(
        numbers.map((value, i) => expected[i]! || Number.NaN * value),
        [3, 4, 2],
      );
      for (const lengths of [[4, 0, 2], Int32Array.of(4, 0, 2)]) {
        expect(Array.from(maskSequence(x, lengths).dataSync())).toEqual(expected);
        const slope = tf.grad((moved: tf.Tensor) => maskSequence(moved as tf.Tensor3D, lengths))(x, x);
        expect(Array.from(slope.dataSync())).toEqual(expected);
      }
      expect(() => maskSequence(x, [5, 0, 2])).toThrow(
        'maskSequence: expected 3 lengths, each an integer in 0 … 4',
      );
      expect(() => maskSequence(tf.zeros([3, 4]) as never, [4, 0, 2])).toThrow(
        'maskSequence: expected x to be',
      );
    });
  });

  test('a row whose cross-entropy does not count has no gradient, whatever its logits', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d(
        [1, 2, 3, Number.NaN, 0, 0, Number.POSITIVE_INFINITY, 1, 2, 3, 1, 2],
        [4, 3],
      );
      const ids = tf.tensor1d([0, 1, 2, 1], 'int32');
      const slope = tf.grad((x: tf.Tensor) => softmaxCrossEntropy(x, ids))(logits, tf.tensor1d([1, 0, 0, 2]));
      const rows = (slope as tf.Tensor2D).arraySync();
      expect([rows[1], rows[2]]).toEqual([
        [0, 0, 0],
        [0, 0, 0],
      ]);
      expect([...rows[0]!, ...rows[3]!].every((value) => Number.isFinite(value) && value !== 0)).toBe(true);
    });
  });

  test('lengths are an array or a typed array', () => {
    tf.tidy(() => {
      const x = tf.ones([2, 3, 2]) as tf.Tensor3D;
      expect(lastStep(x, Uint8Array.of(3, 0)).arraySync()).toEqual([
        [1, 1],
        [0, 0],
      ]);
      expect(() => lastStep(x, tf.tensor1d([3, 0]) as never)).toThrow(
        'lastStep: expected 2 lengths, each an integer in 0 … 3, got a tensor [2]: pass an array; for a tensor, Array.from(await lengths.data())',
      );
    });
  });

  test('none has a second-order gradient, and each says so by its name; lastStep and maskSequence have one', () => {
    const random = generator(5);
    const tensor = (...shape: number[]): tf.Tensor2D => {
      const values = Array.from({ length: tf.util.sizeFromShape(shape) }, () => random() - 0.5);
      const made: tf.Tensor = tf.tensor(values, shape);
      return made as tf.Tensor2D;
    };
    const ids = tf.tensor1d([0, 1, 1, 0], 'int32');
    const state = { initialH: tf.zeros([2, 3]) as tf.Tensor2D };
    const weights = (gates: number) => ({
      kernel: tensor(2, gates * 3),
      recurrentKernel: tensor(3, gates * 3),
      bias: tf.zeros([gates * 3]),
      ...state,
    });
    const [four, three, one] = [weights(4), weights(3), weights(1)];
    const table = tensor(2, 3);
    const stackOf = (x: tf.Tensor, kernel: tf.Tensor) => {
      const layer: LayerData = {
        type: 'linear',
        inputSize: 2,
        units: 3,
        activation: 'linear',
        useBias: false,
      };
      return sequenceStack(x, [{ layer, params: { kernel }, state: {} }]);
    };
    const cases: [string, tf.Tensor, (x: tf.Tensor) => tf.Tensor][] = [
      ['lstmSequence', tensor(2, 4, 2), (x) => lstmSequence({ x, ...four, initialC: state.initialH }).output],
      [
        'gruSequence',
        tensor(2, 4, 2),
        (x) => gruSequence({ x, ...three }, { variant: 'reset-after' }).output,
      ],
      ['simpleRnnSequence', tensor(2, 4, 2), (x) => simpleRnnSequence({ x, ...one }).output],
      ['linear', tensor(4, 2), (x) => tf.square(linear(x, table))],
      ['embeddingLookup', tensor(2, 3), (x) => tf.square(embeddingLookup(x as tf.Tensor2D, ids))],
      ['softmaxCrossEntropy', tensor(4, 3), (x) => softmaxCrossEntropy(x, ids)],
      ['softmaxCrossEntropy', tensor(4, 3), (x) => meanSoftmaxCrossEntropy(x, ids)],
      ['sequenceStack', tensor(2, 4, 2), (x) => stackOf(x, table).output],
    ];
    const second = (op: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor) =>
      tf.tidy(() =>
        tf
          .grad((y: tf.Tensor) => tf.sum(tf.square(tf.grad(op)(y))))(x)
          .dataSync(),
      );
    for (const [name, x, op] of cases) {
      expect(() => second(op, x), name).toThrow(
        `[unrolled/kernels] ${name}: expected a first-order gradient, got a second-order gradient: use finite differences`,
      );
    }
    const x: tf.Tensor = tensor(2, 3, 2);
    // The sum of cubes: (3x²)² has the derivative 36x³.
    const cube = (y: tf.Tensor) => tf.mul(tf.mul(y, y), y);
    const slopes = second((y) => cube(lastStep(y as tf.Tensor3D, [2, 3])), x);
    const masked = second((y) => cube(maskSequence(y as tf.Tensor3D, [2, 3])), x);
    x.dataSync().forEach((value, i) => {
      const [row, time] = [Math.floor(i / 6), Math.floor(i / 2) % 3];
      const slope = 36 * value ** 3;
      expect(Math.abs(slopes[i]! - (time === row + 1 ? slope : 0))).toBeLessThan(1e-5);
      expect(Math.abs(masked[i]! - (time <= row + 1 ? slope : 0))).toBeLessThan(1e-5);
    });
    expect(hasFusedKernel('maskSequence')).toBe(true);
    tf.disposeVariables();
    tf.dispose([ids, table, x, state, ...cases.map(([, at]) => at)]);
    for (const group of [four, three, one]) tf.dispose([group.kernel, group.recurrentKernel, group.bias]);
  });
});
