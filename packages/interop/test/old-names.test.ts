/** Names that older versions of TensorFlow and the single cells of PyTorch have given the same arrays. */
import {
  type AnyPart,
  bidirectional,
  dense,
  disposeTree,
  flattenParams,
  gru,
  lstm,
  simpleRnn,
  stack,
} from '@unrolled/cells';
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
import { complaint, someParams, withoutLeak } from './support';

function expectSame(actual: unknown, expected: unknown, tolerance = 0): void {
  const [a, b] = [flattenParams(actual), flattenParams(expected)];
  expect(Object.keys(a)).toEqual(Object.keys(b));
  for (const [name, tensor] of Object.entries(b)) {
    const [one, other] = [a[name]!.dataSync(), tensor.dataSync()];
    one.forEach((value, index) => {
      expect(Math.abs(value - other[index]!), name).toBeLessThanOrEqual(tolerance);
    });
  }
}

const renamed = (arrays: NamedArrays, rename: (name: string) => string) =>
  new Map(Object.entries(arrays).map(([name, array]) => [rename(name), array]));

const multi = stack([lstm({ inputSize: 3, units: 4 }), lstm({ inputSize: 4, units: 4 })]);
const everything = lstm({ inputSize: 3, units: 4, peepholes: true, projection: 2 });
const gruBefore = gru({ inputSize: 3, units: 4, variant: 'reset-before' });
const both = bidirectional(lstm({ inputSize: 3, units: 4 }), lstm({ inputSize: 3, units: 4 }));

