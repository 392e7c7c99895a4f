// Outputs, final states and gradients of random models: every cell with its variants, and the parts that
// combine cells.
import { Digest, uniform } from './numbers.mjs';
import { gradientsOf, mapTensors, tensorsOf } from './tensors.mjs';

/** I, H, B, T. None is a multiple of a vector's width, except in the last entry, where all are. */
const SIZES = [
  { inputSize: 3, units: 5, batchSize: 2, steps: 4 },
  { inputSize: 7, units: 13, batchSize: 5, steps: 6 },
  { inputSize: 17, units: 33, batchSize: 9, steps: 1 },
  { inputSize: 16, units: 32, batchSize: 32, steps: 8 },
];

const MODES = {
  plain: {},
  lengths: { lengths: true },
  reverse: { reverse: true },
  'lengths in reverse': { lengths: true, reverse: true },
  'step by step': { fused: false },
};

/** @returns the recurrent cells by name, as functions of their size */
function recurrentCells({ lstm, gru, simpleRnn }) {
  const variants = {
    lstm: [lstm, {}],
    'lstm with peepholes': [lstm, { peepholes: true }],
    'lstm with projection and clips': [lstm, { projection: 4, cellClip: 0.4, projectionClip: 0.3 }],
    'lstm with other activations': [lstm, { activation: 'relu', recurrentActivation: 'hardSigmoid' }],
    'gru reset-after': [gru, { variant: 'reset-after' }],
    'gru reset-before': [gru, { variant: 'reset-before' }],
    'gru with another activation': [gru, { activation: 'relu' }],
    'simpleRnn tanh': [simpleRnn, { activation: 'tanh' }],
    'simpleRnn relu': [simpleRnn, { activation: 'relu' }],
    'simpleRnn sigmoid': [simpleRnn, { activation: 'sigmoid' }],
  };
  return Object.entries(variants).map(([name, [make, options]]) => ({
    name,
    make: (size) => make({ ...options, ...size }),
  }));
}

/** How some models of several parts are unrolled. */
const LENGTHS = { lengths: true };
const TRAINING = { context: { training: true, seed: 7 } };

/** Stacked cells; the first one may have other options. */
function layersOf(make, count, inputSize, units, first = {}) {
  return Array.from({ length: count }, (_, layer) =>
    make({ inputSize: layer === 0 ? inputSize : units, units, ...(layer === 0 ? first : {}) }),
  );
}

/** Stacks, as functions of I and H. */
function stacks({ dense, dropout, embedding, gru, lstm, simpleRnn, stack }) {
  const head = (inputSize, units = 3) => dense({ inputSize, units });
  const ofOneKind = Object.entries({ lstm, gru, simpleRnn }).flatMap(([name, make]) =>
    [1, 2, 3].map((count) => ({
      name: `stack of ${count} × ${name} and dense`,
      make: (i, h) => stack([...layersOf(make, count, i, h, { inputKind: 'ids' }), head(h, i)]),
    })),
  );
  const mixed = (i, h) => [
    lstm({ inputSize: i, units: h }),
    gru({ inputSize: h, units: h + 1, variant: 'reset-before' }),
    simpleRnn({ inputSize: h + 1, units: h }),
  ];
  return [
    ...ofOneKind,
    { name: 'stack of three kinds', make: (i, h) => stack([...mixed(i, h), head(h)]) },
    { name: 'stack with lengths', make: (i, h) => stack([...mixed(i, h), head(h)]), options: LENGTHS },
    { name: 'stack in reverse', make: (i, h) => stack(mixed(i, h)), options: { reverse: true, ...LENGTHS } },
    {
      name: 'stack with cells that have no fused kernel',
      make: (i, h) => stack([...layersOf((own) => lstm({ ...own, peepholes: true }), 2, i, h), head(h)]),
    },
    {
      name: 'embedding, dropout, gru, dropout, dense in training',
      make: (i, h) =>
        stack([
          embedding({ vocabularySize: i, dimension: h }),
          dropout({ size: h, rate: 0.3 }),
          gru({ inputSize: h, units: h }),
          dropout({ size: h, rate: 0.4, variational: true }),
          dense({ inputSize: h, units: i, activation: 'tanh' }),
        ]),
      options: TRAINING,
    },
  ];
}

