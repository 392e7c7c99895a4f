import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyPart,
  attentionWrapper,
  bidirectional,
  dense,
  disposeTree,
  dropout,
  embedding,
  flattenParams,
  gru,
  lastOutput,
  lstm,
  minGru,
  residual,
  simpleRnn,
  stack,
} from '@unrolled/cells';
import { strFromU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fromKeras, fromKerasWeights, toKeras, toKerasWeights } from '../src/index';
import { readKeras, writeKeras, writeKerasWeights } from '../src/keras';
import { build, bytesOf, complaint, expectOutput, goldenCase, someParams, withoutLeak } from './support';

const model = stack([
  embedding({ vocabularySize: 7, dimension: 3 }),
  bidirectional(lstm({ inputSize: 3, units: 2 }), lstm({ inputSize: 3, units: 2 })),
  lstm({ inputSize: 4, units: 5 }),
  dropout({ size: 5, rate: 0.5 }),
  lstm({ inputSize: 5, units: 4 }),
  gru({ inputSize: 4, units: 3, variant: 'reset-before' }),
  gru({ inputSize: 3, units: 3 }),
  simpleRnn({ inputSize: 3, units: 2, activation: 'relu' }),
  dense({ inputSize: 2, units: 2, useBias: false }),
  dense({ inputSize: 2, units: 1, activation: 'sigmoid' }),
]);

function expectSame(actual: unknown, expected: unknown): void {
  const [a, b] = [flattenParams(actual), flattenParams(expected)];
  expect(Object.keys(a)).toEqual(Object.keys(b));
  for (const [name, tensor] of Object.entries(b))
    expect(a[name]!.dataSync(), name).toEqual(tensor.dataSync());
}

it('gives back the parameters through each kind of file', () =>
  withoutLeak(async () => {
    const params = someParams(model) as ReturnType<typeof model.init>;
    const weights = fromKeras(await readKeras(await writeKerasWeights(toKeras(model, params))), model);
    const whole = fromKeras(await readKeras(await writeKeras(model, params)), model);
    expectSame(weights, params);
    expectSame(whole, params);
    disposeTree([params, weights, whole]);
  }));

it('names groups by class and count, as Keras does', () =>
  withoutLeak(() => {
    const params = model.init(1);
    const groups = Object.keys(toKeras(model, params)).map((path) => path.replace(/\/vars\/\d$/, ''));
    expect([...new Set(groups)]).toEqual([
      'layers/embedding',
      'layers/bidirectional/forward_layer/cell',
      'layers/bidirectional/backward_layer/cell',
      'layers/lstm/cell',
      'layers/lstm_1/cell',
      'layers/gru/cell',
      'layers/gru_1/cell',
      'layers/simple_rnn/cell',
      'layers/dense',
      'layers/dense_1',
    ]);
    disposeTree(params);
  }));

it('reads the cells of RNN(StackedRNNCells), and the attributes of a subclassed model', () =>
  withoutLeak(() => {
    const cell = gru({ inputSize: 2, units: 3 });
    const params = cell.init(1);
    const arrays = Object.values(toKeras(cell, params));
    const under = (folder: string) =>
      new Map(arrays.map((array, index) => [`${folder}/vars/${index}`, array] as const));
    const stacked = 'layers/rnn/cell/cells/gru_cell';
    const first = fromKeras(under(stacked), cell, { names: [stacked] });
    const second = fromKeras(under('encoder/cell'), cell, { names: ['encoder'] });
    expectSame(first, params);
    expectSame(second, params);
    disposeTree([params, first, second]);
  }));

describe('lists of weights', () => {
  it('there and back', () =>
    withoutLeak(() => {
      const params = someParams(model) as ReturnType<typeof model.init>;
      const weights = toKerasWeights(model, params);
      const back = fromKerasWeights(weights, model);
      expectSame(back, params);
      disposeTree([params, weights, back]);
    }));

  it('in the order of layer.get_weights()', () =>
    withoutLeak(async () => {
      const golden = goldenCase('keras-gru-no-bias');
      const cell = build(golden.model);
      const arrays = [...(await readKeras(bytesOf(golden.file!))).values()];
      const weights = arrays.map(({ data, shape }) => tf.tensor(data as Float32Array, [...shape]));
      const params = fromKerasWeights(weights, cell);
      expectOutput(cell, params, golden);
      disposeTree([weights, params]);
    }));

  it('of another length or type are refused', () =>
    withoutLeak(async () => {
      const cell = lstm({ inputSize: 2, units: 3 });
      const one = tf.zeros([2, 12]);
      const ids = tf.zeros([2, 12], 'int32');
      expect(await complaint(() => fromKerasWeights([one], cell))).toContain(
        'fromKerasWeights: expected 3 weights, or 2 without recurrent biases, got 1',
      );
      expect(await complaint(() => fromKerasWeights([ids, ids], cell))).toContain(
        'float32 values for lstm/0, got int32',
      );
      expect(await complaint(() => fromKerasWeights([one, one], cell))).toContain(
        'expected shape [3, 12] for lstm/1',
      );
      disposeTree([one, ids]);
    }));
});

