import {
  type AnyPart,
  attentionWrapper,
  bidirectional,
  dense,
  disposeTree,
  dropout,
  embedding,
  encoderDecoder,
  flattenParams,
  gru,
  lastOutput,
  lstm,
  minGru,
  minLstm,
  residual,
  simpleRnn,
  stack,
  tiedEmbedding,
} from '@unrolled/cells';
import type { SafetensorsTensor } from '@unrolled/safetensors';
import { describe, expect, it } from 'vitest';
import { fromPyTorch, toPyTorch } from '../src/index';
import { complaint, someParams, withoutLeak } from './support';

const cell = lstm({ inputSize: 3, units: 2 });
const model = stack([
  embedding({ vocabularySize: 7, dimension: 3 }),
  cell,
  lstm({ inputSize: 2, units: 2 }),
  dense({ inputSize: 2, units: 4 }),
]);

const translator = encoderDecoder(
  bidirectional(gru({ inputSize: 3, units: 2 }), gru({ inputSize: 3, units: 2 })),
  stack([
    attentionWrapper(gru({ inputSize: 3, units: 5 }), {
      memorySize: 4,
      score: 'additive',
      attentionUnits: 6,
    }),
    dense({ inputSize: 6, units: 7 }),
  ]),
);

/** A state dict of float32 zeros with these names and shapes. */
function stateDict(shapes: Record<string, number[]>): Record<string, SafetensorsTensor> {
  const zeros = (shape: number[]) => new Float32Array(shape.reduce((product, extent) => product * extent, 1));
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { dtype: 'F32', shape, data: zeros(shape) }]),
  );
}

const lstmShapes = (prefix: string, layer = 0) => ({
  [`${prefix}weight_ih_l${layer}`]: [8, layer === 0 ? 3 : 2],
  [`${prefix}weight_hh_l${layer}`]: [8, 2],
  [`${prefix}bias_ih_l${layer}`]: [8],
  [`${prefix}bias_hh_l${layer}`]: [8],
});

function expectSame(actual: unknown, expected: unknown): void {
  const [a, b] = [flattenParams(actual), flattenParams(expected)];
  expect(Object.keys(a)).toEqual(Object.keys(b));
  for (const [name, tensor] of Object.entries(b))
    expect(a[name]!.dataSync(), name).toEqual(tensor.dataSync());
}

const parts: [string, AnyPart][] = [
  ['a cell', cell],
  ['a model', model],
  [
    'a classifier whose head follows lastOutput',
    stack([
      gru({ inputSize: 3, units: 2 }),
      lastOutput(gru({ inputSize: 2, units: 2 })),
      dropout({ rate: 0.5 }),
      dense({ inputSize: 2, units: 3 }),
    ]),
  ],
  ['attention', attentionWrapper(lstm({ inputSize: 3, units: 2 }), { memorySize: 4 })],
  [
    'normalized attention with an attentional vector',
    attentionWrapper(gru({ inputSize: 8, units: 2 }), {
      ...{ memorySize: 4, score: 'additive', units: 3, normalized: true },
      ...{ attentionUnits: 5, inputFeeding: true },
    }),
  ],
  ['an encoder and a decoder', translator],
  ['a tied embedding', tiedEmbedding(lstm({ inputSize: 3, units: 3 }), { vocabularySize: 5 })],
  [
    'all that wraps',
    lastOutput(
      stack([
        bidirectional(
          lstm({ inputSize: 3, units: 2, projection: 1 }),
          lstm({ inputSize: 3, units: 2, projection: 1 }),
        ),
        residual(gru({ inputSize: 2, units: 2 })),
        gru({ inputSize: 2, units: 2 }),
        simpleRnn({ inputSize: 2, units: 3, activation: 'relu' }),
        dense({ inputSize: 3, units: 3, useBias: false }),
        dense({ inputSize: 3, units: 1, useBias: false }),
      ]),
    ),
  ],
];

it.each(parts)('gives back the parameters of %s', (_name, part) =>
  withoutLeak(() => {
    const params = someParams(part);
    const back = fromPyTorch(toPyTorch(part, params), part);
    expectSame(back, params);
    disposeTree([params, back]);
  }),
);

it('names modules as PyTorch users do, and layers by their number', () =>
  withoutLeak(() => {
    const params = model.init(1);
    const layer = (number: number) => Object.keys(lstmShapes('lstm.', number));
    expect(Object.keys(toPyTorch(model, params))).toEqual([
      'embedding.weight',
      ...layer(0),
      ...layer(1),
      'linear.weight',
      'linear.bias',
    ]);
    expect(Object.keys(toPyTorch(cell, params[1]))).toEqual(Object.keys(lstmShapes('')));
    const names = ['embed', 'encoder.first', 'encoder.second', 'head'];
    const named = Object.keys(toPyTorch(model, params, { names }));
    expect(named).toContain('encoder.second.weight_ih_l0');
    disposeTree(params);
  }));

