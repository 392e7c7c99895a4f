/**
 * Models as JSON: the model built from it computes the same, and an error in a damaged description names its
 * field.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { UnrolledError } from '@unrolled/errors';
import { expect, it } from 'vitest';
import {
  type AnyCell,
  type AnyLayer,
  type AnyPart,
  bidirectional,
  constant,
  dense,
  describe,
  dropout,
  dropoutWrapper,
  embedding,
  flattenParams,
  gru,
  type InputKind,
  isCell,
  lastOutput,
  lstm,
  minGru,
  minLstm,
  modelFrom,
  orthogonal,
  parameterShapes,
  paramsFrom,
  type Random,
  random,
  residual,
  simpleRnn,
  stack,
  tiedEmbedding,
  uniform,
  unroll,
} from '../src/index';

const int = ({ uniform: draw }: Random, least: number, most: number) =>
  least + Math.floor(draw() * (most - least + 1));
const pick = <const T>(draws: Random, choices: readonly T[]): T =>
  choices[int(draws, 0, choices.length - 1)]!;
const maybe = <const T>(draws: Random, value: T): T | undefined =>
  draws.uniform() < 0.5 ? value : undefined;

const ACTIVATIONS = ['tanh', 'sigmoid', 'relu', 'hardSigmoid', 'softsign', 'linear'] as const;
const INITIALIZERS = ['glorotUniform', 'glorotNormal', 'heNormal', 'orthogonal', 'ones', orthogonal] as const;

interface Sizes {
  readonly kind: InputKind;
  readonly inputs: number;
  readonly outputs: number;
}

/** A random cell of one layer. */
function drawLeaf(draws: Random, { kind, inputs, outputs }: Sizes): AnyCell {
  const options = {
    inputSize: inputs,
    units: outputs,
    inputKind: kind,
    activation: maybe(draws, pick(draws, ACTIVATIONS)),
    kernelInitializer: maybe(draws, pick(draws, INITIALIZERS)),
    recurrentInitializer: maybe(draws, pick(draws, INITIALIZERS)),
    biasInitializer: maybe(draws, pick(draws, ['zeros', 'ones'])),
  };
  const gated = { ...options, recurrentActivation: maybe(draws, pick(draws, ACTIVATIONS)) };
  const { recurrentInitializer: _recurrent, ...minimal } = options;
  const candidate = {
    ...minimal,
    activation: maybe(draws, pick(draws, ['positive', 'linear'])),
    useBias: maybe(draws, false),
  };
  const makers: (() => AnyCell)[] = [
    () => minGru(candidate),
    () => minLstm(candidate),
    () => simpleRnn(options),
    () => gru({ ...gated, variant: maybe(draws, pick(draws, ['reset-after', 'reset-before'])) }),
    () =>
      lstm({
        ...gated,
        forgetBias: maybe(draws, 0.5),
        peepholes: maybe(draws, true),
        cellClip: maybe(draws, 1.5),
      }),
    () => lstm({ ...gated, units: 4, projection: outputs, projectionClip: maybe(draws, 0.75) }),
  ];
  if (kind === 'vectors') {
    const { inputKind: _, recurrentInitializer: __, ...plain } = options;
    makers.push(() => dense({ ...plain, useBias: maybe(draws, false) }));
  } else {
    const initializer = options.kernelInitializer;
    makers.push(() => embedding({ vocabularySize: inputs, dimension: outputs, initializer }));
  }
  if (kind === 'vectors' && inputs === outputs) {
    makers.push(() => dropout({ size: inputs, rate: draws.uniform(), variational: maybe(draws, true) }));
  }
  return pick(draws, makers)();
}

