/**
 * Files that PyTorch, Keras and TensorFlow 1 wrote: our outputs from their weights equal theirs, and what we
 * write holds the numbers that they had. On a failure, first make the files again: `python
 * fixtures/make_interop.py`, `make_interop_convolution.py` or
 * `make_interop_layer_norm.py`.
 */
import { readdirSync } from 'node:fs';
import { disposeTree } from '@unrolled/cells';
import { readSafetensors, type SafetensorsTensor, writeSafetensors } from '@unrolled/safetensors';
import { describe, expect, it } from 'vitest';
import {
  fromKeras,
  fromPyTorch,
  fromTensorFlow1,
  type NamedArrays,
  toKeras,
  toPyTorch,
  toTensorFlow1,
} from '../src/index';
import { readKeras, writeKerasWeights } from '../src/keras';
import { build, bytesOf, expectClose, expectOutput, fixtures, goldenCase, withoutLeak } from './support';

const casesOf = (framework: string) =>
  readdirSync(fixtures)
    .filter((name) => name.startsWith(`${framework}-`) && name.endsWith('.json'))
    .map((name) => name.replace('.json', ''));

type Tensors = ReadonlyMap<string, SafetensorsTensor>;

/** Equal names, shapes and numbers; the numbers to the last bit where nothing was added to them. */
function expectArrays(actual: NamedArrays, expected: Tensors, tolerance = 0): void {
  expect(Object.keys(actual).sort()).toEqual([...expected.keys()].sort());
  for (const [name, { shape, data }] of Object.entries(actual)) {
    expect(shape, name).toEqual(expected.get(name)!.shape);
    expectClose(data, expected.get(name)!.data as Float32Array, tolerance);
  }
}

/** PyTorch's two biases of an RNN or LSTM as one: the sum as bias_ih, and 0. A GRU's stay two. */
function withOneBias(tensors: Tensors, summed: (name: string) => boolean): Tensors {
  return new Map(
    [...tensors].map(([name, tensor]): [string, SafetensorsTensor] => {
      const other =
        /bias_(ih|hh)/.test(name) && summed(name)
          ? (tensors.get(name.replace(/ih|hh/, (side) => (side === 'ih' ? 'hh' : 'ih')))!
              .data as Float32Array)
          : undefined;
      if (!other) return [name, tensor];
      const data = (tensor.data as Float32Array).map((value, i) =>
        name.includes('_ih') ? value + other[i]! : 0,
      );
      return [name, { dtype: 'F32', shape: tensor.shape, data }];
    }),
  );
}

const withoutBiases = (name: string) => name.includes('no-bias');

describe.each(casesOf('pytorch'))('%s', (name) => {
  const golden = goldenCase(name);
  const { tensors } = readSafetensors(bytesOf(`${name}.safetensors`));

  it(`gives the outputs of ${golden.madeBy}, and its state dict back`, () =>
    withoutLeak(() => {
      const model = build(golden.model);
      const params = fromPyTorch(tensors, model, { names: golden.names });
      expectOutput(model, params, golden);
      // `model` has attributes of its own names; the others' default names are the module's.
      const names = name === 'pytorch-model' ? ['embed', 'rnn', 'rnn', 'head'] : golden.names;
      const written = toPyTorch(model, params, { names, bias: !withoutBiases(name) });
      expectArrays(
        written,
        withOneBias(tensors, (key) => !/gru/.test(name) && !key.startsWith('decoder')),
      );
      const again = fromPyTorch(readSafetensors(writeSafetensors(written)).tensors, model, { names });
      expectOutput(model, again, golden);
      disposeTree([params, again]);
    }));
});

describe.each(casesOf('keras'))('%s', (name) => {
  const golden = goldenCase(name);

  it(`gives the outputs of ${golden.madeBy}, and its arrays back`, () =>
    withoutLeak(async () => {
      const model = build(golden.model);
      const arrays = await readKeras(bytesOf(golden.file!));
      const params = fromKeras(arrays, model, { names: golden.names });
      expectOutput(model, params, golden);
      const written = await readKeras(
        await writeKerasWeights(toKeras(model, params, { names: golden.names })),
      );
      const weights = [...arrays].filter(([path]) => path.startsWith('layers/'));
      const kept = withoutBiases(name) ? [...written].filter(([path]) => !path.endsWith('/2')) : [...written];
      expectArrays(Object.fromEntries(kept) as NamedArrays, new Map(weights));
      const again = fromKeras(written, model, { names: golden.names });
      expectOutput(model, again, golden);
      disposeTree([params, again]);
    }));
});

describe.each(casesOf('tf1'))('%s', (name) => {
  const golden = goldenCase(name);
  const { tensors } = readSafetensors(bytesOf(`${name}.safetensors`));

  it(`gives the outputs of ${golden.madeBy}, and its variables back`, () =>
    withoutLeak(() => {
      const model = build(golden.model);
      const { forgetBias } = golden;
      const params = fromTensorFlow1(tensors, model, { forgetBias });
      expectOutput(model, params, golden);
      const names = name === 'tf1-bidirectional' ? lstmCells : undefined;
      // The forget bias is added and taken off again: two roundings.
      expectArrays(toTensorFlow1(model, params, { forgetBias, names }), tensors, 1e-6);
      disposeTree(params);
    }));
});

/** A bidirectional pair of `LSTMCell`; by itself a plain LSTM is written as `BasicLSTMCell`. */
const lstmCells = [['bidirectional_rnn/fw/lstm_cell', 'bidirectional_rnn/bw/lstm_cell']] as const;

it('a model that was trained here gives the same in PyTorch, and is written as it was', () =>
  withoutLeak(() => {
    const golden = goldenCase('trained');
    const file = bytesOf('trained.safetensors');
    const model = build(golden.model);
    const params = fromPyTorch(readSafetensors(file).tensors, model);
    expectOutput(model, params, golden);
    expect(writeSafetensors(toPyTorch(model, params))).toEqual(file);
    disposeTree(params);
  }));

it('finds the cases', () => {
  expect([casesOf('pytorch').length, casesOf('keras').length, casesOf('tf1').length]).toEqual([20, 11, 8]);
});