describe('.keras', () => {
  const configOf = async (part: AnyPart) => {
    const params = part.init(1);
    const files = unzipSync(await writeKeras(part, params as never));
    disposeTree(params);
    return JSON.parse(strFromU8(files['config.json']!)).config.layers as {
      class_name: string;
      config: object;
    }[];
  };

  it('says what each layer is; dropout is left out', () =>
    withoutLeak(async () => {
      const layers = await configOf(model);
      expect(layers.map(({ class_name }) => class_name)).toEqual([
        ...[
          'InputLayer',
          'Embedding',
          'Bidirectional',
          'LSTM',
          'LSTM',
          'GRU',
          'GRU',
          'SimpleRNN',
          'Dense',
          'Dense',
        ],
      ]);
      expect(layers[5]!.config).toEqual({
        units: 3,
        activation: 'tanh',
        recurrent_activation: 'sigmoid',
        reset_after: false,
        return_sequences: true,
      });
    }));

  it('returns the last step of the last recurrent layer for lastOutput', () =>
    withoutLeak(async () => {
      const recurrent = lstm({ inputSize: 2, units: 4 });
      const last = gru({ inputSize: 4, units: 3 });
      const head = stack([dense({ inputSize: 3, units: 2 }), dense({ inputSize: 2, units: 1 })]);
      for (const part of [
        lastOutput(stack([recurrent, last, head])),
        stack([recurrent, lastOutput(last), head]),
        stack([recurrent, stack([lastOutput(last), dropout({ rate: 0.1 })]), head]),
      ]) {
        const sequences = (await configOf(part)).map(
          ({ config }) => (config as Record<string, unknown>).return_sequences,
        );
        expect(sequences).toEqual([undefined, true, false, undefined, undefined]);
      }
    }));

  it('is the same for the same model, whenever it is written', () =>
    withoutLeak(async () => {
      const params = model.init(1);
      const clock = vi.spyOn(Date, 'now');
      onTestFinished(() => clock.mockRestore());
      const writtenAt = (time: number) => {
        clock.mockReturnValue(time);
        return writeKeras(model, params);
      };
      expect(await writtenAt(1e12)).toEqual(await writtenAt(2e12));
      disposeTree(params);
    }));

  const lacking: [string, AnyPart, string][] = [
    ['residual parts', residual(gru({ inputSize: 2, units: 2 })), 'got residual(gru)'],
    [
      'one-hot ids',
      lstm({ inputSize: 4, units: 2, inputKind: 'ids' }),
      'expected an embedding as the first part that reads ids',
    ],
    ['hardSigmoid', gru({ inputSize: 2, units: 2, recurrentActivation: 'hardSigmoid' }), 'got hardSigmoid'],
    ['projection', lstm({ inputSize: 2, units: 3, projection: 2 }), 'got lstm with projection'],
    [
      'attention inside a cell',
      attentionWrapper(gru({ inputSize: 2, units: 3 }), { memorySize: 3 }),
      'attentionWrapper(gru)',
    ],
    [
      'a minimal layer',
      stack([minGru({ inputSize: 2, units: 3 })]),
      'only parts that Keras has as layers, got minGru',
    ],
    [
      'the last output of both directions',
      lastOutput(bidirectional(gru({ inputSize: 2, units: 2 }), gru({ inputSize: 2, units: 2 }))),
      'a unidirectional last recurrent part under lastOutput',
    ],
  ];
  it.each(lacking)('refuses %s', (_name, part, words) =>
    withoutLeak(async () => {
      const params = part.init(1);
      expect(await complaint(() => writeKeras(part, params as never))).toContain(words);
      disposeTree(params);
    }),
  );
});

describe('unusable files', () => {
  const good = bytesOf('keras-lstm.weights.h5');
  const cases: [string, Uint8Array, string][] = [
    [
      'nothing',
      new Uint8Array(),
      'expected a .weights.h5, .h5 or .keras file, got 0 bytes that begin differently',
    ],
    ['text', new TextEncoder().encode('weights'), 'got 7 bytes that begin differently'],
    [
      'half an HDF5 file',
      good.slice(0, good.length / 2),
      'expected a complete HDF5 file, got a file that cannot be read',
    ],
    ['half a .keras file', bytesOf('keras-model.keras').slice(0, 4000), 'expected a complete .keras file'],
    [
      'another zip archive',
      zipSync({ 'a.txt': new Uint8Array(3) }),
      'a zip archive with model.weights.h5, got an archive of',
    ],
    ['a .keras file of other bytes', zipSync({ 'model.weights.h5': new Uint8Array(9) }), 'got 9 bytes'],
  ];
  it.each(cases)('%s', async (_name, bytes, words) =>
    expect(await complaint(() => readKeras(bytes))).toContain(words),
  );

  it('damaged ones are read or refused, and whole ones can be read after them', async () => {
    let refused = 0;
    for (let place = 8; place < good.length; place += 197) {
      const bytes = good.slice();
      bytes[place] = bytes[place]! ^ 0xff;
      await readKeras(bytes).catch((error: Error) => {
        expect(error.name).toBe('UnrolledError');
        refused++;
      });
    }
    expect(refused).toBeGreaterThan(3);
    expect((await readKeras(good)).size).toBe(3);
  });
});
