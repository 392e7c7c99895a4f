import * as tf from '@tensorflow/tfjs';
import { registerUnrolledBackend, unregisterUnrolledBackend } from '@unrolled/kernels';
import { accelerate, type LayerReport, onFallback } from '@unrolled/kernels/tf-layers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Arrays, compare, expectSame, fusedRuns, randomizeWeights, randomValues } from './tf-layers';

const [BATCH, TIME, INPUTS, UNITS] = [3, 4, 5, 3];

beforeAll(() => registerUnrolledBackend({ threads: 1 }));
afterAll(() => unregisterUnrolledBackend());

let told: LayerReport[] = [];
let quiet = () => {};
beforeEach(() => {
  told = [];
  quiet = onFallback(({ caller, reasons }) => told.push({ layer: caller, lacking: reasons }));
});
afterEach(() => quiet());

type Options = Record<string, unknown>;

const KINDS = {
  'lstm, hard sigmoid': (options: Options) => tf.layers.lstm({ units: UNITS, ...options }),
  'lstm, sigmoid': (options: Options) =>
    tf.layers.lstm({ units: UNITS, recurrentActivation: 'sigmoid', ...options }),
  'gru, hard sigmoid': (options: Options) => tf.layers.gru({ units: UNITS, ...options }),
  'gru, sigmoid': (options: Options) =>
    tf.layers.gru({ units: UNITS, recurrentActivation: 'sigmoid', ...options }),
  'simpleRNN, tanh': (options: Options) => tf.layers.simpleRNN({ units: UNITS, ...options }),
  'simpleRNN, relu': (options: Options) =>
    tf.layers.simpleRNN({ units: UNITS, activation: 'relu', ...options }),
};
type Kind = keyof typeof KINDS;
const kinds = Object.keys(KINDS) as Kind[];
const statesOf = (kind: Kind) => (kind.startsWith('lstm') ? 2 : 1);

interface Call {
  /** Whether initial states are given. */
  states?: boolean;
  mask?: number[][];
  training?: boolean;
}

const PREFIX = [
  [1, 1, 1, 1],
  [1, 0, 0, 0],
  [0, 0, 0, 0],
];

/**
 * Outputs, states, and the gradients of the input, the initial states and all weights, of a loss over all
 * outputs and states.
 */
function outputsAndGradients(kind: Kind, layer: tf.layers.Layer, { states, mask, training }: Call): Arrays {
  const result: Arrays = {};
  tf.tidy(() => {
    const x = tf.variable(tf.tensor(randomValues(1, [BATCH, TIME, INPUTS], 2), [BATCH, TIME, INPUTS]));
    const initialState = Array.from({ length: statesOf(kind) }, (_, i) =>
      tf.variable(tf.tensor(randomValues(2 + i, [BATCH, UNITS]), [BATCH, UNITS])),
    );
    const call = {
      ...(mask ? { mask: tf.tensor2d(mask, undefined, 'bool') } : {}),
      ...(states ? { initialState } : {}),
      ...(training === undefined ? {} : { training }),
    };
    const { grads } = tf.variableGrads(() => {
      const outputs = [layer.apply(x, call)].flat() as tf.Tensor[];
      const terms = outputs.map((output, i) => {
        result[`output ${i}`] = output.dataSync<'float32'>();
        return tf.sum(tf.mul(output, tf.tensor(randomValues(7 + i, output.shape), output.shape)));
      });
      return tf.addN(terms) as tf.Scalar;
    });
    const named = [x, ...(states ? initialState : []), ...layer.getWeights()] as tf.Variable[];
    named.forEach((variable, i) => {
      result[`gradient ${i}`] = grads[variable.name]!.dataSync<'float32'>();
    });
    tf.dispose([x, initialState]);
  });
  return result;
}

function built(kind: Kind, options: Options): tf.layers.Layer {
  const layer = KINDS[kind](options);
  // A layer is marked as built only by `apply`.
  tf.tidy(() => {
    layer.apply(tf.zeros([BATCH, TIME, INPUTS]));
  });
  randomizeWeights(layer);
  return layer;
}

