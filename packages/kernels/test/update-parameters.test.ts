import * as tf from '@tensorflow/tfjs-core';
import {
  type ParameterUpdate,
  unregisterUnrolledBackend,
  updateParameters,
  useUnrolledBackend,
} from '@unrolled/kernels';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { slotCount } from '../src/ops/update-rules';
import { generator } from './fused';

beforeAll(() => useUnrolledBackend({ threads: 2 }));
afterAll(() => unregisterUnrolledBackend());

/** The documented formulas in float64. */
function reference(
  options: ParameterUpdate,
  p: number[],
  g: number[],
  slots: number[][],
  scale: number,
  rank: number,
) {
  const limit = options.clip && 'value' in options.clip ? options.clip.value : Infinity;
  p.forEach((_, i) => {
    const gradient = Math.min(limit, Math.max(-limit, g[i]! * scale));
    if (options.kind === 'adam') {
      const { beta1, beta2, step, epsilon, learningRate, epsilonHat = true } = options;
      const [m, v] = slots as [number[], number[]];
      m[i] = beta1 * m[i]! + (1 - beta1) * gradient;
      v[i] = beta2 * v[i]! + (1 - beta2) * gradient ** 2;
      const correction = Math.sqrt(1 - beta2 ** step);
      if (rank > 1) p[i]! *= 1 - learningRate * (options.weightDecay ?? 0);
      p[i]! -=
        ((learningRate * correction) / (1 - beta1 ** step)) *
        (m[i]! / (Math.sqrt(v[i]!) + epsilon * (epsilonHat ? 1 : correction)));
    } else if (options.kind === 'rmsprop') {
      const [s, m] = slots as [number[], number[] | undefined];
      s[i] = options.decay * s[i]! + (1 - options.decay) * gradient ** 2;
      let change = (options.learningRate * gradient) / Math.sqrt(s[i]! + options.epsilon);
      if (m) {
        m[i] = options.momentum! * m[i]! + change;
        change = m[i]!;
      }
      p[i]! -= change;
    } else {
      const [v] = slots;
      if (v) v[i] = options.momentum! * v[i]! + gradient;
      p[i]! -= options.learningRate * (v ? v[i]! : gradient);
    }
  });
}

const CASES: ParameterUpdate[] = [
  { kind: 'adam', learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: 1 },
  { kind: 'adam', learningRate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-3, step: 1, epsilonHat: false },
  { kind: 'adam', learningRate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-3, step: 1, weightDecay: 5 },
  {
    kind: 'adam',
    learningRate: 0.01,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-7,
    step: 1,
    clip: { globalNorm: 3 },
  },
  { kind: 'rmsprop', learningRate: 0.01, decay: 0.95, epsilon: 1e-8 },
  { kind: 'rmsprop', learningRate: 0.01, decay: 0.95, epsilon: 1e-8, momentum: 0.9, clip: { value: 0.5 } },
  { kind: 'sgd', learningRate: 0.1 },
  { kind: 'sgd', learningRate: 0.1, momentum: 0.9, clip: { globalNorm: 1e9 } },
];

test.each(CASES)('$kind, momentum $momentum, clip $clip', (options) => {
  const random = generator(9);
  const shapes = [[3], [41, 7], [130, 1000]];
  const tensors = tf.memory().numTensors;
  const sizes = shapes.map((shape) => shape.reduce((a, b) => a * b, 1));
  const parameters = sizes.map((size) => Array.from({ length: size }, () => random() - 0.5));
  const slots = Array.from({ length: slotCount(options) }, () =>
    sizes.map((size) => new Array<number>(size).fill(0)),
  );
  const variables = parameters.map((array, i) => tf.tidy(() => tf.variable(tf.tensor(array, shapes[i]))));
  const slotVariables = slots.map((slot) =>
    slot.map((array, i) => tf.tidy(() => tf.variable(tf.tensor(array, shapes[i])))),
  );
  for (let step = 1; step <= 3; step++) {
    const gradients = sizes.map((size) =>
      Array.from(Float32Array.from({ length: size }, () => 2 * random() - 1)),
    );
    const norm = Math.sqrt(gradients.flat().reduce((sum, g) => sum + g * g, 0));
    const now = options.kind === 'adam' ? { ...options, step } : options;
    const scale =
      options.clip && 'globalNorm' in options.clip ? Math.min(1, options.clip.globalNorm / norm) : 1;
    for (const [i, p] of parameters.entries()) {
      reference(
        now,
        p,
        gradients[i]!,
        slots.map((slot) => slot[i]!),
        scale,
        shapes[i]!.length,
      );
    }
    const given = gradients.map((array, i) => tf.tensor(array, shapes[i]));
    const { gradientNorm } = updateParameters(now, variables, given, slotVariables);
    for (const tensor of given) tensor.dispose();
    expect(gradientNorm / norm).toBeCloseTo(1, 6);
  }
  const check = (actual: tf.Tensor, expected: number[]) => {
    const array = actual.dataSync();
    let worst = 0;
    expected.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(array[i]! - value));
    });
    expect(worst).toBeLessThan(3e-6);
  };
  const all = [...variables, ...slotVariables.flat()];
  for (const [i, expected] of [...parameters, ...slots.flat()].entries()) check(all[i]!, expected);
  for (const variable of [...variables, ...slotVariables.flat()]) variable.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
});

test('tensors that share a variable’s data keep their values, and lists that do not match are refused', () => {
  const initial = tf.tensor1d([1, 2]);
  const variable = tf.variable(initial);
  const alias = tf.reshape(variable, [2, 1]);
  const gradient = tf.tensor1d([1, 1]);
  updateParameters({ kind: 'sgd', learningRate: 1 }, [variable], [gradient], []);
  expect(Array.from(initial.dataSync())).toEqual([1, 2]);
  expect(Array.from(alias.dataSync())).toEqual([1, 2]);
  expect(Array.from(variable.dataSync())).toEqual([0, 1]);
  expect(() => updateParameters({ kind: 'sgd', learningRate: 1 }, [variable], [], [])).toThrow(
    /expected 1 gradients, and 0 slot lists/,
  );
  for (const tensor of [initial, alias, gradient, variable]) tensor.dispose();
});