it('makes a module of its own of what stands in a residual part', () =>
  withoutLeak(() => {
    const part = stack([
      residual(gru({ inputSize: 2, units: 2 })),
      residual(gru({ inputSize: 2, units: 2 })),
    ]);
    const params = part.init(1);
    expect(Object.keys(toPyTorch(part, params))).toContain('gru_2.weight_ih_l0');
    disposeTree(params);
  }));

it('reads and writes minimal layers by the names of minGRU-pytorch, wherever they stand', () =>
  withoutLeak(() => {
    const layers = stack([
      minGru({ inputSize: 4, units: 4, useBias: false }),
      minLstm({ inputSize: 4, units: 4 }),
      dense({ inputSize: 4, units: 2 }),
    ]);
    const params = layers.init(1);
    const written = toPyTorch(layers, params);
    expect(Object.keys(written)).toEqual([
      'minGru.to_hidden_and_gate.weight',
      'minLstm.to_hidden_and_f_i_gate.weight',
      'minLstm.to_hidden_and_f_i_gate.bias',
      'linear.weight',
      'linear.bias',
    ]);
    const renamed = Object.fromEntries(
      Object.entries(written).map(([name, array]) => [`net.${name.replace('min', 'x')}`, array]),
    );
    const again = fromPyTorch(renamed as never, layers);
    const flat = flattenParams(again);
    for (const [path, tensor] of Object.entries(flattenParams(params)))
      expect(flat[path]!.dataSync()).toEqual(tensor.dataSync());
    disposeTree([params, again]);
  }));

describe('finds the modules of a file by itself', () => {
  const file = {
    ...lstmShapes('net.rnn.'),
    ...lstmShapes('net.rnn.', 1),
    'net.out.weight': [4, 2],
    'net.out.bias': [4],
  };

  it('whatever their names', () =>
    withoutLeak(() => disposeTree(fromPyTorch(stateDict({ ...file, 'tok.weight': [7, 3] }), model))));

  it('from a Map, in half precision too', () =>
    withoutLeak(() => {
      const half: SafetensorsTensor = { dtype: 'F16', shape: [7, 3], data: new Uint16Array(21).fill(0x3c00) };
      const tensors = new Map(Object.entries({ ...stateDict(file), 'tok.weight': half }));
      const params = fromPyTorch(tensors, model);
      expect([...params[0].embeddings.dataSync()]).toEqual(Array(21).fill(1));
      disposeTree(params);
    }));

  it('and asks for names where two would fit', () =>
    withoutLeak(async () => {
      const shapes = { ...file, 'tok.weight': [7, 3], 'aux.weight': [4, 2], 'aux.bias': [4] };
      expect(await complaint(() => fromPyTorch(stateDict(shapes), model))).toBe(
        '[unrolled/interop] fromPyTorch: expected names that assign a module to each of embedding, lstm, lstm, dense, ' +
          "got several possible modules: net.rnn, net.out, tok, aux: set the option names, one per layer, such as ['embedding', 'lstm', 'lstm', 'head']",
      );
      const names = ['tok', 'net.rnn', 'net.rnn', 'net.out'];
      expect(await complaint(() => fromPyTorch(stateDict(shapes), model, { names }))).toContain(
        'got aux.weight, aux.bias in addition: set strict: false to ignore arrays that the model does not have',
      );
      disposeTree(fromPyTorch(stateDict(shapes), model, { names, strict: false }));
    }));
});

