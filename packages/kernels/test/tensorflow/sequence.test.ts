import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel, onFallback } from '@unrolled/kernels';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { KERNEL } from '../../src/kernel-names';
import {
  cleanAndPoisoned,
  fusedSequence,
  generator,
  outputsAndGradients,
  randomCase,
  worstDifference,
} from '../fused';
import { type Layer, type Options, referenceSequence } from '../reference';
import { liveTensors } from './binding';

const LAYERS: Layer[] = ['lstm', 'gru-after', 'gru-before', 'rnn-tanh', 'rnn-relu'];
const ops = ['lstmSequence', 'gruSequence', 'simpleRnnSequence'] as const;

let restore = () => {};
beforeAll(() => {
  restore = onFallback(({ message }) => expect.unreachable(message));
  for (const op of ops) expect(hasFusedKernel(op)).toBe(true);
});
afterAll(() => restore());
afterEach(() => vi.unstubAllEnvs());

async function compare(layer: Layer, sequence: ReturnType<typeof randomCase>, options: Options) {
  await tf.setBackend('cpu');
  const expected = outputsAndGradients(referenceSequence, layer, sequence, options);
  await tf.setBackend('tensorflow');
  const before = liveTensors();
  const actual = outputsAndGradients(fusedSequence, layer, sequence, options);
  expect(liveTensors()).toEqual(before);
  const { name, error } = worstDifference(actual, expected);
  expect(error, name).toBeLessThan(1e-4);
}

describe.each(LAYERS)('%s', (layer) => {
  test('lets nothing of the padding reach a gradient', async () => {
    await tf.setBackend('tensorflow');
    for (const reverse of [false, true]) {
      const sequence = randomCase(layer, { batch: 4, time: 5, inputSize: 3, units: 6 }, 5);
      const options = { lengths: [5, 0, 2, 4], reverse };
      const { clean, poisoned } = cleanAndPoisoned(fusedSequence, layer, sequence, options, Number.NaN);
      const { name, error } = worstDifference(poisoned, clean);
      expect(error, name).toBeLessThan(1e-6);
    }
  });

  test('agrees with the composed path over random shapes, lengths, directions and both kinds of input', async () => {
    const random = generator(LAYERS.indexOf(layer) + 11);
    for (let round = 0; round < 16; round++) {
      const size = {
        batch: 1 + Math.floor(random() * 6),
        time: 1 + Math.floor(random() * 6),
        inputSize: 2 + Math.floor(random() * 9),
        units: 1 + Math.floor(random() * 19),
        ids: random() < 0.4,
      };
      const options: Options = { reverse: random() < 0.5 };
      if (random() < 0.6) {
        options.lengths = Array.from({ length: size.batch }, () => Math.floor(random() * (size.time + 1)));
      }
      if (!layer.startsWith('rnn') && random() < 0.4) options.recurrentActivation = 'hardSigmoid';
      await compare(layer, randomCase(layer, size, round + 1, round % 3 > 0), options);
    }
  });

  test.each([false, true])(
    'agrees with rows of length 0 and 1, and with one row, reverse %s',
    async (reverse) => {
      const size = { batch: 5, time: 7, inputSize: 6, units: 33 };
      await compare(layer, randomCase(layer, size, 5), { reverse, lengths: [0, 1, 7, 3, 0] });
      await compare(layer, randomCase(layer, { ...size, batch: 1 }, 6), { reverse });
      await compare(layer, randomCase(layer, { ...size, batch: 1, ids: true }, 7), { reverse, lengths: [0] });
    },
  );

  test.each(['0', '1'])('agrees with the weights laid out for oneDNN or not (%s)', async (setting) => {
    vi.stubEnv('TF_ENABLE_ONEDNN_OPTS', setting); // TensorFlow itself has read the variable already.
    const size = { batch: 3, time: 4, inputSize: 5, units: 9 };
    await compare(layer, randomCase(layer, size, 9), { lengths: [4, 1, 3] });
  });

  test('inputs past a row’s length may be anything', async () => {
    const sequence = randomCase(layer, { batch: 2, time: 4, inputSize: 3, units: 5 }, 8);
    const options = { lengths: [2, 4] };
    await tf.setBackend('tensorflow');
    const plain = outputsAndGradients(fusedSequence, layer, sequence, options);
    sequence.x!.values.fill(Number.NaN, 2 * 3, 4 * 3);
    expect(outputsAndGradients(fusedSequence, layer, sequence, options)).toEqual(plain);
  });
});

test('a whole layer is one kernel each way', async () => {
  const sequence = randomCase('lstm', { batch: 2, time: 9, inputSize: 3, units: 5 }, 4);
  const { kernelNames } = await tf.profile(() => {
    outputsAndGradients(fusedSequence, 'lstm', sequence, {});
    return tf.scalar(0);
  });
  const own = kernelNames.filter((name) => name.startsWith(KERNEL.lstmSequence));
  expect(own.sort()).toEqual(['LstmSequence', 'LstmSequenceGradient', 'LstmSequenceInputGradient']);
  expect(kernelNames).not.toContain('BatchMatMul');
});

test('an id out of range is told, and nothing is left behind', () => {
  const sequence = randomCase('lstm', { batch: 1, time: 2, inputSize: 3, units: 5, ids: true }, 4);
  sequence.ids!.set([0, 3]);
  const before = liveTensors();
  expect(() => outputsAndGradients(fusedSequence, 'lstm', sequence, {})).toThrow(
    /lstmSequence: expected ids from 0 to 2, got 3 at position 1/,
  );
  expect(liveTensors()).toEqual(before);
});
