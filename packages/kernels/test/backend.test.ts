import * as tf from '@tensorflow/tfjs-core';
import {
  type EngineOptions,
  lastStep,
  linear,
  lstmSequence,
  maskSequence,
  registerUnrolledBackend,
  softmaxCrossEntropy,
  unregisterUnrolledBackend,
  unrolledBackendInfo,
  updateParameters,
  useUnrolledBackend,
} from '@unrolled/kernels';
import { afterEach, expect, test, vi } from 'vitest';
import { READY } from '../src/generated/abi';
import { fusedSequence, generator, outputsAndGradients, randomCase } from './fused';
import type { Layer } from './reference';

/** A page has shared memory only if it is cross-origin isolated; Node always has it. */
const SHARES_MEMORY = typeof SharedArrayBuffer !== 'undefined';

afterEach(() => {
  unregisterUnrolledBackend();
  vi.unstubAllGlobals();
});

test.each(['lstm', 'gru-after', 'gru-before', 'rnn-tanh'] as Layer[])(
  '%s: the number of threads changes no bit',
  async (layer) => {
    const vectors = randomCase(layer, { batch: 21, time: 40, inputSize: 33, units: 50 }, 8);
    const ids = randomCase(layer, { batch: 9, time: 70, inputSize: 40, units: 67, ids: true }, 9);
    const small = randomCase(layer, { batch: 37, time: 20, inputSize: 3, units: 20 }, 10);
    const options = { lengths: Array.from({ length: 21 }, (_, b) => (b * 7) % 41) };
    const runs = [];
    for (const threads of [1, 2, 3]) {
      const info = await useUnrolledBackend({ threads });
      expect(info.threads).toBe(SHARES_MEMORY ? threads : 1);
      expect(info).toEqual(unrolledBackendInfo());
      runs.push([
        outputsAndGradients(fusedSequence, layer, vectors, options),
        outputsAndGradients(fusedSequence, layer, ids, { reverse: true }),
        outputsAndGradients(fusedSequence, layer, small, {}),
      ]);
      unregisterUnrolledBackend();
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  },
);

test.each([
  ['rnn-tanh', 4, 100],
  ['lstm', 1, 300],
] as const)(
  '%s with %i units over %i inputs, more to pack than to multiply: the number of threads changes no bit',
  async (layer, units, inputSize) => {
    const time = Math.ceil(400_000 / (8 * (inputSize + 2 * units)) / 20) + 4;
    const narrow = randomCase(layer, { batch: 20, time, inputSize, units }, 11);
    const runs = [];
    for (const threads of [1, 3]) {
      await useUnrolledBackend({ threads });
      for (let n = 0; n < 2; n++) runs.push(outputsAndGradients(fusedSequence, layer, narrow, {}));
    }
    for (const run of runs) expect(run).toEqual(runs[0]);
  },
);

test('a row of a batch is computed as if it were alone', async () => {
  await useUnrolledBackend({ threads: 1 });
  const together = randomCase('lstm', { batch: 7, time: 5, inputSize: 6, units: 11 }, 4);
  const whole = outputsAndGradients(fusedSequence, 'lstm', together, {})['output 0']!;
  for (let b = 0; b < 7; b++) {
    const row = (a: { shape: number[]; values: Float32Array }) => {
      const size = a.values.length / 7;
      return { shape: [1, ...a.shape.slice(1)], values: a.values.slice(b * size, (b + 1) * size) };
    };
    const { arrays } = together;
    const alone = {
      ...together,
      batch: 1,
      x: row(together.x!),
      arrays: { ...arrays, initialH: row(arrays.initialH!), initialC: row(arrays.initialC!) },
      weights: together.weights.map(row),
    };
    const output = outputsAndGradients(fusedSequence, 'lstm', alone, {})['output 0']!;
    expect(output).toEqual(whole.slice(b * 55, (b + 1) * 55));
  }
});

/** Training steps of a small character model; returns the losses. */
function trainer(seed: number) {
  const random = generator(seed);
  const variable = (shape: number[]) =>
    tf.tidy(() => {
      const size = shape.reduce((a, b) => a * b, 1);
      return tf.variable(
        tf.tensor(
          Float32Array.from({ length: size }, () => random() - 0.5),
          shape,
        ),
      );
    });
  const shapes = [[7, 32], [8, 32], [32], [8, 7], [7]];
  const variables = shapes.map(variable);
  const slots = [0, 1].map(() => shapes.map((shape) => tf.tidy(() => tf.variable(tf.zeros(shape)))));
  const [kernel, recurrentKernel, bias, weights, offset] = variables as tf.Tensor[] as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor1D,
    tf.Tensor2D,
    tf.Tensor1D,
  ];
  const ids = tf.tensor2d(
    Int32Array.from({ length: 20 }, () => Math.floor(random() * 7)),
    [2, 10],
    'int32',
  );
  const labels = tf.tensor1d(
    Int32Array.from({ length: 20 }, () => Math.floor(random() * 7)),
    'int32',
  );
  const zero = tf.zeros([2, 8]) as tf.Tensor2D;
  let step = 0;
  const train = () => {
    step++;
    const { value, grads } = tf.variableGrads(() => {
      const { output } = lstmSequence({
        x: ids,
        kernel,
        recurrentKernel,
        bias,
        initialH: zero,
        initialC: zero,
      });
      const logits = linear(tf.reshape(output, [20, 8]), weights, offset) as tf.Tensor2D;
      return tf.mean(softmaxCrossEntropy(logits, labels)) as tf.Scalar;
    }, variables);
    const list = variables.map(({ name }) => grads[name]!);
    const options = {
      kind: 'adam',
      learningRate: 0.02,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      step,
    } as const;
    updateParameters(options, variables, list, slots);
    const loss = value.dataSync()[0]!;
    for (const tensor of [value, ...list]) tensor.dispose();
    return loss;
  };
  const dispose = () => {
    for (const tensor of [...variables, ...slots.flat(), ids, labels, zero]) tensor.dispose();
  };
  return { train, dispose };
}

