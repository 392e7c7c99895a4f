/** Models that are held against what a Keras file says of its own. */
import {
  type AnyPart,
  bidirectional,
  dense,
  disposeTree,
  embedding,
  gru,
  lastOutput,
  lstm,
  simpleRnn,
  stack,
} from '@unrolled/cells';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { fromKeras, toKeras } from '../src/index';
import { type KerasArrays, readKeras, writeKeras, writeKerasWeights } from '../src/keras';
import { bytesOf, complaint, someParams, withoutLeak } from './support';

type Json = Record<string, unknown>;
type Config = { config: { layers: { class_name: string; config: Json }[] } };

/** A model as a `.keras` file whose description `change` has changed, read again. */
async function fileOf(
  model: AnyPart,
  change: (layers: Config['config']['layers']) => void = () => {},
  version = '3.15.1',
) {
  const params = someParams(model);
  const files = unzipSync(await writeKeras(model, params as never));
  const config = JSON.parse(strFromU8(files['config.json']!)) as Config;
  change(config.config.layers);
  const changed = {
    'config.json': strToU8(JSON.stringify(config)),
    'metadata.json': strToU8(JSON.stringify({ keras_version: version })),
  };
  disposeTree(params);
  return readKeras(zipSync({ ...files, ...changed }, { level: 0 }));
}

const set = (index: number, settings: Json) => (layers: Config['config']['layers']) =>
  Object.assign(layers[index]!.config, settings);

const lstmOf = (options = {}) =>
  stack([lstm({ inputSize: 2, units: 3, ...options }), dense({ inputSize: 3, units: 2 })]);
const gruOf = (options = {}) =>
  stack([gru({ inputSize: 2, units: 3, ...options }), dense({ inputSize: 3, units: 2 })]);
const both = (options = {}) => {
  const part = () => lstm({ inputSize: 2, units: 3, ...options });
  return stack([bidirectional(part(), part()), dense({ inputSize: 6, units: 2 })]);
};

const load = (file: KerasArrays, model: AnyPart) => disposeTree(fromKeras(file, model));

const differing: [string, AnyPart, AnyPart, string][] = [
  [
    'a relu LSTM',
    lstmOf({ activation: 'relu' }),
    lstmOf(),
    "activation relu, got activation 'tanh': set activation: 'relu'",
  ],
  ['a softsign GRU', gruOf({ activation: 'softsign' }), gruOf(), "set activation: 'softsign'"],
  [
    'a tanh RNN',
    simpleRnn({ inputSize: 2, units: 3 }),
    simpleRnn({ inputSize: 2, units: 3, activation: 'relu' }),
    "set activation: 'tanh'",
  ],
  ['linear gates', lstmOf({ recurrentActivation: 'linear' }), lstmOf(), "set recurrentActivation: 'linear'"],
  [
    'reset before',
    gruOf({ variant: 'reset-before' }),
    gruOf(),
    "got variant 'reset-after': set variant: 'reset-before'",
  ],
  [
    'a dense activation',
    stack([lstm({ inputSize: 2, units: 3 }), dense({ inputSize: 3, units: 2, activation: 'sigmoid' })]),
    lstmOf(),
    "expected dense at '1' with the settings that layers/dense was saved with: activation sigmoid",
  ],
  ['one direction of two', both({ activation: 'relu' }), both(), "expected lstm at '0.forward'"],
  [
    'several at once',
    lstmOf({ activation: 'relu', recurrentActivation: 'linear' }),
    lstmOf(),
    "activation relu, recurrent_activation linear, got activation 'tanh', recurrentActivation 'sigmoid'",
  ],
];

describe('what differs is refused', () => {
  it.each(differing)('%s', (_, saved, model, words) =>
    withoutLeak(async () => {
      const file = await fileOf(saved);
      expect(await complaint(() => load(file, model))).toContain(words);
      expect(await complaint(() => load(file, model))).toContain(
        'pass new Map(arrays) to use the weights without their settings',
      );
      load(file, saved);
      if (!words.includes('reset')) disposeTree(fromKeras(new Map(file), model));
    }),
  );

  const changed: [string, AnyPart, Parameters<typeof fileOf>[1], string][] = [
    ['go_backwards', lstmOf(), set(1, { go_backwards: true }), 'run the model with unroll and reverse: true'],
    ['merge_mode', both(), set(1, { merge_mode: 'sum' }), 'merge_mode sum, got concatenated outputs'],
    ['elu', lstmOf(), set(1, { activation: 'elu' }), 'set it as a function, activation: (x) => … (elu)'],
    [
      'a custom function',
      lstmOf(),
      set(1, { activation: { class_name: 'function', config: 'my_relu', registered_name: 'my_relu' } }),
      'activation my_relu',
    ],
    [
      'an encoder before a decoder',
      stack([lstm({ inputSize: 2, units: 3 }), lstm({ inputSize: 3, units: 3 })]),
      (layers) => {
        layers[1]!.config.name = 'encoder';
        layers[1]!.config.return_sequences = false;
      },
      'got encoder, which was saved with return_sequences=False before a recurrent layer',
    ],
  ];
  it.each(changed)('%s', (_, model, change, words) =>
    withoutLeak(async () => {
      expect(await complaint(async () => load(await fileOf(model, change), model))).toContain(words);
    }),
  );

  it('one layer of an encoder and a decoder is read by itself', () =>
    withoutLeak(async () => {
      const saved = stack([lstm({ inputSize: 2, units: 3 }), lstm({ inputSize: 3, units: 4 })]);
      const file = await fileOf(saved, set(1, { name: 'encoder', return_sequences: false }));
      const encoder = lstm({ inputSize: 2, units: 3 });
      disposeTree(fromKeras(file, encoder, { names: ['layers/lstm'], strict: false }));
    }));

  it('the last step of both directions', () =>
    withoutLeak(async () => {
      const file = await fileOf(both(), (layers) => {
        const { backward_layer: backward } = layers[1]!.config as { backward_layer: { config: Json } };
        backward.config.return_sequences = false;
      });
      load(file, both());
      expect(await complaint(() => load(file, lastOutput(both())))).toContain(
        'the backward output at the first step, got lastOutput',
      );
    }));
});

