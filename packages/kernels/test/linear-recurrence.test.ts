/**
 * The linear recurrence compared with a float64 loop and its finite differences, on the composed and the
 * fused path and on several threads.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  linearRecurrence,
  type MinimalLayer,
  minimalRecurrence,
  positive,
  registerUnrolledBackend,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
} from '@unrolled/kernels';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { generator } from './fused';

type Kind = 'coefficients' | MinimalLayer['type'];
const GATES = { coefficients: 1, minGru: 2, minLstm: 3 } as const;

interface Case {
  kind: Kind;
  activation: 'positive' | 'linear';
  batch: number;
  time: number;
  units: number;
  lengths?: readonly number[] | undefined;
  reverse: boolean;
  /** a [B,T,G·H]; b [B,T,H], only for coefficients; h₀ [B,H]. */
  arrays: { a: Float32Array; b: Float32Array; h: Float32Array };
  /** Weights of the loss over output and state. */
  weights: { output: Float32Array; state: Float32Array };
}

function randomCase(kind: Kind, seed: number, most = { batch: 4, time: 5, units: 11 }): Case {
  const random = generator(seed);
  const integer = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const [batch, time, units] = [integer(1, most.batch), integer(1, most.time), integer(1, most.units)];
  const floats = (count: number) => Float32Array.from({ length: count }, () => random() * 3 - 1.5);
  const all = batch * time * units;
  return {
    kind,
    activation: random() < 0.5 ? 'positive' : 'linear',
    ...{ batch, time, units, reverse: random() < 0.5 },
    lengths: random() < 0.6 ? Array.from({ length: batch }, () => integer(0, time)) : undefined,
    arrays: { a: floats(all * GATES[kind]), b: floats(all), h: floats(batch * units) },
    weights: { output: floats(all), state: floats(batch * units) },
  };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => (x > 30 ? x : Math.log1p(Math.exp(x)));
const g = (x: number) => (x >= 0 ? x + 0.5 : sigmoid(x));

/** h' in float64 from one step's rows of a, b and h. */
function nextOf(
  { kind, activation, units }: Case,
  a: ArrayLike<number>,
  at: number,
  j: number,
  b: number,
  h: number,
) {
  const gate = (n: number) => a[at + n * units + j]!;
  if (kind === 'coefficients') return gate(0) * h + b;
  const candidate = gate(GATES[kind] - 1);
  const c = activation === 'positive' ? g(candidate) : candidate;
  // σ(i) / (σ(f) + σ(i)), with both terms divided by σ(i), which may underflow.
  const ratio = () => Math.exp(softplus(-gate(1)) - softplus(-gate(0)));
  const u = kind === 'minGru' ? sigmoid(gate(0)) : 1 / (1 + ratio());
  return (1 - u) * h + u * c;
}

type Arrays = Record<'a' | 'b' | 'h', ArrayLike<number>>;

/** Output, state and the loss in float64. */
function reference(one: Case, { a, b, h: initial }: Arrays) {
  const { kind, batch, time, units, lengths, reverse, weights } = one;
  const output = new Float64Array(batch * time * units);
  const state = Float64Array.from(initial);
  for (let row = 0; row < batch; row++) {
    const length = lengths?.[row] ?? time;
    for (let step = 0; step < length; step++) {
      const t = reverse ? length - 1 - step : step;
      const at = row * time + t;
      for (let j = 0; j < units; j++) {
        const i = row * units + j;
        state[i] = nextOf(one, a, at * GATES[kind] * units, j, b[at * units + j]!, state[i]!);
        output[at * units + j] = state[i]!;
      }
    }
  }
  const dot = (x: Float64Array, w: Float32Array) => x.reduce((sum, value, i) => sum + value * w[i]!, 0);
  return { output, state, loss: dot(output, weights.output) + dot(state, weights.state) };
}

/** Gradients by central differences of the float64 loss. */
function differences(one: Case): Record<string, Float64Array> {
  const arrays = {
    a: Float64Array.from(one.arrays.a),
    b: Float64Array.from(one.arrays.b),
    h: Float64Array.from(one.arrays.h),
  };
  const gradients: Record<string, Float64Array> = {};
  for (const [name, array] of Object.entries(arrays)) {
    gradients[`d ${name}`] = array.map((value, i) => {
      const lossAt = (x: number) => {
        array[i] = x;
        return reference(one, arrays).loss;
      };
      const slope = (lossAt(value + 1e-4) - lossAt(value - 1e-4)) / 2e-4;
      array[i] = value;
      return slope;
    });
  }
  return gradients;
}

/** The op's output, state and gradients on the current backend, with `poison` past the lengths. */
function computed(one: Case, poison?: number): Record<string, Float32Array> {
  const { kind, activation, batch, time, units, lengths, reverse, arrays, weights } = one;
  const poisoned = (values: Float32Array, width: number) =>
    values.map((value, i) => {
      const [row, t] = [Math.floor(i / (time * width)), Math.floor(i / width) % time];
      return poison !== undefined && t >= (lengths?.[row] ?? time) ? poison : value;
    });
  const result: Record<string, Float32Array> = {};
  tf.tidy(() => {
    const a = tf.tensor3d(poisoned(arrays.a, GATES[kind] * units), [batch, time, GATES[kind] * units]);
    const b = tf.tensor3d(poisoned(arrays.b, units), [batch, time, units]);
    const h = tf.tensor2d(arrays.h.slice(), [batch, units]);
    const outputWeights = tf.tensor3d(poisoned(weights.output, units), [batch, time, units]);
    const layer = { type: kind, inputSize: 1, units, activation, useBias: true } as MinimalLayer;
    const loss = (...given: tf.Tensor[]) => {
      const [a3, b3, initialState] = given as [tf.Tensor3D, tf.Tensor3D, tf.Tensor2D];
      const options = { initialState, lengths, reverse };
      const { output, state } =
        kind === 'coefficients' ? linearRecurrence(a3, b3, options) : minimalRecurrence(a3, layer, options);
      result.output = output.dataSync<'float32'>();
      result.state = state.dataSync<'float32'>();
      const weighed = tf.sum(tf.mul(state, tf.tensor2d(weights.state, [batch, units])));
      return tf.add(tf.sum(tf.mul(output, outputWeights)), weighed) as tf.Scalar;
    };
    const used = kind === 'coefficients' ? loss : (x: tf.Tensor, s: tf.Tensor) => loss(x, b, s);
    const gradients = tf.grads(used)(kind === 'coefficients' ? [a, b, h] : [a, h]);
    const names = kind === 'coefficients' ? ['a', 'b', 'h'] : ['a', 'h'];
    names.forEach((name, n) => {
      result[`d ${name}`] = gradients[n]!.dataSync<'float32'>();
    });
  });
  return result;
}

function expectClose(actual: Float32Array, expected: ArrayLike<number>, what: string): void {
  expect(actual.length, what).toBe(expected.length);
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  actual.forEach((value, i) => {
    if (!(Math.abs(value - expected[i]!) <= 1e-5 * largest))
      throw new Error(`${what}[${i}]: ${value}, not ${expected[i]}`);
  });
}

function expectReference(one: Case): void {
  const actual = computed(one);
  const { output, state } = reference(one, one.arrays);
  const expected: Record<string, Float64Array> = { output, state, ...differences(one) };
  for (const [name, values] of Object.entries(actual)) expectClose(values, expected[name]!, name);
}

beforeAll(() => registerUnrolledBackend({ threads: 2 }));
afterAll(() => unregisterUnrolledBackend());
let before: [number, number];
const held = (): [number, number] => [tf.memory().numTensors, unrolledBackendInfo()?.usedBytes ?? 0];

test('composed from tfjs ops: outputs, states and gradients of a float64 loop', async () => {
  await tf.setBackend('cpu');
  before = held();
  for (let seed = 1; seed <= 12; seed++) expectReference(randomCase('coefficients', seed));
  expect(held()).toEqual(before);
});

describe.each(['coefficients', 'minGru', 'minLstm'] as const)('fused, %s', (kind) => {
  beforeEach(async () => {
    await tf.setBackend('unrolled');
    before = held();
  });

  test('outputs, states and gradients of a float64 loop', () => {
    for (let seed = 1; seed <= 12; seed++) expectReference(randomCase(kind, seed));
    expect(held()).toEqual(before);
  });

  test('gates as large as a float holds, of either sign', () => {
    if (kind === 'coefficients') return;
    for (const [shift, scale] of [
      [-30, 1],
      [-90, 1],
      [-150, 2],
      [-2000, 3],
      [0, 60],
      [90, 2],
    ] as const) {
      const one = randomCase(kind, 41 - shift);
      const gates = one.arrays.a.map((x, i) => {
        const isCandidate = Math.floor(i / one.units) % GATES[kind] === GATES[kind] - 1;
        return isCandidate ? x : x * scale + shift;
      });
      expectReference({ ...one, arrays: { ...one.arrays, a: gates } });
    }
    expect(held()).toEqual(before);
  });

  test('the same bits on any number of threads', async () => {
    const sizes = { batch: 9, time: 40, units: 600 };
    const cases = [21, 22, 23, 24].map((seed) => randomCase(kind, seed, sizes));
    const results: Record<string, Float32Array>[][] = [];
    for (const threads of [1, 2, 3]) {
      await registerUnrolledBackend({ threads });
      results.push(cases.map((given) => computed(given)));
    }
    await registerUnrolledBackend({ threads: 2 });
    for (const others of [results[1]!, results[2]!])
      for (const [n, other] of others.entries())
        for (const [name, values] of Object.entries(results[0]![n]!)) {
          const different = values.findIndex((value, i) => !Object.is(value, other[name]![i]));
          expect(different, `case ${n}, ${name}`).toBe(-1);
        }
    expect(held()[0]).toBe(before[0]);
  });

  test('what stands past a row’s length reaches nothing', () => {
    for (let seed = 31; seed <= 36; seed++) {
      const given = randomCase(kind, seed);
      const one = { ...given, lengths: given.lengths ?? Array.from({ length: given.batch }, () => 1) };
      expect(computed(one, Number.NaN)).toEqual(computed(one));
    }
  });
});

test('composed, what stands past a row’s length reaches nothing', async () => {
  await tf.setBackend('cpu');
  for (let seed = 31; seed <= 36; seed++) {
    const given = randomCase('coefficients', seed);
    const one = { ...given, lengths: given.lengths ?? Array.from({ length: given.batch }, () => 1) };
    expect(computed(one, Number.NaN)).toEqual(computed(one));
  }
});

test.each(['cpu', 'unrolled'])(
  'on %s the state is zeros by default, and what does not fit is refused',
  async (name) => {
    await tf.setBackend(name);
    before = held();
    tf.tidy(() => {
      const a = tf.fill([2, 3, 4], 0.5) as tf.Tensor3D;
      const { output, state } = linearRecurrence(a, tf.onesLike(a), { lengths: Int32Array.of(3, 0) });
      expect([...state.dataSync()]).toEqual([1.75, 1.75, 1.75, 1.75, 0, 0, 0, 0]);
      expect(output.shape).toEqual([2, 3, 4]);
      const wrong = tf.zeros<tf.Rank.R3>([2, 3, 5]);
      expect(() => linearRecurrence(a, wrong)).toThrow(
        'linearRecurrence: expected b to be float32 [2, 3, 4]',
      );
      const initialState = tf.zeros<tf.Rank.R2>([2, 5]);
      expect(() => linearRecurrence(a, a, { initialState })).toThrow('initialState to be float32 [2, 4]');
      expect(() => linearRecurrence(a, a, { lengths: [1, 4] })).toThrow('linearRecurrence: expected');
      const none = tf.zeros<tf.Rank.R3>([2, 0, 4]);
      expect(() => linearRecurrence(none, none)).toThrow('at least one row, one step and one unit');
    });
    expect(held()).toEqual(before);
  },
);

test('a second-order gradient is refused by name', async () => {
  await tf.setBackend('unrolled');
  const twice = tf.grad((x) =>
    tf.grad((y) => tf.sum(linearRecurrence(y as tf.Tensor3D, x as tf.Tensor3D).output))(x),
  );
  expect(() => tf.tidy(() => twice(tf.ones([1, 2, 3])))).toThrow(
    'linearRecurrence: expected a first-order gradient',
  );
});

test.each(['cpu', 'unrolled'])('positive and its gradient on %s', async (name) => {
  await tf.setBackend(name);
  before = held();
  tf.tidy(() => {
    const values = [-90, -2, -0.5, 0, 0.25, 3, ...Array.from({ length: 70 }, (_, i) => i / 10 - 3.5)];
    const x = tf.tensor1d(values);
    expectClose(positive(x).dataSync<'float32'>(), values.map(g), 'g');
    const slopes = values.map((value) => (value >= 0 ? 1 : sigmoid(value) * (1 - sigmoid(value))));
    const gradient = tf.grad((y) => tf.sum(positive(y)))(x);
    expectClose(gradient.dataSync<'float32'>(), slopes, 'its gradient');
  });
  expect(held()).toEqual(before);
});
