/**
 * The trial of each fused op before its first use in a process. It runs a small case with the kernels and
 * with tfjs's own ops, and compares outputs and gradients. An untested version of TensorFlow may therefore be
 * slow, but not wrong.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { NativeOp, SequenceOp } from '../kernel-names';
import { layerType, type RecurrentLayer, recurrentTypes } from '../layers/layer-types';
import { embeddingLookup } from '../ops/embedding-lookup';
import { linear } from '../ops/linear';
import { recurrentSequence, type SequenceOptions } from '../ops/recurrent-sequence';
import { softmaxCrossEntropy } from '../ops/softmax-cross-entropy';
import { updateParameters } from '../ops/update-parameters';
import { type ParameterUpdate, slotCount } from '../ops/update-rules';
import { composedCrossEntropy, composedSequence } from './composed';
import { tensorFlowType } from './layer-kinds';

/**
 * Largest difference relative to the largest value. A GPU may compute products with ten bits of mantissa
 * (TF32).
 */
const TOLERANCE = { cpu: 1e-4, gpu: 2e-2 };

type Tensors = Record<string, tf.Tensor>;
/** The values of a tensor. */
type Values = Record<string, Float32Array>;
type Run = (inputs: Tensors) => tf.Tensor[];

interface Case {
  inputs: Tensors;
  /** Tensors without a gradient: ids. */
  constants?: Tensors;
  fused: Run;
  composed: Run;
}

/** Irregular numbers, so that a wrong order of gates or rows changes the result. */
function numbers(shape: number[], seed: number): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed)),
    shape,
  );
}

const [BATCH, TIME, INPUT, UNITS] = [3, 3, 5, 3];

function sequenceCase(layer: RecurrentLayer, options: SequenceOptions, takesIds = false): Case {
  const { parameters, states } = layerType(layer);
  const x = takesIds
    ? tf.tensor2d([0, 4, 2, 2, 1, 3, 0, 4, 3], [BATCH, TIME], 'int32')
    : numbers([BATCH, TIME, INPUT], 1);
  const shapes = [
    ...Object.entries(parameters(layer)),
    ...Object.entries(states(layer)).map(([name, width]) => [name, [BATCH, width]] as const),
  ];
  const inputs = Object.fromEntries(shapes.map(([name, shape], n) => [name, numbers([...shape], 2 + n)]));
  const stateNames = Object.keys(states(layer));
  const run: Run = (tensors) => {
    const state = Object.fromEntries(stateNames.map((name) => [name, tensors[name]!]));
    const result = recurrentSequence(tensors.x!, { layer, params: tensors, state }, options);
    return [result.output, ...Object.values(result.state)];
  };
  return {
    inputs: takesIds ? inputs : { ...inputs, x },
    constants: takesIds ? { x } : {},
    fused: run,
    composed: (tensors) => composedSequence(tensorFlowType(layer).step(layer), tensors, options),
  };
}

/** Each variant of a layer with lengths and in reverse, and the first variant also with ids. */
function sequenceCases(type: RecurrentLayer['type']): Case[] {
  const layers = tensorFlowType<RecurrentLayer>({ type }).trialLayers({ inputSize: INPUT, units: UNITS });
  return [
    ...layers.map((layer) => sequenceCase(layer, { lengths: [3, 1, 2], reverse: true })),
    sequenceCase(layers[0], {}, true),
  ];
}

const CASES: Record<Exclude<NativeOp, SequenceOp | 'updateParameters'>, () => Case[]> = {
  embeddingLookup: () => [
    {
      inputs: { table: numbers([INPUT, UNITS], 1) },
      constants: { ids: tf.tensor2d([0, 4, 4, 1], [2, 2], 'int32') },
      fused: ({ table, ids }) => [embeddingLookup(table as tf.Tensor2D, ids!)],
      composed: ({ table, ids }) => [tf.gather(table!, ids as tf.Tensor2D)],
    },
  ],
  softmaxCrossEntropy: () => [
    {
      inputs: { logits: numbers([BATCH, INPUT], 1) },
      constants: { ids: tf.tensor1d([0, 4, 2], 'int32') },
      fused: ({ logits, ids }) => [softmaxCrossEntropy(logits as tf.Tensor2D, ids as tf.Tensor1D)],
      composed: ({ logits, ids }) => [composedCrossEntropy(logits as tf.Tensor2D, ids as tf.Tensor1D)],
    },
  ],
  linear: () => [
    {
      inputs: {
        x: numbers([BATCH, INPUT], 1),
        kernel: numbers([INPUT, UNITS], 2),
        bias: numbers([UNITS], 3),
      },
      fused: ({ x, kernel, bias }) => [linear(x!, kernel as tf.Tensor2D, bias)],
      composed: ({ x, kernel, bias }) => [tf.add(tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D), bias!)],
    },
  ],
};