/** A random part of these sizes. */
function drawPart(draws: Random, depth: number, sizes: Sizes): AnyPart {
  const { kind, inputs, outputs } = sizes;
  const makers: (() => AnyPart)[] = [() => drawLeaf(draws, sizes)];
  if (depth > 0) {
    const inner = (own: Sizes) => drawPart(draws, depth - 1, own);
    const between = int(draws, 1, 4);
    makers.push(() =>
      stack([
        inner({ kind, inputs, outputs: between }),
        inner({ kind: 'vectors', inputs: between, outputs: between }),
        inner({ kind: 'vectors', inputs: between, outputs }),
      ]),
    );
    if (outputs > 1) {
      makers.push(() =>
        bidirectional(inner({ kind, inputs, outputs: 1 }), inner({ kind, inputs, outputs: outputs - 1 })),
      );
    }
    if (kind === 'vectors') {
      const rates = { input: maybe(draws, 0.25), state: maybe(draws, 0.5), output: maybe(draws, 0.125) };
      makers.push(() =>
        dropoutWrapper(drawLeaf(draws, sizes), { ...rates, variational: maybe(draws, true) }),
      );
    }
    if (inputs === outputs && kind === 'vectors') makers.push(() => residual(inner(sizes) as AnyCell));
    if (inputs === outputs && kind === 'ids') {
      const initializer = maybe(draws, pick(draws, INITIALIZERS));
      const body = { kind: 'vectors', inputs: between, outputs: between } as const;
      makers.push(() =>
        tiedEmbedding(stack([drawLeaf(draws, body), drawLeaf(draws, body)]), {
          vocabularySize: inputs,
          initializer,
        }),
      );
    }
  }
  // Half of the time the last maker, which nests most deeply.
  return draws.uniform() < 0.5 ? makers.at(-1)!() : pick(draws, makers)();
}

function drawModel(seed: number): AnyPart {
  const draws = random(seed);
  const inputs = int(draws, 1, 4);
  const kind = pick(draws, ['vectors', 'ids']);
  const part = drawPart(draws, 3, { kind, inputs, outputs: maybe(draws, inputs) ?? int(draws, 1, 4) });
  return draws.uniform() < 0.3 ? lastOutput(part as AnyCell) : part;
}

const numbersOf = (tree: unknown) =>
  Object.fromEntries(
    Object.entries(flattenParams(tree)).map(([path, tensor]) => [
      path,
      { shape: tensor.shape, data: tensor.dataSync().slice() as Float32Array },
    ]),
  );

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const seeds = Array.from({ length: 120 }, (_, seed) => seed);

it('draws parts of every type', () => {
  const text = JSON.stringify(seeds.map((seed) => describe(drawModel(seed))));
  const types = ['simpleRnn', 'lstm', 'gru', 'linear', 'embedding', 'dropout', 'stack', 'bidirectional'];
  for (const type of [...types, 'residual', 'lastOutput', 'dropoutWrapper', 'tiedEmbedding']) {
    expect(text).toContain(`"type":"${type}"`);
  }
});

it.each(seeds)('the model from a description computes and initializes the same (%i)', (seed) => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const model = drawModel(seed);
    const description = throughJson(describe(model));
    const again = modelFrom(description);
    expect(describe(again)).toEqual(description);
    expect([again.name, again.inputSize, again.outputSize]).toEqual([
      model.name,
      model.inputSize,
      model.outputSize,
    ]);
    expect([again.inputKind ?? 'vectors', again.carriesState ?? true, isCell(again)]).toEqual([
      model.inputKind ?? 'vectors',
      model.carriesState ?? true,
      isCell(model),
    ]);
    const params = model.init(seed);
    expect(numbersOf(again.init(seed))).toEqual(numbersOf(params));
    const inputs =
      model.inputKind === 'ids'
        ? tf.zeros([2, 3], 'int32')
        : tf.sin(tf.reshape(tf.range(0, 6 * model.inputSize), [2, 3, model.inputSize]));
    const context = { training: true, seed: 5 } as const;
    const run = (part: AnyPart, own: unknown) => {
      const result = unroll(part as AnyLayer, own, inputs as never, { context, lengths: [3, 2] });
      return numbersOf([result.output as Tensor, result.state]);
    };
    expect(run(again, params)).toEqual(run(model, params));
    const restored = paramsFrom(again, numbersOf(params));
    expect(numbersOf(restored)).toEqual(numbersOf(params));
    expect(run(again, restored)).toEqual(run(model, params));
  });
  expect(tf.memory().numTensors).toBe(before);
});

