import * as tf from '@tensorflow/tfjs-core';
import {
  canStack,
  type GateActivation,
  gruSequence,
  type LayerData,
  lastStep,
  layerType,
  linear,
  lstmSequence,
  type StackPart,
  sequenceStack,
  simpleRnnSequence,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
  useUnrolledBackend,
} from '@unrolled/kernels';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generator } from './fused';

beforeAll(() => useUnrolledBackend({ threads: 2 }));
afterAll(() => unregisterUnrolledBackend());

const [batch, time, inputSize] = [3, 4, 5];
const random = generator(11);
const tensor = (...shape: number[]): tf.Tensor2D => {
  const values = Array.from({ length: tf.util.sizeFromShape(shape) }, () => random() * 2 - 1);
  const made: tf.Tensor = tf.tensor(values, shape);
  return made as tf.Tensor2D;
};

const GATED = { activation: 'tanh', recurrentActivation: 'sigmoid' } as const;
const LAYERS: readonly LayerData[] = [
  { type: 'lstm', inputSize, units: 6, ...GATED },
  { type: 'gru', variant: 'reset-after', inputSize: 6, units: 10, ...GATED },
  {
    type: 'gru',
    variant: 'reset-before',
    inputSize: 10,
    units: 9,
    activation: 'tanh',
    recurrentActivation: 'hardSigmoid',
  },
  { type: 'simpleRnn', inputSize: 9, units: 7, activation: 'relu' },
  { type: 'linear', inputSize: 7, units: 4, activation: 'linear', useBias: true },
];

/** The shapes of a layer's parameters and of its states. */
function shapesOf(layer: LayerData) {
  const { parameters, states } = layerType(layer);
  const widths = Object.entries(states(layer));
  return { params: parameters(layer), state: Object.fromEntries(widths.map(([n, w]) => [n, [batch, w]])) };
}

/** The layers with the tensors of these names. */
function parts(given: Record<string, tf.Tensor>): StackPart[] {
  return LAYERS.map((layer, index) => {
    const named = (shapes: object) =>
      Object.fromEntries(Object.keys(shapes).map((name) => [name, given[`${index}.${name}`]!]));
    const { params, state } = shapesOf(layer);
    return { layer, params: named(params), state: named(state) };
  });
}

function tensors(): Record<string, tf.Tensor> {
  const given: Record<string, tf.Tensor> = {};
  LAYERS.forEach((layer, index) => {
    const { params, state } = shapesOf(layer);
    for (const [name, shape] of Object.entries({ ...params, ...state }))
      given[`${index}.${name}`] = tensor(...shape);
  });
  return given;
}

/** The same layers, one op after the other. */
function oneByOne(x: tf.Tensor, list: readonly StackPart[], lengths?: readonly number[]): tf.Tensor[] {
  const states: tf.Tensor[] = [];
  let output = x;
  for (const { layer, params, state } of list) {
    const inputs = { x: output, ...params, initialH: state.h } as never;
    if (layer.type === 'lstm') {
      const next = lstmSequence({ ...(inputs as object), initialC: state.c } as never, { lengths });
      states.push(next.h, next.c);
      output = next.output;
    } else if (layer.type === 'gru') {
      const { variant, recurrentActivation } = layer;
      const options = { variant, lengths, recurrentActivation: recurrentActivation as GateActivation };
      const next = gruSequence(inputs, options);
      states.push(next.h);
      output = next.output;
    } else if (layer.type === 'simpleRnn') {
      const next = simpleRnnSequence(inputs, { activation: 'relu', lengths });
      states.push(next.h);
      output = next.output;
    } else output = linear(output, params.kernel as tf.Tensor2D, params.bias);
  }
  return [output, ...states];
}

function inOneKernel(x: tf.Tensor, list: readonly StackPart[], lengths?: readonly number[]): tf.Tensor[] {
  const { output, states } = sequenceStack(x, list, { lengths });
  return [output, ...states.flatMap((state) => Object.values(state))];
}

/** Outputs, and the gradients of a sum over all of them, by name. */
function results(run: typeof oneByOne, x: tf.Tensor, given: Record<string, tf.Tensor>, lengths?: number[]) {
  const found: Record<string, Float32Array> = {};
  const float = x.dtype === 'float32';
  // A linear part does not accept lengths.
  const used = Object.entries(given).filter(([name]) => !(lengths && name.startsWith('4.')));
  const names = [...used.map(([name]) => name), ...(float ? ['x'] : [])];
  const all = [...used.map(([, value]) => value), ...(float ? [x] : [])];
  tf.tidy(() => {
    const { grads } = tf.valueAndGrads((...args: tf.Tensor[]) => {
      const named = Object.fromEntries(names.map((name, i) => [name, args[i]!]));
      const list = parts(named).slice(0, lengths ? 4 : 5);
      const outputs = run(float ? named.x! : x, list, lengths);
      outputs.forEach((output, i) => {
        found[`output ${i}`] = output.dataSync<'float32'>();
      });
      return outputs.map((output) => tf.sum(tf.square(output))).reduce((a, b) => tf.add(a, b)) as tf.Scalar;
    })(all);
    names.forEach((name, i) => {
      found[`d ${name}`] = grads[i]!.dataSync<'float32'>();
    });
  });
  return found;
}