test.each([1, 2])(
  'memory is flat over 300 training steps, and the loss falls, with %i threads',
  async (threads) => {
    await useUnrolledBackend({ threads });
    const { train, dispose } = trainer(3);
    const first = train();
    const before = {
      tensors: tf.memory().numTensors,
      used: unrolledBackendInfo()!.usedBytes,
      all: unrolledBackendInfo()!.memoryBytes,
    };
    let loss = first;
    for (let i = 0; i < 300; i++) loss = train();
    const info = unrolledBackendInfo()!;
    expect({ tensors: tf.memory().numTensors, used: info.usedBytes, all: info.memoryBytes }).toEqual(before);
    expect(loss).toBeLessThan(first / 3);
    dispose();
    expect(unrolledBackendInfo()!.usedBytes).toBe(0);
  },
);

test('the same seed gives the same losses on a second run', async () => {
  const losses = [];
  for (let run = 0; run < 2; run++) {
    await useUnrolledBackend({ threads: 2 });
    const { train, dispose } = trainer(5);
    losses.push(Array.from({ length: 20 }, train));
    dispose();
    unregisterUnrolledBackend();
  }
  expect(losses[1]).toEqual(losses[0]);
});

test('tensors survive the growth of an unshared memory', async () => {
  await useUnrolledBackend({ threads: 1 });
  const small = tf.matMul(tf.ones([4, 4]), tf.ones([4, 4]));
  const memory = unrolledBackendInfo()!.memoryBytes;
  const large = tf.matMul(tf.ones([1500, 8]), tf.ones([8, 1500]));
  expect(unrolledBackendInfo()!.memoryBytes).toBeGreaterThan(memory);
  expect(small.dataSync()[5]).toBe(4);
  const sum = tf.add(small, 1);
  expect(sum.dataSync()[5]).toBe(5);
  for (const tensor of [small, large, sum]) tensor.dispose();
});

test('what cannot fit is refused with its sizes, and nothing is left behind', async () => {
  await useUnrolledBackend({ threads: 1 });
  const units = 512;
  const zeros = (shape: [number, number]) => tf.zeros(shape) as tf.Tensor2D;
  const inputs = {
    x: tf.zeros([400, 2000], 'int32'),
    kernel: zeros([2, 4 * units]),
    recurrentKernel: zeros([units, 4 * units]),
    bias: tf.zeros([4 * units]),
    initialH: zeros([400, units]),
    initialC: zeros([400, units]),
  };
  const tensors = tf.memory().numTensors;
  const used = unrolledBackendInfo()!.usedBytes;
  const gradient = () =>
    tf.tidy(() => tf.grad((bias) => tf.sum(lstmSequence({ ...inputs, bias }).output))(inputs.bias));
  expect(gradient).toThrow(
    /kept activations of lstmSequence with batch 400, 2000 steps and 512 units .* 9375 MiB/,
  );
  expect(tf.memory().numTensors).toBe(tensors);
  expect(unrolledBackendInfo()!.usedBytes).toBe(used);
  for (const tensor of Object.values(inputs)) tensor.dispose();
});

