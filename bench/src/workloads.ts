import { type LayerData, layerType } from '@unrolled/kernels';
import { TASKS, type TaskWorkload } from './tasks';

/**
 * The measured models, and the number of arithmetic operations that each needs on any engine.
 *
 * | symbol | meaning |
 * |---|---|
 * | B, T | rows and time steps of a batch |
 * | I, H, O | inputs, units of each recurrent layer, outputs of the dense layer on top |
 */
interface Model {
  /**
   * The GRU is reset-after, PyTorch's variant. The minGRU is the one in log space, with a positive candidate.
   * `ownMinGru` is the same, as a user would write it with the public linear recurrence.
   */
  readonly cell: 'lstm' | 'gru' | 'minGru' | 'ownMinGru';
  /** The number of stacked recurrent layers. */
  readonly layers: number;
  /** H */
  readonly units: number;
  /** I. For ids it is the size of the vocabulary. */
  readonly inputSize: number;
  /** O */
  readonly outputSize: number;
  /** `ids` [B, T] mean one-hot vectors; `vectors` are [B, T, I]. */
  readonly inputKind: 'ids' | 'vectors';
}

/** One step is forward, loss, backward, Adam's update, and reading the loss. */
export interface TrainingWorkload extends Model {
  readonly kind: 'training';
  readonly name: string;
  /** B */
  readonly batchSize: number;
  /** T */
  readonly timeSteps: number;
  /**
   * Dense outputs at every step with the mean cross entropy, or at the last one with the sum of squared
   * errors.
   */
  readonly output: 'every step' | 'last step';
}

/** One step reads a character, computes softmax at temperature 1, and draws the next character. */
export interface SamplingWorkload extends Model {
  readonly kind: 'sampling';
  readonly name: string;
}

/** A workload that is a stack of layers. */
export type LayersWorkload = TrainingWorkload | SamplingWorkload;
export type Workload = LayersWorkload | TaskWorkload;

/**
 * The ratio of PyTorch's time to ours, with native kernels on AVX-512: the one that the project promises, and
 * its goal.
 */
export interface Aim {
  readonly reach: number;
  readonly beyond: number;
}

/** Every engine uses Adam with β₁ 0.9, β₂ 0.999, and ε 1e-8 or its default. */
export const LEARNING_RATE = 1e-3;

const CHARACTERS = 65;
const characters = { inputSize: CHARACTERS, outputSize: CHARACTERS, inputKind: 'ids' } as const;
const everyStep = { kind: 'training', output: 'every step' } as const;

export const WORKLOADS = [
  {
    ...everyStep,
    name: 'hihello',
    cell: 'lstm',
    layers: 1,
    units: 5,
    inputSize: 5,
    outputSize: 5,
    inputKind: 'ids',
    batchSize: 1,
    timeSteps: 6,
  },
  {
    ...everyStep,
    name: 'sentence',
    cell: 'lstm',
    layers: 2,
    units: 25,
    inputSize: 25,
    outputSize: 25,
    inputKind: 'ids',
    batchSize: 170,
    timeSteps: 10,
  },
  {
    kind: 'training',
    output: 'last step',
    name: 'stock',
    cell: 'lstm',
    layers: 1,
    units: 10,
    inputSize: 5,
    outputSize: 1,
    inputKind: 'vectors',
    batchSize: 507,
    timeSteps: 7,
  },
  {
    ...everyStep,
    ...characters,
    name: 'char-128',
    cell: 'lstm',
    layers: 2,
    units: 128,
    batchSize: 50,
    timeSteps: 50,
  },
  {
    ...everyStep,
    ...characters,
    name: 'char-512',
    cell: 'lstm',
    layers: 3,
    units: 512,
    batchSize: 50,
    timeSteps: 50,
  },
  {
    ...everyStep,
    ...characters,
    name: 'GRU-128',
    cell: 'gru',
    layers: 2,
    units: 128,
    batchSize: 50,
    timeSteps: 50,
  },
  {
    ...everyStep,
    ...characters,
    name: 'minGRU-128',
    cell: 'minGru',
    layers: 2,
    units: 128,
    batchSize: 50,
    timeSteps: 50,
  },
  {
    ...everyStep,
    ...characters,
    name: 'own-minGRU-128',
    cell: 'ownMinGru',
    layers: 2,
    units: 128,
    batchSize: 50,
    timeSteps: 50,
  },
  { kind: 'sampling', ...characters, name: 'sample-128', cell: 'lstm', layers: 2, units: 128 },
  { kind: 'sampling', ...characters, name: 'sample-512', cell: 'lstm', layers: 3, units: 512 },
  { ...TASKS.attention, name: 'attention' },
  { ...TASKS.fed, name: 'attention-fed' },
  { ...TASKS.beams, name: 'beam-256' },
  { ...TASKS.beam, name: 'beam-1' },
  { ...TASKS.convolution, name: 'conv2d' },
  { ...TASKS.recogniser, name: 'recogniser' },
  { ...TASKS.ctc, name: 'ctc' },
] as const satisfies readonly Workload[];