const OPTIONS: [title: string, options: Options, call: Call][] = [
  ['the last output', {}, {}],
  ['all outputs', { returnSequences: true }, {}],
  ['states', { returnState: true }, {}],
  [
    'all outputs and states from initial states',
    { returnSequences: true, returnState: true },
    { states: true },
  ],
  ['backwards', { returnSequences: true, returnState: true, goBackwards: true }, { states: true }],
  ['no bias', { returnSequences: true, useBias: false }, {}],
  ['a prefix mask', { returnSequences: true, returnState: true }, { mask: PREFIX, states: true }],
  ['a prefix mask, the last output', {}, { mask: PREFIX }],
  ['a prefix mask backwards', { returnSequences: true, goBackwards: true }, { mask: PREFIX }],
  [
    'a prefix mask backwards from initial states',
    { returnSequences: true, returnState: true, goBackwards: true },
    { mask: PREFIX, states: true },
  ],
  ['training', { returnSequences: true }, { training: true }],
  ['regularizers and constraints', { kernelRegularizer: 'l1l2', kernelConstraint: 'maxNorm' }, {}],
];

describe.each(kinds)('%s', (kind) => {
  test.each(OPTIONS)('%s', async (_, options, call) => {
    const { runs } = await compare(
      () => built(kind, options),
      (layer) => outputsAndGradients(kind, layer, call),
    );
    expect(runs).toEqual([1, 1]);
    expect(told).toEqual([]);
  });
});

describe('what there is no fused kernel for runs as before, and is told once', () => {
  const FALLBACKS: [options: Options, call: Call, lacking: string][] = [
    [{ activation: 'elu' }, {}, "activation 'elu'"],
    [{ recurrentActivation: 'softplus' }, {}, "recurrentActivation 'softplus'"],
    [{}, { mask: [[1, 0, 1, 1], ...PREFIX.slice(1)] }, 'a mask that is not true up to'],
    [
      { returnSequences: true },
      { mask: [[0, 1, 1, 1], ...PREFIX.slice(1)] },
      'a mask that is not true up to',
    ],
  ];
  test.each(FALLBACKS)('%j %j', async (options, call, lacking) => {
    const { runs } = await compare(
      () => built('lstm, hard sigmoid', { ...options, name: 'recurrent' }),
      (layer) => {
        outputsAndGradients('lstm, hard sigmoid', layer, call);
        return outputsAndGradients('lstm, hard sigmoid', layer, call);
      },
    );
    expect(runs).toEqual([0, 0]);
    expect(told).toEqual([{ layer: 'recurrent', lacking: [expect.stringContaining(lacking)] }]);
  });

  test.each([
    {
      training: true,
      expectedRuns: [0, 0],
      lacking: ['dropout in training', 'recurrentDropout in training'],
    },
    { training: false, expectedRuns: [1, 1], lacking: [] },
  ])('dropout, training $training', async ({ training, expectedRuns, lacking }) => {
    // Replaces the random dropout, which differs between backends.
    const dropoutFunc = (ones: tf.Tensor) => tf.mul(ones, tf.tensor(randomValues(4, ones.shape), ones.shape));
    const options = { dropout: 0.5, recurrentDropout: 0.5, dropoutFunc, name: 'recurrent' };
    const { runs } = await compare(
      () => built('gru, sigmoid', options),
      (layer) => {
        const result = outputsAndGradients('gru, sigmoid', layer, { training });
        // tfjs keeps the masks of the last call after the layer is disposed.
        const { cell } = layer as unknown as { cell: Record<string, tf.Tensor[] | null> };
        tf.dispose([cell.dropoutMask, cell.recurrentDropoutMask] as tf.Tensor[][]);
        return result;
      },
    );
    expect(runs).toEqual(expectedRuns);
    expect(told).toEqual(lacking.length > 0 ? [{ layer: 'recurrent', lacking }] : []);
  });

  test('an initial state for all rows, and whatever tfjs refuses', async () => {
    await tf.setBackend('unrolled');
    const layer = built('simpleRNN, tanh', { name: 'recurrent' });
    const numTensors = tf.memory().numTensors;
    accelerate(layer);
    const apply = (...shapes: number[][]) =>
      tf.tidy(() =>
        (
          layer.apply(tf.ones([BATCH, TIME, INPUTS]), {
            initialState: shapes.map((shape) => tf.ones(shape)),
          }) as tf.Tensor
        ).dataSync<'float32'>(),
      );
    expectSame({ output: apply([1, UNITS]) }, { output: apply([BATCH, UNITS]) });
    expect(() => apply([BATCH, UNITS], [BATCH, UNITS])).toThrow(/has 1 state\(s\) but was passed 2/);
    expect(told).toEqual([
      { layer: 'recurrent', lacking: ['an initial state that is not float32 [B, units]'] },
    ]);
    expect(tf.memory().numTensors).toBe(numTensors);
    layer.dispose();
  });

  test('gradients of gradients', async () => {
    const curvature = (layer: tf.layers.Layer) =>
      tf.tidy(() => {
        const slope = tf.grad((x) => layer.apply(x) as tf.Tensor);
        return {
          curvature: tf
            .grad(slope)(tf.ones([BATCH, TIME, INPUTS]))
            .dataSync<'float32'>(),
        };
      });
    const { runs } = await compare(() => built('lstm, sigmoid', { name: 'recurrent' }), curvature);
    expect(runs).toEqual([0, 0]);
    expect(told).toEqual([{ layer: 'recurrent', lacking: ['gradients of gradients'] }]);
  });

  test('another backend', async () => {
    await tf.setBackend('cpu');
    const layer = built('simpleRNN, tanh', { name: 'recurrent' });
    const report = { layer: 'recurrent', lacking: ["backend 'cpu'"] };
    expect(accelerate(layer).layers).toEqual([report]);
    tf.tidy(() => {
      layer.apply(tf.ones([BATCH, TIME, INPUTS]));
    });
    expect(told).toEqual([report]);
    layer.dispose();
  });
});

