import * as tf from '@tensorflow/tfjs-core';
import {
  type GateActivation,
  registerUnrolledBackend,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
} from '@unrolled/kernels';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  fusedSequence,
  generator,
  outputsAndGradients,
  randomCase,
  type SequenceCase,
  worstDifference,
} from './fused';
import { type Layer, type Options, referenceSequence } from './reference';

const LAYERS: [name: string, layer: Layer, gates: GateActivation][] = [
  ['lstm', 'lstm', 'sigmoid'],
  ['lstm, hard sigmoid', 'lstm', 'hardSigmoid'],
  ['gru-after', 'gru-after', 'sigmoid'],
  ['gru-after, hard sigmoid', 'gru-after', 'hardSigmoid'],
  ['gru-before', 'gru-before', 'sigmoid'],
  ['gru-before, hard sigmoid', 'gru-before', 'hardSigmoid'],
  ['rnn-tanh', 'rnn-tanh', 'sigmoid'],
  ['rnn-relu', 'rnn-relu', 'sigmoid'],
];

beforeAll(() => registerUnrolledBackend({ threads: 2 }));
afterAll(() => unregisterUnrolledBackend());

async function compare(layer: Layer, sequence: SequenceCase, options: Options) {
  await tf.setBackend('cpu');
  const expected = outputsAndGradients(referenceSequence, layer, sequence, options);
  await tf.setBackend('unrolled');
  const before = tf.memory().numTensors;
  const usedBefore = unrolledBackendInfo()!.usedBytes;
  const actual = outputsAndGradients(fusedSequence, layer, sequence, options);
  expect(tf.memory().numTensors).toBe(before);
  expect(unrolledBackendInfo()!.usedBytes).toBe(usedBefore);
  const { name, error } = worstDifference(actual, expected);
  expect(error, name).toBeLessThan(1e-4);
}

/**
 * Sets the biases in turn, and scales the weights down so that the biases decide on which side of a kink a
 * unit is.
 */
function withBiases(sequence: SequenceCase, biases: readonly number[], scale: number): SequenceCase {
  const { bias, kernel, recurrentKernel, recurrentBias } = sequence.arrays;
  bias!.values.forEach((_, i, values) => {
    values[i] = biases[i % biases.length]!;
  });
  for (const array of [kernel, recurrentKernel, recurrentBias])
    array?.values.forEach((value, i, all) => {
      all[i] = value * scale;
    });
  return sequence;
}

describe.each(LAYERS)('%s', (name, layer, recurrentActivation) => {
  test('agrees with the composed path over random shapes, lengths, directions and both kinds of input', async () => {
    const random = generator(LAYERS.findIndex(([other]) => other === name) + 11);
    const rounds = recurrentActivation === 'sigmoid' ? 24 : 10;
    for (let round = 0; round < rounds; round++) {
      const size = {
        batch: 1 + Math.floor(random() * 6),
        time: 1 + Math.floor(random() * 6),
        inputSize: 1 + Math.floor(random() * 9),
        units: 1 + Math.floor(random() * 19),
        ids: random() < 0.4,
      };
      // The reference uses tfjs's oneHot, which throws for a depth of 1.
      if (size.ids) size.inputSize++;
      const options: Options = { reverse: random() < 0.5, recurrentActivation };
      if (random() < 0.6) {
        options.lengths = Array.from({ length: size.batch }, () => Math.floor(random() * (size.time + 1)));
      }
      await compare(layer, randomCase(layer, size, round + 1, round % 3 > 0), options);
    }
  });

  test.each([false, true])('agrees when threads share the work, reverse %s', async (reverse) => {
    const sequence = randomCase(layer, { batch: 13, time: 9, inputSize: 37, units: 65 }, 5);
    const lengths = Array.from({ length: 13 }, (_, b) => [0, 1, 9, 8, 5][b % 5]!);
    await compare(layer, sequence, { reverse, lengths, recurrentActivation });
    const ids = randomCase(layer, { batch: 13, time: 9, inputSize: 37, units: 65, ids: true }, 6);
    await compare(layer, ids, { reverse, recurrentActivation });
  });

  test('agrees where the weight gradients are summed over groups of rows, of one block of steps and of several', async () => {
    const { batch, time } = { batch: 37, time: 20 };
    const lengths = Array.from({ length: batch }, (_, b) => (b * 3) % (time + 1));
    const vectors = randomCase(layer, { batch, time, inputSize: 3, units: 5 }, 12);
    await compare(layer, vectors, { lengths, recurrentActivation });
    const ids = randomCase(layer, { batch: 9, time: 300, inputSize: 4, units: 6, ids: true }, 13);
    await compare(layer, ids, { reverse: true, recurrentActivation });
  });

  test('its gradient agrees with finite differences', async () => {
    await tf.setBackend('unrolled');
    const sequence = randomCase(layer, { batch: 3, time: 4, inputSize: 3, units: 5 }, 3);
    // A finite difference across a kink does not approximate the derivative.
    if (layer === 'rnn-relu') withBiases(sequence, [-1.5, 1.5, 1.5], 0.3);
    if (recurrentActivation === 'hardSigmoid') withBiases(sequence, [-5, 0.4, 5, -0.3], 0.3);
    const options: Options = { lengths: [4, 1, 0], recurrentActivation };
    const gradients = outputsAndGradients(fusedSequence, layer, sequence, options);
    for (const [name, array] of Object.entries({ ...sequence.arrays, x: sequence.x! })) {
      const gradient = gradients[`d ${name}`]!;
      const scale = Math.max(...gradient.map(Math.abs));
      for (let k = 0; k < 6; k++) {
        const i = (k * 7919) % array.values.length;
        const value = array.values[i]!;
        // A power of two, so that value ± step is exact; the loss is a float32.
        const step = 2 ** -6;
        const lossAt = (shift: number) => {
          array.values[i] = value + shift;
          const loss = outputsAndGradients(fusedSequence, layer, sequence, options).loss![0]!;
          array.values[i] = value;
          return loss;
        };
        const slope =
          (8 * (lossAt(step) - lossAt(-step)) - (lossAt(2 * step) - lossAt(-2 * step))) / (12 * step);
        expect(Math.abs(slope - gradient[i]!), `${name}[${i}]`).toBeLessThan(2e-3 * Math.max(scale, 0.1));
      }
    }
  });
});

test.each(['lstm', 'gru-after', 'gru-before'] as const)(
  '%s: the hard sigmoid has its slope at |x| = 2.5 too, as in tfjs, and none beyond',
  async (layer) => {
    const options: Options = { recurrentActivation: 'hardSigmoid' };
    const sequence = randomCase(layer, { batch: 2, time: 3, inputSize: 2, units: 6 }, 9);
    await compare(layer, withBiases(sequence, [2.5, -2.5, 2.50001, -2.50001, 0], 0), options);
    await tf.setBackend('unrolled');
    const gradient = outputsAndGradients(fusedSequence, layer, sequence, options)['d bias']!;
    const slopes = Array.from(gradient.slice(0, 6), (value) => value !== 0);
    expect(slopes).toEqual([true, true, false, false, true, true]);
  },
);

test('mistaken options are told with the choices', () => {
  const sequence = randomCase('lstm', { batch: 1, time: 1, inputSize: 1, units: 1 }, 1);
  const options = { recurrentActivation: 'hard-sigmoid' as GateActivation };
  const run = () => outputsAndGradients(fusedSequence, 'lstm', sequence, options);
  expect(run).toThrow(/expected recurrentActivation 'sigmoid' or 'hardSigmoid', got "hard-sigmoid"/);
});
