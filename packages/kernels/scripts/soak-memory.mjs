/**
 * Trains a small character model for 10,000 steps, and fails if the number of tensors, the memory in use or
 * the WebAssembly memory has grown since step 100. Needs the build. Usage: node scripts/soak-memory.mjs
 * [steps] [threads]
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  linear,
  lstmSequence,
  softmaxCrossEntropy,
  unrolledBackendInfo,
  updateParameters,
  useUnrolledBackend,
} from '@unrolled/kernels';

const steps = Number(process.argv[2] ?? 10_000);
await useUnrolledBackend(process.argv[3] ? { threads: Number(process.argv[3]) } : {});
const [batch, time, units, vocabulary] = [8, 12, 24, 20];
const shapes = [[vocabulary, 4 * units], [units, 4 * units], [4 * units], [units, vocabulary], [vocabulary]];
const make = (f) => shapes.map((shape) => tf.tidy(() => tf.variable(f(shape))));
const variables = make((shape) => tf.randomUniform(shape, -0.2, 0.2));
const slots = [make((shape) => tf.zeros(shape)), make((shape) => tf.zeros(shape))];
const [kernel, recurrentKernel, bias, weights, offset] = variables;
const zero = tf.zeros([batch, units]);
const randomIds = (size) => Int32Array.from({ length: size }, () => Math.floor(Math.random() * vocabulary));

function train(step) {
  tf.tidy(() => {
    // A different length each time, so that blocks of many sizes are allocated and freed.
    const length = 1 + (step % time);
    const x = tf.tensor2d(randomIds(batch * length), [batch, length], 'int32');
    const labels = tf.tensor1d(randomIds(batch * length), 'int32');
    const { grads } = tf.variableGrads(() => {
      const { output } = lstmSequence({ x, kernel, recurrentKernel, bias, initialH: zero, initialC: zero });
      const logits = linear(tf.reshape(output, [batch * length, units]), weights, offset);
      return tf.mean(softmaxCrossEntropy(logits, labels));
    }, variables);
    const gradients = variables.map(({ name }) => grads[name]);
    const adam = { kind: 'adam', learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step };
    updateParameters({ ...adam, clip: { globalNorm: 5 } }, variables, gradients, slots);
  });
}

const facts = () => {
  const { memoryBytes, usedBytes } = unrolledBackendInfo();
  return { tensors: tf.memory().numTensors, memoryBytes, usedBytes };
};
let before;
const start = performance.now();
for (let step = 1; step <= steps; step++) {
  train(step);
  if (step === 100) before = facts();
}
const after = facts();
console.log(`${steps} steps, ${((performance.now() - start) / steps).toFixed(3)} ms a step`, before, after);
if (JSON.stringify(before) !== JSON.stringify(after)) process.exitCode = 1;