it.each(seeds)(
  'the shapes of the parameters are those of init, and nothing is made for them (%i)',
  (seed) => {
    const model = drawModel(seed);
    let made = 0;
    const { kernelNames } = tf.profile as unknown as { kernelNames?: string[] };
    expect(kernelNames).toBeUndefined();
    const before = tf.memory().numTensors;
    const shapes = parameterShapes(model);
    made += tf.memory().numTensors - before;
    expect(made).toBe(0);
    tf.tidy(() => {
      const expected = Object.entries(flattenParams(model.init(0))).map(([path, { shape }]) => [path, shape]);
      expect(Object.entries(shapes)).toEqual(expected);
    });
  },
);

/** Every position of a value in a JSON value, as the object that contains it and its key. */
function places(value: unknown): { holder: Record<string, unknown>; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...places(holder[key])]);
}

const JUNK = [
  null,
  -1,
  0,
  0.5,
  1,
  3,
  2 ** 24 + 1,
  1e300,
  '',
  'lstm',
  'ids',
  'constructor',
  '__proto__',
  [],
  {},
  true,
];

it.each(seeds)('a damaged description gives another model or one error that names the field (%i)', (seed) => {
  const draws = random(seed + 1000);
  for (let round = 0; round < 20; round++) {
    const description = throughJson(describe(drawModel(seed)));
    const { holder, key } = pick(draws, places(description));
    const kind = int(draws, 0, 2);
    if (kind === 0) delete holder[key];
    else if (kind === 1) holder[`${key}${int(draws, 0, 1) || ''}`] = pick(draws, JUNK);
    else holder[key] = pick(draws, places(description)).holder;
    let error: unknown;
    let model: AnyPart | undefined;
    try {
      model = modelFrom(description);
    } catch (caught) {
      error = caught;
    }
    if (model) {
      const shapes = Object.values(parameterShapes(model));
      expect(shapes.flat().every((extent) => Number.isSafeInteger(extent) && extent > 0)).toBe(true);
    } else {
      expect(error).toBeInstanceOf(UnrolledError);
      expect(error).toMatchObject({ code: 'format', scope: 'modelFrom' });
      expect((error as UnrolledError).expected).toMatch(
        /^(only the fields .*|at most 64 .*)?(model|the description|a description)?/,
      );
    }
  }
});

const complaint = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return error instanceof UnrolledError ? `${error.code}: ${error.message}` : `another error: ${error}`;
  }
  return 'none';
};

const base = describe(stack([lstm({ inputSize: 3, units: 4 }), dense({ inputSize: 4, units: 2 })]));

it.each([
  ['the description to be an object, got an array of 0', []],
  ['a description of version 1, got 2', { ...base, version: 2 }],
  ['model to be an object, got null', { version: 1, model: null }],
  ['model.type to be one of simpleRnn, lstm', { version: 1, model: {} }],
  ['got "toString"', { version: 1, model: { type: 'toString' } }],
  [
    'model.units to be an integer in 1 … 16777216, got 16777217',
    { version: 1, model: { type: 'simpleRnn', inputSize: 1, units: 2 ** 24 + 1, activation: 'tanh' } },
  ],
  [
    'only the fields type, size, rate, variational in model, got also seed',
    { version: 1, model: { type: 'dropout', size: 1, rate: 0.5, variational: false, seed: 1 } },
  ],
  [
    'model.rate to be a number in [0, 1), got 1',
    { version: 1, model: { type: 'dropout', size: 1, rate: 1, variational: false } },
  ],
  [
    'model.parts to be a list of 1 … 4096 parts, got an array of 0',
    { version: 1, model: { type: 'stack', parts: [] } },
  ],
  [
    'model: part 1 (dropout) to read vectors of 2',
    {
      version: 1,
      model: {
        type: 'stack',
        parts: [
          { type: 'dropout', size: 2, rate: 0, variational: false },
          { type: 'dropout', size: 3, rate: 0, variational: false },
        ],
      },
    },
  ],
  [
    'model.body to be a cell',
    {
      version: 1,
      model: {
        type: 'tiedEmbedding',
        vocabularySize: 3,
        body: { type: 'bidirectional', forward: base.model, backward: base.model },
      },
    },
  ],
])('refuses a description with: expected %s', (message, description) => {
  expect(complaint(() => modelFrom(description))).toContain('format: [unrolled/cells] modelFrom: expected ');
  expect(complaint(() => modelFrom(description))).toContain(message);
});