describe('refuses, in words that help', () => {
  const cases: [string, () => unknown, string][] = [
    [
      'missing names',
      () => fromPyTorch(stateDict({ 'lstm.weight_ih_l0': [8, 3], 'lstm.bias_ih_l0': [8] }), cell),
      'expected arrays named lstm.weight_hh_l0, lstm.bias_hh_l0 for lstm, got arrays named lstm.weight_ih_l0, lstm.bias_ih_l0',
    ],
    [
      'a file of something else',
      () => fromPyTorch(stateDict({ 'conv.weight': [8, 3, 3] }), cell),
      'expected names that assign a module to each of lstm, got several possible modules: conv',
    ],
    [
      'another size',
      () => fromPyTorch(stateDict({ ...lstmShapes(''), weight_ih_l0: [8, 4] }), cell),
      'expected shape [8, 3] for weight_ih_l0, the weights of lstm from 3 to 2, got [8, 4]: build the model in the size of these weights',
    ],
    [
      'whole numbers',
      () =>
        fromPyTorch(
          { ...stateDict(lstmShapes('')), bias_ih_l0: { dtype: 'I8', shape: [8], data: new Int8Array(8) } },
          cell,
        ),
      'expected floating-point values in bias_ih_l0, got I8',
    ],
    [
      'too few names',
      () => fromPyTorch(stateDict(lstmShapes('')), model, { names: ['lstm'] }),
      'expected one name for each of the layers embedding, lstm, lstm, dense, got the names lstm',
    ],
    [
      'one name for two plain modules',
      () => fromPyTorch(stateDict(lstmShapes('')), model, { names: ['a', 'b', 'b', 'a'] }),
      'expected a different name for each embedding and dense part, got a twice',
    ],
    [
      'a part with a name that no object has of its own',
      () => fromPyTorch({} as never, cell, { names: ['constructor'] }),
      'expected arrays named constructor.weight_ih_l0, constructor.weight_hh_l0 for lstm, got arrays named (none)',
    ],
  ];
  it.each(cases)('%s', (_name, run, words) =>
    withoutLeak(async () => expect(await complaint(run)).toContain(words)),
  );

  const lacking: [string, AnyPart, string][] = [
    [
      'peepholes and clips',
      lstm({ inputSize: 3, units: 2, peepholes: true, cellClip: 1 }),
      'lstm with peepholes, cell clip',
    ],
    [
      'other gates',
      gru({ inputSize: 3, units: 2, recurrentActivation: 'hardSigmoid' }),
      'the activation hardSigmoid',
    ],
    [
      'a GRU that resets before',
      stack([gru({ inputSize: 3, units: 2, variant: 'reset-before' })]),
      "gru at '0' with the variant",
    ],
    [
      'directions that differ',
      bidirectional(cell, gru({ inputSize: 3, units: 2 })),
      'got lstm of 2 and gru of 2 units',
    ],
    [
      'a stack in both directions',
      bidirectional(stack([cell, dense({ inputSize: 2, units: 2 })]), cell),
      'stack bidirectional parts, instead',
    ],
    [
      'a minimal layer in both directions',
      bidirectional(minGru({ inputSize: 3, units: 2 }), minGru({ inputSize: 3, units: 2 })),
      'expected one plain recurrent cell per direction',
    ],
    ["a user's own cell", { ...cell, name: 'mine' }, 'got mine, a user-defined part'],
  ];
  it.each(lacking)('%s', (_name, part, words) =>
    withoutLeak(async () => {
      expect(await complaint(() => toPyTorch(part, {}))).toContain(words);
      expect(await complaint(() => fromPyTorch({}, part))).toContain(words);
    }),
  );

  it('biases to leave out that are not 0', () =>
    withoutLeak(async () => {
      const params = cell.init(1); // the forget bias is 1
      expect(await complaint(() => toPyTorch(cell, params, { bias: false }))).toContain(
        'got other values in bias_ih_l0',
      );
      disposeTree(params);
    }));

  it('a tied embedding from two tables', () =>
    withoutLeak(async () => {
      const tied = tiedEmbedding(lstm({ inputSize: 3, units: 3 }), { vocabularySize: 5 });
      const params = tied.init(1);
      const arrays = toPyTorch(tied, params);
      arrays['linear.weight']!.data[4] = 7;
      expect(await complaint(() => fromPyTorch(arrays, tied))).toContain(
        'expected equal input and output tables',
      );
      disposeTree(params);
    }));
});

it('writes attention as linear modules and parameters, and asks for their names where shapes are alike', () =>
  withoutLeak(() => {
    const params = translator.init(1);
    const written = toPyTorch(translator, params);
    const shapes = Object.entries(written).map(([name, { shape }]) => `${name} [${shape.join(', ')}]`);
    expect(shapes.slice(8)).toEqual([
      ...['linear.weight [5, 4]', 'linear.bias [5]'],
      ...['gru_2.weight_ih_l0 [15, 3]', 'gru_2.weight_hh_l0 [15, 5]', 'gru_2.bias_ih_l0 [15]'],
      ...['gru_2.bias_hh_l0 [15]', 'memory.weight [5, 4]', 'query.weight [5, 5]', 'score.weight [1, 5]'],
      ...['attention.weight [6, 9]', 'linear_2.weight [7, 6]', 'linear_2.bias [7]'],
    ]);
    const flat = flattenParams(params);
    const vector = flat['decoder.0.scoreVector']!.dataSync();
    expect(written['score.weight']!.data).toEqual(vector);
    const first = flat['decoder.0.memoryKernel']!.dataSync();
    expect(written['memory.weight']!.data[1]).toBe(first[5]); // transposed
    disposeTree(params);
  }));