/** Outputs, computed with and without a gradient, and the gradients of a weighted sum of them, by name. */
function outputsAndGradients(run: Run, { inputs, constants }: Case): Values {
  const names = Object.keys(inputs);
  const results: Values = {};
  run({ ...constants, ...inputs }).forEach((output, n) => {
    results[`output ${n} without a gradient`] = output.dataSync<'float32'>();
  });
  const { grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
    const all: Tensors = { ...constants };
    names.forEach((name, n) => {
      all[name] = tensors[n]!;
    });
    const terms = run(all).map((output, n) => {
      results[`output ${n}`] = output.dataSync<'float32'>();
      return tf.sum(tf.mul(output, numbers(output.shape, 8 + n)));
    });
    return tf.addN(terms) as tf.Scalar;
  })(Object.values(inputs));
  names.forEach((name, n) => {
    results[`the gradient of ${name}`] = grads[n]!.dataSync<'float32'>();
  });
  return results;
}

/** The description of the largest difference, if it exceeds the tolerance. */
function difference(actual: Values, expected: Values, tolerance: number): string | undefined {
  for (const [name, b] of Object.entries(expected)) {
    const a = actual[name]!;
    const size = b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-3);
    const off = b.reduce((largest, value, i) => Math.max(largest, Math.abs(value - a[i]!)), 0) / size;
    if (!(off < tolerance)) return `the relative difference of ${name} from tfjs's is ${off.toPrecision(2)}`;
  }
  return undefined;
}

function tryCase(one: Case, tolerance: number): string | undefined {
  return difference(outputsAndGradients(one.fused, one), outputsAndGradients(one.composed, one), tolerance);
}

const UPDATES: ParameterUpdate[] = [
  { kind: 'adam', learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 0.01, step: 1, weightDecay: 0.5 },
  { kind: 'rmsprop', learningRate: 0.1, decay: 0.9, epsilon: 0.01 },
  { kind: 'rmsprop', learningRate: 0.1, decay: 0.9, epsilon: 0.01, momentum: 0.5 },
  { kind: 'sgd', learningRate: 0.1 },
  { kind: 'sgd', learningRate: 0.1, momentum: 0.5 },
];

/** The first step of each update rule, from slots of 0, in closed form. */
function firstStep(options: ParameterUpdate, p: number, g: number): number {
  const { learningRate, kind } = options;
  if (kind === 'sgd') return p - learningRate * g;
  if (kind === 'rmsprop')
    return p - (learningRate * g) / Math.sqrt((1 - options.decay) * g * g + options.epsilon);
  const { beta1, beta2, epsilon, weightDecay = 0 } = options;
  const rate = (learningRate * Math.sqrt(1 - beta2)) / (1 - beta1);
  return (
    p * (1 - learningRate * weightDecay) -
    (rate * (1 - beta1) * g) / (Math.sqrt(1 - beta2) * Math.abs(g) + epsilon)
  );
}

function tryUpdate(options: ParameterUpdate, tolerance: number): string | undefined {
  const [p, g] = [numbers([2, 3], 1), numbers([2, 3], 2)];
  const parameter = tf.variable(p);
  const slots = Array.from({ length: slotCount(options) }, () => [tf.variable(tf.zeros([2, 3]))]);
  updateParameters(options, [parameter], [g], slots);
  const gradients = g.dataSync();
  const expected = p.dataSync<'float32'>().map((value, i) => firstStep(options, value, gradients[i]!));
  const actual = parameter.dataSync<'float32'>();
  const found = difference({ [options.kind]: actual }, { [options.kind]: expected }, tolerance);
  tf.dispose([parameter, ...slots.flat()]);
  return found;
}

function problemsOf(op: NativeOp, tolerance: number): (string | undefined)[] {
  if (op === 'updateParameters') return UPDATES.map((options) => tryUpdate(options, tolerance));
  const type = recurrentTypes().find((one) => layerType({ type: one }).op === op);
  const cases = type ? sequenceCases(type) : CASES[op as keyof typeof CASES]();
  return cases.map((one) => tryCase(one, tolerance));
}

/**
 * Compares an op's kernels on the current backend with tfjs's ops.
 *
 * @returns undefined, or one line with the reason why the kernels must not be used
 */
export function trial(op: NativeOp, usesGpu: boolean): string | undefined {
  const tolerance = usesGpu ? TOLERANCE.gpu : TOLERANCE.cpu;
  try {
    return tf.tidy(() => problemsOf(op, tolerance).find((problem) => problem !== undefined) as never);
  } catch (error) {
    return reasonOf(error);
  }
}

/** TensorFlow's message in one line, without the stack trace that may follow. */
export function reasonOf(error: unknown): string {
  return (error as Error).message.replace(/\s+/g, ' ').slice(0, 300);
}