it('refuses parts inside one another without end', () => {
  const endless: Record<string, unknown> = { type: 'lastOutput' };
  endless.part = endless;
  expect(complaint(() => modelFrom({ version: 1, model: endless }))).toContain(
    'at most 64 parts inside one another',
  );
});

it('refuses to describe what is no data', () => {
  const own = { ...lstm({ inputSize: 3, units: 4 }) };
  expect(complaint(() => describe(stack([own])))).toBe(
    'unsupported: [unrolled/cells] describe: expected only parts of @unrolled/cells, got lstm, a user-defined part: build that model in code, and save only its parameters',
  );
  expect(complaint(() => describe(gru({ inputSize: 3, units: 4, activation: (x) => tf.sin(x) })))).toBe(
    'unsupported: [unrolled/cells] describe: expected activations by name, got a function in gru: use a named activation, or build that model in code',
  );
  expect(
    complaint(() => describe(lstm({ inputSize: 3, units: 4, forgetBias: Number.POSITIVE_INFINITY }))),
  ).toContain('expected a finite forgetBias, got Infinity in lstm');
});

it('leaves out an initializer without a name, and the new model draws by the default', () => {
  const options = { inputSize: 3, units: 4 };
  const model = lstm({
    ...options,
    kernelInitializer: uniform(0.5),
    biasInitializer: constant(2),
    recurrentInitializer: orthogonal,
  });
  expect(describe(model).model).toMatchObject({ recurrentInitializer: 'orthogonal' });
  expect(describe(model).model).not.toHaveProperty('kernelInitializer');
  tf.tidy(() => {
    expect(numbersOf(modelFrom(describe(model)).init(1))).toEqual(numbersOf(lstm(options).init(1)));
  });
});

it('makes parameters from values by path, or says which does not fit', () => {
  const before = tf.memory().numTensors;
  const own: AnyCell = { ...simpleRnn({ inputSize: 2, units: 2 }), name: 'own' };
  const model = stack([own, dense({ inputSize: 2, units: 1 })]);
  expect(parameterShapes(model)).toEqual({
    '0.kernel': [2, 2],
    '0.recurrentKernel': [2, 2],
    '0.bias': [2],
    '1.kernel': [2, 1],
    '1.bias': [1],
  });
  const values = tf.tidy(() => numbersOf(model.init(3)));
  tf.tidy(() => {
    expect(numbersOf(paramsFrom(model, values))).toEqual(values);
  });
  const { '1.bias': bias, ...rest } = values;
  expect(complaint(() => paramsFrom(model, rest))).toBe(
    "shape: [unrolled/cells] paramsFrom: expected '1.bias' float32 [1], got nothing of that name: build the model that the parameters belong to: the architecture or a size differs",
  );
  expect(complaint(() => paramsFrom(model, { ...values, '2.bias': bias! }))).toContain('got also 2.bias');
  expect(
    complaint(() => paramsFrom(model, { ...values, '1.bias': { shape: [2], data: new Float32Array(2) } })),
  ).toContain('got float32 [2], 2 values');
  expect(
    complaint(() => paramsFrom(model, { ...values, '1.bias': { shape: [1], data: new Float32Array(2) } })),
  ).toContain('got float32 [1], 2 values');
  expect(
    complaint(() => paramsFrom(model, { ...values, '1.bias': { shape: [1], data: new Int32Array(1) } })),
  ).toContain('got int32 [1]');
  expect(tf.memory().numTensors).toBe(before);
});
