/** The ops accept each layer type as layers/ describes it, and each engine supports every type. */
import * as tf from '@tensorflow/tfjs-core';
import {
  embeddingLookup,
  isMinimal,
  isRecurrent,
  type LayerData,
  layerType,
  linear,
  minimalRecurrence,
  type RecurrentLayer,
  recurrentSequence,
  unregisterUnrolledBackend,
  useUnrolledBackend,
} from '@unrolled/kernels';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KERNEL } from '../src/kernel-names';
import { LAYER_TYPES, recurrentTypes } from '../src/layers/layer-types';

beforeAll(() => useUnrolledBackend({ threads: 1 }));
afterAll(() => unregisterUnrolledBackend());

const SIZES = { inputSize: 5, units: 3 };
const GATED = { ...SIZES, activation: 'tanh', recurrentActivation: 'sigmoid' } as const;
const LAYERS: readonly LayerData[] = [
  { type: 'lstm', ...GATED },
  { type: 'lstm', ...GATED, recurrentActivation: 'hardSigmoid' },
  { type: 'gru', variant: 'reset-after', ...GATED },
  { type: 'gru', variant: 'reset-before', ...GATED },
  { type: 'simpleRnn', ...SIZES, activation: 'tanh' },
  { type: 'simpleRnn', ...SIZES, activation: 'relu' },
  { type: 'minGru', ...SIZES, activation: 'positive', useBias: true },
  { type: 'minLstm', ...SIZES, activation: 'linear', useBias: true },
  { type: 'linear', ...SIZES, activation: 'linear', useBias: true },
  { type: 'linear', ...SIZES, activation: 'linear', useBias: false },
  { type: 'embedding', ...SIZES },
];
const named = LAYERS.map((layer) => [JSON.stringify(layer), layer] as const);

const [batch, time] = [2, 4];
type Tensors = Record<string, tf.Tensor>;

/** Runs the layer's op on tensors of these shapes. */
function run(layer: LayerData, shapes: Readonly<Record<string, readonly number[]>>): tf.Tensor {
  const params: Tensors = {};
  for (const [name, shape] of Object.entries(shapes)) params[name] = tf.ones([...shape]);
  if (layer.type === 'embedding')
    return embeddingLookup(params.embeddings as tf.Tensor2D, tf.zeros([batch, time], 'int32'));
  const x = tf.ones<tf.Rank.R3>([batch, time, layer.inputSize]);
  if (layer.type === 'linear') return linear(x, params.kernel as tf.Tensor2D, params.bias);
  if (isMinimal(layer)) {
    return minimalRecurrence(linear(x, params.kernel as tf.Tensor2D, params.bias), layer).output;
  }
  const state: Tensors = {};
  for (const [name, width] of Object.entries(layerType<RecurrentLayer>(layer).states(layer)))
    state[name] = tf.zeros([batch, width]);
  return recurrentSequence(x, { layer, params, state }).output;
}

describe.each(named)('%s', (_name, layer) => {
  const { op, gates, outputSize, parameters, states, lacking } = layerType(layer);
  /**
   * The op that throws for a parameter of another shape. In a minimal layer it is the product before the
   * recurrence.
   */
  const scope = isMinimal(layer) ? /(linear|minimalRecurrence): expected/ : `${op}: expected`;

  test('its op takes the parameters in these shapes and no others, and answers vectors of its output size', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const shapes = parameters(layer);
      expect(run(layer, shapes).shape).toEqual([batch, time, outputSize(layer)]);
      expect(lacking(layer)).toEqual([]);
      // These ops take their sizes from the tensor itself.
      const isFree = (axis: number) =>
        layer.type === 'embedding' || (layer.type === 'linear' && !layer.useBias && axis === 1);
      for (const [name, shape] of Object.entries(shapes))
        for (const axis of shape.keys()) {
          if (isFree(axis)) continue;
          const wrong = { ...shapes, [name]: shape.map((size, n) => (n === axis ? size + 1 : size)) };
          expect(() => run(layer, wrong), `${name}, axis ${axis}`).toThrow(scope);
        }
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  test('its gates are the columns of its kernels, and it is JSON', () => {
    const shapes = parameters(layer);
    if (gates.length > 0) {
      expect(shapes.kernel).toEqual([layer.inputSize, gates.length * layer.units]);
      if (isRecurrent(layer)) expect(shapes.recurrentKernel![1]).toBe(gates.length * layer.units);
      expect(new Set(gates).size).toBe(gates.length);
      expect(Object.keys(states(layer))[0]).toBe('h');
    } else expect(states(layer)).toEqual({});
    expect(JSON.parse(JSON.stringify(layer))).toEqual(layer);
  });

  test('an option that no kernel has is named', () => {
    if (!('activation' in layer) || isMinimal(layer)) return;
    const custom = { ...layer, activation: 'custom' } as LayerData;
    expect(layerType(custom).lacking(custom)).toHaveLength(1);
    if (isRecurrent(custom))
      expect(() => tf.tidy(() => run(custom, parameters(layer)))).toThrow(
        'options that the fused kernel supports',
      );
  });
});

test('the layers above are of all types', () => {
  expect(new Set(LAYERS.map(({ type }) => type))).toEqual(new Set(LAYER_TYPES));
});

test('each engine has the kernels of every type', () => {
  const kernelsOf = (backend: string) =>
    new Set(tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName));
  // A page has no TensorFlow.
  for (const backend of 'document' in globalThis ? ['unrolled'] : ['unrolled', 'tensorflow']) {
    const names = kernelsOf(backend);
    for (const type of LAYER_TYPES) {
      const { op } = layerType({ type });
      // Composed of tfjs's ops on other backends.
      if (op !== 'linearRecurrence' || backend === 'unrolled') expect(names).toContain(KERNEL[op]);
    }
    for (const type of recurrentTypes())
      for (const suffix of ['', 'Gradient', 'InputGradient'])
        expect(names).toContain(`${KERNEL[layerType({ type }).op]}${suffix}`);
  }
});

test('LSTM options that only the step-by-step path has change the shapes, and are named', () => {
  const layer: LayerData = { type: 'lstm', ...GATED, peepholes: true, cellClip: 3, projection: 2 };
  const { parameters, states, outputSize, lacking } = layerType<RecurrentLayer>(layer);
  expect(parameters(layer)).toEqual({
    kernel: [5, 12],
    recurrentKernel: [2, 12],
    bias: [12],
    peephole: [3, 3],
    projection: [3, 2],
  });
  expect([states(layer), outputSize(layer)]).toEqual([{ h: 2, c: 3 }, 2]);
  expect(lacking(layer)).toEqual(['peepholes', 'cell clip', 'projection']);
});
