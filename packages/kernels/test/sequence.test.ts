import * as tf from '@tensorflow/tfjs-core';
import { registerUnrolledBackend, unregisterUnrolledBackend, unrolledBackendInfo } from '@unrolled/kernels';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fusedSequence, generator, outputsAndGradients, randomCase, worstDifference } from './fused';
import { type Layer, type Options, referenceSequence } from './reference';

const LAYERS: Layer[] = ['lstm', 'gru-after', 'gru-before', 'rnn-tanh', 'rnn-relu'];

beforeAll(() => registerUnrolledBackend({ threads: 2 }));
afterAll(() => unregisterUnrolledBackend());

async function compare(layer: Layer, sequence: ReturnType<typeof randomCase>, options: Options) {
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

/** A difference across relu's kink is no derivative: biases of ±1.5 and small weights keep every unit on its side. */
function awayFromKinks(sequence: ReturnType<typeof randomCase>) {
  const { bias, kernel, recurrentKernel } = sequence.arrays;
  bias!.values.forEach((_, i, values) => {
    values[i] = i % 3 === 0 ? -1.5 : 1.5;
  });
  for (const array of [kernel!, recurrentKernel!])
    array.values.forEach((value, i, all) => {
      all[i] = value * 0.3;
    });
}

describe.each(LAYERS)('%s', (layer) => {
  test('agrees with the composed path over random shapes, lengths, directions and both kinds of input', async () => {
    const random = generator(LAYERS.indexOf(layer) + 11);
    for (let round = 0; round < 24; round++) {
      const size = {
        batch: 1 + Math.floor(random() * 6),
        time: 1 + Math.floor(random() * 6),
        inputSize: 1 + Math.floor(random() * 9),
        units: 1 + Math.floor(random() * 19),
        ids: random() < 0.4,
      };
      // tfjs's oneHot, in the reference, refuses a depth of 1.
      if (size.ids) size.inputSize++;
      const options: Options = { reverse: random() < 0.5 };
      if (random() < 0.6) {
        options.lengths = Array.from({ length: size.batch }, () => Math.floor(random() * (size.time + 1)));
      }
      await compare(layer, randomCase(layer, size, round + 1, round % 3 > 0), options);
    }
  });

  test.each([false, true])('agrees when threads share the work, reverse %s', async (reverse) => {
    const sequence = randomCase(layer, { batch: 13, time: 9, inputSize: 37, units: 65 }, 5);
    const lengths = Array.from({ length: 13 }, (_, b) => [0, 1, 9, 8, 5][b % 5]!);
    await compare(layer, sequence, { reverse, lengths });
    const ids = randomCase(layer, { batch: 13, time: 9, inputSize: 37, units: 65, ids: true }, 6);
    await compare(layer, ids, { reverse });
  });

  test('its gradient agrees with finite differences', async () => {
    await tf.setBackend('unrolled');
    const sequence = randomCase(layer, { batch: 3, time: 4, inputSize: 3, units: 5 }, 3);
    if (layer === 'rnn-relu') awayFromKinks(sequence);
    const options: Options = { lengths: [4, 1, 0] };
    const gradients = outputsAndGradients(fusedSequence, layer, sequence, options);
    for (const [name, array] of Object.entries({ ...sequence.arrays, x: sequence.x! })) {
      const gradient = gradients[`d ${name}`]!;
      const scale = Math.max(...gradient.map(Math.abs));
      for (let k = 0; k < 6; k++) {
        const i = (k * 7919) % array.values.length;
        const value = array.values[i]!;
        // A power of two, so that value ± step is exact enough; the loss is a float32.
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