describe('what computes the same is read', () => {
  const same: [string, AnyPart, Parameters<typeof fileOf>[1]?][] = [
    ['a function of the caller in the place of another', lstmOf({ activation: (x: never) => x }), undefined],
    ['softmax, which is left to the loss', lstmOf(), set(2, { activation: 'softmax' })],
    ['the last output alone', lstmOf(), set(1, { return_sequences: false })],
    ['no activation', lstmOf(), set(2, { activation: null })],
    [
      'an activation as an object',
      lstmOf(),
      set(1, { activation: { class_name: 'function', config: 'tanh' } }),
    ],
    [
      'dropout, masking and other names',
      lstmOf(),
      (layers) => layers.splice(1, 0, { class_name: 'Masking', config: { name: 'm' } }),
    ],
    [
      'without a word on the settings',
      lstmOf(),
      (layers) =>
        layers.forEach((layer) => {
          layer.config = { units: 3 };
        }),
    ],
    ['without layers', lstmOf(), (layers) => layers.splice(0)],
    ['layers that are no objects', lstmOf(), (layers) => layers.push(null as never, 7 as never, [] as never)],
  ];
  it.each(same)('%s', (_, model, change) =>
    withoutLeak(async () => {
      const saved = change ? model : lstmOf({ activation: 'relu' });
      load(await fileOf(saved, change), model);
    }),
  );

  it('hard_sigmoid is ours in Keras 2, and another one in Keras 3', () =>
    withoutLeak(async () => {
      const ours = lstmOf({ recurrentActivation: 'hardSigmoid' });
      const change = set(1, { recurrent_activation: 'hard_sigmoid' });
      load(await fileOf(lstmOf(), change, '2.15.0'), ours);
      expect(await complaint(async () => load(await fileOf(lstmOf(), change), ours))).toContain(
        'x / 6 + 1 / 2',
      );
      expect(await complaint(async () => load(await fileOf(lstmOf(), change, '2.15.0'), lstmOf()))).toContain(
        "set recurrentActivation: 'hardSigmoid'",
      );
    }));

  it('weights without a description, and a copy of the arrays', () =>
    withoutLeak(async () => {
      const params = someParams(lstmOf({ activation: 'relu' }));
      const file = await readKeras(await writeKerasWeights(toKeras(lstmOf(), params as never)));
      expect(file.config).toBeUndefined();
      load(file, lstmOf());
      disposeTree(params);
    }));
});

describe('a whole model of Keras 2', () => {
  const saved = stack([
    gru({ inputSize: 3, units: 4, variant: 'reset-before', recurrentActivation: 'hardSigmoid' }),
    dense({ inputSize: 4, units: 2, activation: 'tanh' }),
  ]);
  const others: [string, AnyPart, string][] = [
    [
      'gates',
      stack([
        gru({ inputSize: 3, units: 4, variant: 'reset-before' }),
        dense({ inputSize: 4, units: 2, activation: 'tanh' }),
      ]),
      "set recurrentActivation: 'hardSigmoid'",
    ],
    [
      'activation',
      stack([
        gru({ inputSize: 3, units: 4, variant: 'reset-before', recurrentActivation: 'hardSigmoid' }),
        dense({ inputSize: 4, units: 2 }),
      ]),
      'was saved with: activation tanh',
    ],
    [
      'variant',
      stack([
        gru({ inputSize: 3, units: 4, recurrentActivation: 'hardSigmoid' }),
        dense({ inputSize: 4, units: 2, activation: 'tanh' }),
      ]),
      'reset_after=false',
    ],
    [
      'kind',
      stack([
        embedding({ vocabularySize: 3, dimension: 4 }),
        dense({ inputSize: 4, units: 2, activation: 'tanh' }),
      ]),
      "expected a part of type dense for dense, got embedding at '0'",
    ],
    [
      'size',
      stack([
        gru({ inputSize: 3, units: 5, variant: 'reset-before', recurrentActivation: 'hardSigmoid' }),
        dense({ inputSize: 5, units: 2, activation: 'tanh' }),
      ]),
      'in the size of these weights',
    ],
  ];
  it('is read into its like', () =>
    withoutLeak(async () => load(await readKeras(bytesOf('keras2-hard-sigmoid.h5')), saved)));
  it.each(others)('not into one of another %s', (_, model, words) =>
    withoutLeak(async () => {
      const file = await readKeras(bytesOf('keras2-hard-sigmoid.h5'));
      expect(await complaint(() => load(file, model))).toContain(words);
    }),
  );
});