/** Other combinations of cells, as functions of I and H. */
function wrapped({
  bidirectional,
  dense,
  dropoutWrapper,
  gru,
  lastOutput,
  lstm,
  residual,
  stack,
  tiedEmbedding,
}) {
  const bothWays = (make, options) => bidirectional(make(options), make(options));
  return [
    {
      name: 'dropoutWrapper in training',
      make: (i, h) =>
        dropoutWrapper(lstm({ inputSize: i, units: h }), { input: 0.2, state: 0.3, output: 0.1 }),
      options: TRAINING,
    },
    {
      name: 'bidirectional lstm and gru',
      make: (i, h) => bidirectional(lstm({ inputSize: i, units: h }), gru({ inputSize: i, units: h + 2 })),
    },
    {
      name: 'bidirectional with lengths',
      make: (i, h) => bothWays(lstm, { inputSize: i, units: h, inputKind: 'ids' }),
      options: LENGTHS,
    },
    { name: 'lastOutput of lstm', make: (i, h) => lastOutput(lstm({ inputSize: i, units: h })) },
    {
      name: 'lastOutput of a bidirectional stack with lengths',
      make: (i, h) =>
        lastOutput(stack([bothWays(gru, { inputSize: i, units: h }), dense({ inputSize: 2 * h, units: 3 })])),
      options: LENGTHS,
    },
    {
      name: 'residual layers',
      make: (i, h) =>
        stack([
          lstm({ inputSize: i, units: h }),
          residual(lstm({ inputSize: h, units: h })),
          residual(gru({ inputSize: h, units: h })),
        ]),
      options: LENGTHS,
    },
    {
      name: 'tiedEmbedding of lstm',
      make: (i, h) => tiedEmbedding(lstm({ inputSize: h, units: h }), { vocabularySize: i }),
    },
    {
      name: 'tiedEmbedding of a stack',
      make: (i, h) => tiedEmbedding(stack(layersOf(gru, 2, h, h)), { vocabularySize: i }),
    },
  ];
}

/** One digest of the forward pass and one of the gradients for each kind of model, over all sizes. */
export function* modelDigests(packages) {
  const { cells } = packages;
  for (const { name, make } of recurrentCells(cells)) {
    for (const [mode, options] of Object.entries(MODES)) {
      const runs = SIZES.flatMap((size) =>
        ['vectors', 'ids'].map((inputKind) => {
          const { inputSize, units } = size;
          return { model: make({ inputSize, units, inputKind }), size, options };
        }),
      );
      yield* digestsOf(packages, `${name}, ${mode}`, runs);
    }
  }
  for (const { name, make, options = {} } of [...stacks(cells), ...wrapped(cells)]) {
    const runs = SIZES.map((size) => ({ model: make(size.inputSize, size.units), size, options }));
    yield* digestsOf(packages, name, runs);
  }
}

function* digestsOf(packages, name, runs) {
  const digests = { parameters: new Digest(), forward: new Digest(), gradients: new Digest() };
  for (const [index, run] of runs.entries()) {
    packages.tf.tidy(() => addRun(packages, digests, run, index + 1));
  }
  for (const [what, digest] of Object.entries(digests)) yield [`${name}: ${what}`, digest.toString()];
}

function addRun(packages, digests, { model, size, options }, seed) {
  const { tf, cells } = packages;
  const draw = uniform(seed);
  const centred = (shape, scale) =>
    tf.tensor(
      Float32Array.from({ length: product(shape) }, () => scale * (2 * draw() - 1)),
      shape,
    );
  const initial = model.init(seed);
  digests.parameters.addTensors(tensorsOf(packages, initial));
  // Biases are initialised with zeros, which would hide errors in their use.
  const params = mapTensors(tf, initial, (tensor) => tf.add(tensor, centred(tensor.shape, 0.2)));
  const inputs = drawInputs(tf, model, size, draw, centred);
  const zeroState = model.zeroState(size.batchSize);
  const state = mapTensors(tf, zeroState, ({ shape }) => centred(shape, 0.5));
  const { lengths, ...rest } = options;
  const unrollOptions = { ...rest, ...(lengths ? { lengths: drawLengths(size, draw) } : {}) };

  const run = (tree, fromZero) =>
    cells.unroll(model, tree.params, tree.inputs, {
      ...unrollOptions,
      ...(fromZero ? {} : { initialState: tree.state }),
    });
  for (const fromZero of [true, false]) {
    const result = run({ params, inputs, state }, fromZero);
    digests.forward.addTensors(tensorsOf(packages, result));
  }
  const shapes = tensorsOf(packages, run({ params, inputs, state }, false)).map(({ shape }) => shape);
  const weights = shapes.map((shape) => centred(shape, 1));
  const { value, gradients } = gradientsOf(packages, { params, inputs, state }, (tree) =>
    tensorsOf(packages, run(tree, false))
      .map((tensor, index) => tf.sum(tf.mul(tensor, weights[index])))
      .reduce((sum, term) => tf.add(sum, term)),
  );
  digests.gradients.addTensors([value, ...gradients]);
}

const product = (shape) => shape.reduce((size, length) => size * length, 1);

function drawInputs(tf, model, { inputSize, batchSize, steps }, draw, centred) {
  if (model.inputKind !== 'ids') return centred([batchSize, steps, inputSize], 1);
  const ids = Int32Array.from({ length: batchSize * steps }, () => Math.floor(inputSize * draw()));
  return tf.tensor2d(ids, [batchSize, steps], 'int32');
}

/** 0 … T; the first row has 0, the last one T. */
function drawLengths({ batchSize, steps }, draw) {
  const lengths = Array.from({ length: batchSize }, () => Math.floor((steps + 1) * draw()));
  return [0, ...lengths.slice(1, -1), steps];
}