export type WorkloadName = (typeof WORKLOADS)[number]['name'];

export const AIMS: Readonly<Record<WorkloadName, Aim>> = {
  hihello: { reach: 15, beyond: 40 },
  sentence: { reach: 3, beyond: 4 },
  stock: { reach: 4, beyond: 6 },
  'char-128': { reach: 1.5, beyond: 1.7 },
  'char-512': { reach: 1.05, beyond: 1.2 },
  'GRU-128': { reach: 4, beyond: 5.5 },
  'minGRU-128': { reach: 1.2, beyond: 2 },
  'own-minGRU-128': { reach: 0.9, beyond: 1.5 },
  'sample-128': { reach: 11, beyond: 14 },
  'sample-512': { reach: 10, beyond: 12 },
  attention: { reach: 1.1, beyond: 1.4 },
  'attention-fed': { reach: 1.7, beyond: 2.2 },
  'beam-256': { reach: 1.5, beyond: 2 },
  'beam-1': { reach: 5, beyond: 8 },
  conv2d: { reach: 0.8, beyond: 1 },
  recogniser: { reach: 1.2, beyond: 1.5 },
  ctc: { reach: 5, beyond: 10 },
};

/** The layers as data, from the input to the output. */
export function layersOf({ cell, layers, units, inputSize, outputSize }: Model): LayerData[] {
  const recurrent = Array.from({ length: layers }, (_, layer): LayerData => {
    return { ...KINDS[cell], inputSize: layer === 0 ? inputSize : units, units };
  });
  const head = {
    type: 'linear',
    inputSize: units,
    units: outputSize,
    activation: 'linear',
    useBias: true,
  } as const;
  return [...recurrent, head];
}

const GATED = { activation: 'tanh', recurrentActivation: 'sigmoid' } as const;
const MINIMAL = { type: 'minGru', activation: 'positive', useBias: true } as const;
const KINDS = {
  lstm: { type: 'lstm', ...GATED },
  gru: { type: 'gru', variant: 'reset-after', ...GATED },
  minGru: MINIMAL,
  ownMinGru: MINIMAL,
} as const;

/** The number of trained parameters. */
export function parameterCount(model: Model): number {
  const shapes = layersOf(model).flatMap((layer) => Object.values(layerType(layer).parameters(layer)));
  return shapes.reduce((count, shape) => count + shape.reduce((a, b) => a * b, 1), 0);
}

/**
 * Floating-point operations of a step's matrix products: a lower bound of the step's operations. A
 * multiply-add counts as two. The forward pass, the gradient of the weights and that of the inputs are one
 * product each. The first layer needs no gradient of its inputs, and no product if those are one-hot.
 */
export function flopsPerStep(workload: Workload): number {
  if (workload.kind === 'task') return workload.flops;
  const { layers, units, inputSize, inputKind, outputSize } = workload;
  const training = workload.kind === 'training';
  const tokens = training ? workload.batchSize * workload.timeSteps : 1;
  const headRows = training && workload.output === 'last step' ? workload.batchSize : tokens;
  const [layer] = layersOf(workload) as [LayerData];
  const gates = layerType(layer).gates.length * units;
  const hasRecurrentKernel = 'recurrentKernel' in layerType(layer).parameters(layer);
  const products = training ? 3 : 1;
  let flops = headRows * 2 * units * outputSize * products;
  for (let n = 0; n < layers; n++) {
    if (hasRecurrentKernel) flops += tokens * 2 * gates * units * products;
    if (n > 0) flops += tokens * 2 * gates * units * products;
    else if (inputKind === 'vectors') flops += tokens * 2 * gates * inputSize * (training ? 2 : 1);
  }
  return flops;
}