const old = (name: string) => name.replace(/kernel$/, 'weights').replace(/bias$/, 'biases');
const oldest = (name: string) =>
  name
    .replace('basic_lstm_cell/kernel', 'BasicLSTMCell/Linear/Matrix')
    .replace('basic_lstm_cell/bias', 'BasicLSTMCell/Linear/Bias')
    .replace('basic_rnn_cell/kernel', 'BasicRNNCell/Linear/Matrix')
    .replace('basic_rnn_cell/bias', 'BasicRNNCell/Linear/Bias')
    .replace(/gru_cell\/gates/, 'GRUCell/Gates')
    .replace(/gru_cell\/candidate/, 'GRUCell/Candidate')
    .replace(/(Gates|Candidate)\/kernel$/, '$1/Linear/Matrix')
    .replace(/(Gates|Candidate)\/bias$/, '$1/Linear/Bias')
    .replace('lstm_cell/projection/kernel', 'LSTMCell/W_P_0')
    .replace(/lstm_cell\/w_(.)_diag/, (_, gate: string) => `LSTMCell/W_${gate.toUpperCase()}_diag`)
    .replace('lstm_cell/kernel', 'LSTMCell/W_0')
    .replace('lstm_cell/bias', 'LSTMCell/B')
    .replace(/multi_rnn_cell\/cell_(\d)/, 'MultiRNNCell/Cell$1')
    .replace(/^rnn\//, 'RNN/')
    .replace(/^bidirectional_rnn\/(..)/, (_, side: string) => `BiRNN/${side.toUpperCase()}`);

const versions: [string, (name: string) => string][] = [
  ['1.2', (name) => name],
  ['1.0, weights and biases', old],
  ['0.x', oldest],
  ['a graph, with :0', (name) => `${oldest(name)}:0`],
  ['a model in a scope of its own', (name) => `language/model/${old(name)}`],
];
const cells: [string, AnyPart][] = [
  ['BasicRNNCell', simpleRnn({ inputSize: 3, units: 4 })],
  ['BasicLSTMCell', lstm({ inputSize: 3, units: 4 })],
  ['MultiRNNCell', multi],
  ['LSTMCell with everything', everything],
  ['GRUCell', gruBefore],
  ['both directions', both],
];

describe.each(versions)('TensorFlow %s', (_, rename) => {
  it.each(cells)('%s', (_name, model) =>
    withoutLeak(() => {
      const params = someParams(model) as never;
      const back = fromTensorFlow1(renamed(toTensorFlow1(model, params), rename), model);
      expectSame(back, params, 3e-7);
      disposeTree([params, back]);
    }),
  );
});

it('the caller names old scopes as they are', () =>
  withoutLeak(() => {
    const model = stack([gruBefore, dense({ inputSize: 4, units: 2 })]);
    const params = someParams(model) as never;
    const arrays = renamed(toTensorFlow1(model, params), (name) => oldest(name).replace('dense/', 'Out/'));
    const back = fromTensorFlow1(arrays, model, { names: ['RNN/GRUCell', 'Out'] });
    expectSame(back, params, 3e-7);
    disposeTree([params, back]);
  }));

it('a variable in two versions is refused', async () => {
  const model = lstm({ inputSize: 3, units: 4 });
  const params = model.init(1);
  const arrays = toTensorFlow1(model, params);
  const twice = new Map([...renamed(arrays, (name) => name), ...renamed(arrays, old)]);
  expect(await complaint(() => fromTensorFlow1(twice, model))).toContain(
    'the same variable under the names of different versions',
  );
  disposeTree(params);
});

describe('the single cells of PyTorch', () => {
  const cell = (name: string) => name.replace(/_l0$/, '');
  const single: [string, AnyPart][] = [
    ['LSTMCell', lstm({ inputSize: 3, units: 5 })],
    ['GRUCell', gru({ inputSize: 3, units: 5 })],
    ['RNNCell', simpleRnn({ inputSize: 3, units: 5, activation: 'relu' })],
  ];
  it.each(single)('%s alone, and below a head', (_, part) =>
    withoutLeak(() => {
      const model = stack([part as never, dense({ inputSize: 5, units: 7 })]);
      const params = someParams(model) as never;
      const names = ['cell', 'fc'];
      const arrays = renamed(toPyTorch(model as AnyPart, params, { names }), cell);
      const found = fromPyTorch(arrays, model as AnyPart);
      const named = fromPyTorch(arrays, model as AnyPart, { names });
      expectSame(found, params);
      expectSame(named, params);
      const own = someParams(part) as never;
      const alone = fromPyTorch(renamed(toPyTorch(part, own), cell), part);
      expectSame(alone, own);
      disposeTree([params, found, named, own, alone]);
    }),
  );

  it('without biases', () =>
    withoutLeak(() => {
      const part = lstm({ inputSize: 3, units: 5 });
      const params = someParams(part) as ReturnType<typeof part.init>;
      const arrays = renamed(toPyTorch(part, params), cell);
      for (const name of [...arrays.keys()].filter((key) => key.startsWith('bias'))) arrays.delete(name);
      const back = fromPyTorch(arrays, part);
      expect(back.bias.dataSync().every((value) => value === 0)).toBe(true);
      disposeTree([params, back]);
    }));

  it('two of other sizes are found, two of one size are asked for', () =>
    withoutLeak(async () => {
      const names = ['cells.0', 'cells.1'];
      const other = stack([lstm({ inputSize: 3, units: 5 }), lstm({ inputSize: 5, units: 4 })]);
      const params = someParams(other) as never;
      const arrays = renamed(toPyTorch(other, params, { names }), cell);
      const found = fromPyTorch(arrays, other);
      expectSame(found, params);
      const same = stack([lstm({ inputSize: 5, units: 5 }), lstm({ inputSize: 5, units: 5 })]);
      const twins = someParams(same) as never;
      const ambiguous = renamed(toPyTorch(same, twins, { names }), cell);
      expect(await complaint(() => fromPyTorch(ambiguous, same))).toContain('set the option names');
      const named = fromPyTorch(ambiguous, same, { names });
      expectSame(named, twins);
      disposeTree([params, found, twins, named]);
    }));
});

describe('names of another kind are said', () => {
  const cell = lstm({ inputSize: 2, units: 3 });
  const array = { dtype: 'F32', shape: [1], data: new Float32Array(1) } as const;
  const named = (...names: string[]) => new Map(names.map((name) => [name, array]));
  const readers = {
    fromPyTorch: (arrays: ReadonlyMap<string, typeof array>) => fromPyTorch(arrays, cell),
    fromKeras: (arrays: ReadonlyMap<string, typeof array>) => fromKeras(arrays, cell),
    fromTensorFlow1: (arrays: ReadonlyMap<string, typeof array>) => fromTensorFlow1(arrays, cell),
  };
  const cases: [keyof typeof readers, string, string][] = [
    ['fromTensorFlow1', 'cudnn_lstm/opaque_kernel', 'CudnnLSTM or CudnnGRU as one array'],
    ['fromTensorFlow1', 'rnn/cudnn_compatible_gru_cell/gates/kernel', 'CudnnCompatibleGRUCell'],
    ['fromTensorFlow1', 'rnn/layer_norm_basic_lstm_cell/forget/gamma', 'LayerNormBasicLSTMCell'],
    ['fromTensorFlow1', 'model/lstm/cell/kernel/.ATTRIBUTES/VARIABLE_VALUE', 'a TensorFlow 2 checkpoint'],
    ['fromTensorFlow1', 'lstm/lstm/lstm_cell/recurrent_kernel:0', 'read them with fromKeras'],
    ['fromTensorFlow1', 'lstm.weight_ih_l0', 'read them with fromPyTorch'],
    ['fromPyTorch', 'layers/lstm/cell/vars/0', 'read them with fromKeras'],
    ['fromPyTorch', 'rnn/basic_lstm_cell/kernel', 'read them with fromTensorFlow1'],
    ['fromPyTorch', 'rnn.parametrizations.weight_hh_l0.original0', 'weight_norm'],
    ['fromPyTorch', 'rnn.weight_hh_l0_g', 'weight_norm'],
    ['fromPyTorch', 'rnn._all_weight_values.0.param._packed_params', 'quantized weights of PyTorch'],
    ['fromPyTorch', 'params.0.kernel', 'a model or checkpoint of Unrolled'],
    ['fromPyTorch', 'params/OptimizedLSTMCell_0/hf/kernel', 'the parameters of Flax'],
    ['fromKeras', 'lstm_1_W_i', 'the arrays of Keras 1'],
    ['fromKeras', 'RNN/BasicLSTMCell/Linear/Matrix', 'read them with fromTensorFlow1'],
    ['fromKeras', 'weight_hh_l0', 'read them with fromPyTorch'],
  ];
  it.each(cases)('%s of %s', async (reader, name, words) => {
    expect(await complaint(() => readers[reader](named(name)))).toContain(words);
  });

  it('its own are not', async () => {
    expect(await complaint(() => fromPyTorch(named('other.weight_ih_l0'), cell, { names: ['x'] }))).toContain(
      'the weights belong to another architecture',
    );
    expect(await complaint(() => fromKeras(named('layers/x/vars/0'), cell))).toContain(
      'another architecture',
    );
  });

  it('and what is no arrays', async () => {
    const bytes = new Uint8Array(4);
    expect(await complaint(() => fromPyTorch(bytes as never, cell))).toContain(
      'got the bytes of a file: read',
    );
    expect(await complaint(() => fromKeras(undefined as never, cell))).toContain('got undefined');
    expect(await complaint(() => fromTensorFlow1([] as never, cell))).toContain('got an array of 0');
    const params = cell.init(1);
    const short = {
      ...toKeras(cell, params),
      'layers/lstm/cell/vars/2': { dtype: 'F32', shape: [12], data: array.data } as const,
    };
    expect(await complaint(() => fromKeras(short, cell))).toContain('expected 12 values in');
    expect(
      await complaint(() => fromKeras({ ...short, 'layers/lstm/cell/vars/0': params.kernel as never }, cell)),
    ).toContain('got float32: pass each array as');
    disposeTree(params);
  });
});