describe('accelerate', () => {
  test('can be called again, and undone', async () => {
    await tf.setBackend('unrolled');
    const layer = built('lstm, hard sigmoid', { name: 'recurrent' });
    const runsOf = (times: number) => {
      const before = fusedRuns()[0];
      for (let i = 0; i < times; i++) outputsAndGradients('lstm, hard sigmoid', layer, {});
      return fusedRuns()[0] - before;
    };
    const first = accelerate(layer);
    const { call } = layer;
    const second = accelerate(layer);
    expect(layer.call).toBe(call);
    expect(second.layers).toEqual([{ layer: 'recurrent', lacking: [] }]);
    expect(runsOf(2)).toBe(2);
    first.restore();
    second.restore();
    expect(Object.hasOwn(layer, 'call')).toBe(false);
    expect(runsOf(2)).toBe(0);
    layer.dispose();
  });

  test('finds the recurrent layers of wrappers and of models in models', async () => {
    await tf.setBackend('unrolled');
    const inner = tf.sequential({ name: 'inner' });
    const shared = tf.layers.gru({ units: 2, returnSequences: true, name: 'shared', inputShape: [3, 2] });
    inner.add(shared);
    const model = tf.sequential();
    model.add(inner);
    model.add(
      tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 2, name: 'both' }) as tf.RNN, name: 'b' }),
    );
    model.add(tf.layers.repeatVector({ n: 2 }));
    model.add(tf.layers.rnn({ cell: tf.layers.lstmCell({ units: 2 }), name: 'cell' }));
    const { layers } = accelerate(model);
    expect(layers).toEqual([
      { layer: 'shared', lacking: [] },
      { layer: 'forward_both', lacking: [] },
      { layer: 'backward_both', lacking: [] },
      { layer: 'cell', lacking: ['class RNN'] },
    ]);
    expect(told).toEqual([layers[3]]);
    model.dispose();
  });

  test('leaves alone what is no longer tfjs’s own', () => {
    const layer = tf.layers.lstm({ units: 2, name: 'patched' });
    const patched = () => tf.zeros([1]);
    layer.call = patched;
    expect(accelerate(layer).layers[0]!.lacking).toEqual(['a call that was replaced already']);
    accelerate(layer).restore();
    expect(layer.call).toBe(patched);

    const Lstm = layer.constructor as new (options: object) => tf.layers.Layer;
    const extended = new (class extends Lstm {})({ units: 2, name: 'extended' });
    expect(accelerate(extended).layers[0]!.lacking).toEqual(['a class that extends LSTM']);
  });

  test('refuses what has no layers', () => {
    expect(() => accelerate({ predict() {} } as never)).toThrow(
      /accelerate: expected a tf.LayersModel or a layer of one, got object: convert the model to tfjs_layers_model/,
    );
    expect(() => accelerate(undefined as never)).toThrow(/got undefined/);
  });
});