test.each([
  ['vectors', undefined],
  ['vectors', [4, 0, 2]],
  ['ids', undefined],
] as const)(
  'sequenceStack of %s with lengths %o is what its ops are one by one, to the last bit',
  (kind, lengths) => {
    const given = tensors();
    const x =
      kind === 'ids'
        ? tf.tensor2d([0, 4, 1, 2, 3, 3, 0, 1, 4, 2, 2, 0], [batch, time], 'int32')
        : tensor(batch, time, inputSize);
    const before = [tf.memory().numTensors, tf.memory().numDataBuffers];
    const used = unrolledBackendInfo()!.usedBytes;
    const expected = results(oneByOne, x, given, lengths && [...lengths]);
    // The first run has moved the tensors into WebAssembly memory.
    const resident = unrolledBackendInfo()!.usedBytes;
    const actual = results(inOneKernel, x, given, lengths && [...lengths]);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const name of Object.keys(expected)) expect(actual[name], name).toEqual(expected[name]);
    expect([tf.memory().numTensors, tf.memory().numDataBuffers]).toEqual(before);
    expect(unrolledBackendInfo()!.usedBytes).toBe(resident);
    expect(resident).toBeGreaterThanOrEqual(used);
    tf.dispose([x, given]);
  },
);

test('sequenceStack outside of a gradient keeps nothing, and says what does not fit', () => {
  const given = tensors();
  const x = tensor(batch, time, inputSize);
  const list = parts(given);
  tf.dispose(inOneKernel(x, list));
  const before = [tf.memory().numTensors, tf.memory().numDataBuffers, unrolledBackendInfo()!.usedBytes];
  tf.dispose(inOneKernel(x, list));
  const after = () => [tf.memory().numTensors, tf.memory().numDataBuffers, unrolledBackendInfo()!.usedBytes];
  expect(after()).toEqual(before);
  expect(() => sequenceStack(x, [])).toThrow('at least one, and no lengths where one is linear, got none');
  expect(() => sequenceStack(x, list, { lengths: [1, 2, 3] })).toThrow('no lengths where one is linear');
  expect(() => sequenceStack(x, [list[0]!, list[0]!])).toThrow(
    'lstmSequence: expected x to be float32 [·, ·, 5]',
  );
  expect(() => sequenceStack(x, [list[4]!])).toThrow('linear: expected');
  const ids = tf.tensor2d([0, 9], [1, 2], 'int32');
  const state = { h: tf.zeros([1, 6]), c: tf.zeros([1, 6]) };
  expect(() => sequenceStack(ids, [{ ...list[0]!, state }])).toThrow('ids from 0 to 4');
  expect(() => sequenceStack(ids, [{ ...list[0]!, state: { h: state.h } }])).toThrow(
    'lstmSequence: expected c [1, 6], got none',
  );
  tf.dispose([ids, state]);
  tf.dispose([x, given]);
});

test('canStack tells what one kernel has', () => {
  const [lstm, , , , head] = LAYERS as readonly [LayerData, LayerData, LayerData, LayerData, LayerData];
  expect(canStack(LAYERS)).toBe(true);
  expect(canStack([lstm], { lengths: [1] })).toBe(true);
  expect(canStack([])).toBe(false);
  expect(canStack([lstm, head], { lengths: [1] })).toBe(false);
  expect(canStack([{ ...lstm, activation: 'custom' } as LayerData])).toBe(false);
  expect(canStack([{ ...head, activation: 'relu' } as LayerData])).toBe(false);
  expect(canStack([{ type: 'embedding', inputSize: 3, units: 5 }, lstm])).toBe(false);
});

test.each(['one by one', 'in one kernel'])('running out of memory midway leaks nothing: %s', (way) => {
  const run = way === 'one by one' ? oneByOne : inOneKernel;
  const given = tensors();
  const x = tensor(batch, time, inputSize);
  // Moves the tensors into WebAssembly memory.
  results(run, x, given);
  const state = () => [tf.memory().numTensors, tf.memory().numDataBuffers, unrolledBackendInfo()!.usedBytes];
  const before = state();
  const { engine } = tf.backend() as unknown as { engine: { allocate(...args: unknown[]): number } };
  const allocate = engine.allocate.bind(engine);
  let fails = 0;
  for (let isDone = false; !isDone; ) {
    let left = fails;
    engine.allocate = (...args) => {
      if (left-- === 0) throw new Error('exhausted');
      return allocate(...args);
    };
    try {
      results(run, x, given);
      isDone = true;
    } catch (error) {
      expect((error as Error).message).toBe('exhausted');
      fails += 1;
      // tfjs does not free the tensors saved on its tape if something throws.
      for (const { saved } of tf.engine().state.activeTape ?? []) tf.dispose(saved);
      tf.engine().state.activeTape = null as never;
    }
    expect(state(), `allocation ${fails}`).toEqual(before);
  }
  engine.allocate = allocate;
  expect(fails).toBeGreaterThan(60);
  tf.dispose([x, given]);
});

test.each([undefined, [4, 0, 2]])('lastStep with lengths %o, and its gradient', (lengths) => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const x = tensor(batch, time, 2) as unknown as tf.Tensor3D;
    const weights = tensor(batch, 2);
    const dX = tf.grad((y: tf.Tensor) => tf.sum(tf.mul(lastStep(y as tf.Tensor3D, lengths), weights)))(x);
    const values = x.arraySync();
    const given = weights.arraySync();
    const last = lengths ?? [time, time, time];
    expect(lastStep(x, lengths).arraySync()).toEqual(
      values.map((row, b) => (last[b] ? row[last[b]! - 1] : [0, 0])),
    );
    expect(dX.arraySync()).toEqual(
      values.map((row, b) => row.map((_, t) => (t === last[b]! - 1 ? given[b] : [0, 0]))),
    );
    expect(() => lastStep(x, [9, 9, 9])).toThrow('lengths');
  });
  expect(tf.memory().numTensors).toBe(before);
});