test('data given and data read are the user’s own', async () => {
  await useUnrolledBackend({ threads: 1 });
  const given = new Float32Array([1, 2, 3, 4]);
  const variable = tf.variable(tf.tensor2d(given, [2, 2]));
  const product = tf.matMul(variable, variable);
  const read = product.dataSync();
  const gradient = tf.ones([2, 2]);
  updateParameters({ kind: 'sgd', learningRate: 1 }, [variable], [gradient], []);
  product.dispose();
  const other = tf.matMul(gradient, gradient);
  expect(Array.from(given)).toEqual([1, 2, 3, 4]);
  expect(Array.from(read)).toEqual([7, 10, 15, 22]);
  expect(Array.from(await variable.data())).toEqual([0, 1, 2, 3]);
  expect(read.buffer instanceof ArrayBuffer).toBe(true);
  for (const tensor of [variable, gradient, other]) tensor.dispose();
});

test('without SIMD there is a clear error, and the cpu backend works on', async () => {
  vi.stubGlobal('WebAssembly', { validate: () => false });
  await expect(registerUnrolledBackend()).rejects.toThrow(/WebAssembly SIMD .* use tf.setBackend\('cpu'\)/);
  await tf.setBackend('cpu');
  expect(tf.getBackend()).toBe('cpu');
  expect(
    tf.tidy(
      () =>
        tf
          .grad((x) => tf.sum(tf.square(x)))(tf.tensor1d([3]))
          .dataSync()[0],
    ),
  ).toBe(6);
});

test('without SharedArrayBuffer one thread computes', async () => {
  vi.stubGlobal('SharedArrayBuffer', undefined);
  await useUnrolledBackend({ threads: 2, executor: 'webassembly' });
  expect(unrolledBackendInfo()!.threads).toBe(1);
});

test.each<[string, (x: tf.Tensor3D) => tf.Tensor]>([
  ['tanh', (x) => tf.tanh(x)],
  ['add', (x) => tf.add(x, x)],
  ['sum', (x) => tf.sum(x, -1)],
  ['softmax', (x) => tf.softmax(x)],
  ['lastStep', (x) => lastStep(x)],
  ['maskSequence', (x) => maskSequence(x, Array<number>(16).fill(3))],
])('%s: where the memory ends at its input or its output, no data stays behind', async (_, run) => {
  await useUnrolledBackend({ threads: 1 });
  const { engine } = tf.backend() as unknown as { engine: { allocate(...args: unknown[]): number } };
  const allocate = engine.allocate.bind(engine);
  const { usedBytes } = unrolledBackendInfo()!;
  for (const fails of [0, 1]) {
    const x = tf.ones<tf.Rank.R3>([16, 16, 64]);
    const data = tf.backend().numDataIds();
    let left = fails;
    engine.allocate = (...args) => {
      if (left-- === 0) throw new Error('exhausted');
      return allocate(...args);
    };
    expect(() => run(x)).toThrow('exhausted');
    engine.allocate = allocate;
    expect(tf.backend().numDataIds(), `allocation ${fails}`).toBe(data);
    tf.dispose([x, run(x)]);
  }
  expect(unrolledBackendInfo()!.usedBytes).toBe(usedBytes);
});

test('the main thread computes the share of a thread that does not start, with the same bits', async () => {
  const product = async (options: EngineOptions) => {
    await useUnrolledBackend({ ...options, executor: 'webassembly' });
    const values = Float32Array.from({ length: 200 * 200 }, (_, i) => Math.sin(i));
    const result = tf.tidy(() => {
      const a = tf.tensor2d(values, [200, 200]);
      return tf.matMul(a, a).dataSync<'float32'>();
    });
    unregisterUnrolledBackend();
    return result;
  };
  // A worker that reports in its control word that it is ready, but never takes a job.
  const absent = () => ({
    postMessage: (message: unknown) => {
      const { memory } = message as { memory: { buffer: ArrayBufferLike } };
      Atomics.add(new Int32Array(memory.buffer), READY / 4, 1);
    },
    terminate: () => {},
  });
  const alone = await product({ threads: 1 });
  expect(await product({ threads: 3, workerFactory: absent })).toEqual(alone);
  expect(await product({ threads: 3 })).toEqual(alone);
});
