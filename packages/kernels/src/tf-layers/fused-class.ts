/** tfjs-layers' recurrent classes with a fused op, and the options that the op supports. */
import { engine, getBackend, type Tensor, type Tensor2D, type Tensor3D, zeros } from '@tensorflow/tfjs-core';
import {
  type ActivationName,
  layerType,
  type RecurrentLayer,
  recurrentSequence,
  tellFallback,
} from '../index';
import type { RnnCell, RnnLayer } from './rnn-layer';

/** A call's tensors in the fused ops' form. B rows, T steps, I inputs, H units. */
export interface Sequence {
  /** float32 [B,T,I] */
  readonly x: Tensor3D;
  /** [B,H] each: h and, for an LSTM, c. */
  readonly initial: readonly Tensor2D[];
  /** Number of valid steps of each row, if there is a mask. */
  readonly lengths: readonly number[] | undefined;
}

/** Outputs [B,T,H] in the order of x, and the states [B,H] after each row's last valid step. */
export interface SequenceResult {
  readonly output: Tensor3D;
  readonly states: readonly [Tensor2D, ...Tensor2D[]];
}

const PLAIN = { inputSize: 1, units: 1, activation: 'tanh' } as const;

/**
 * A layer of each class with tfjs-layers' default options and without sizes. tfjs-layers has only the
 * reset-before variant of the GRU.
 */
const DEFAULTS: Readonly<Record<string, RecurrentLayer>> = {
  LSTM: { type: 'lstm', ...PLAIN, recurrentActivation: 'sigmoid' },
  GRU: { type: 'gru', variant: 'reset-before', ...PLAIN, recurrentActivation: 'sigmoid' },
  SimpleRNN: { type: 'simpleRnn', ...PLAIN },
};

/** Whether the layer's class is one of tfjs's own with a fused op. A subclass may behave differently. */
export function isFusedClass(layer: RnnLayer): boolean {
  const parent = Object.getPrototypeOf(Object.getPrototypeOf(layer)) as object;
  const extendsRnn = (parent.constructor as { className?: string }).className === 'RNN';
  return extendsRnn && layer.getClassName() in DEFAULTS;
}

/** The activations by tfjs's names. For the activations that the ops support, these are our names too. */
function activationsOf({ activation, recurrentActivation }: RnnCell) {
  return {
    activation: activation.getClassName() as ActivationName,
    ...(recurrentActivation && { recurrentActivation: recurrentActivation.getClassName() as ActivationName }),
  };
}

/**
 * Runs a whole sequence through a layer of a fused class. It uses the layer's own variables, so gradients
 * flow to them.
 */
export function runFused(layer: RnnLayer, { x, initial, lengths }: Sequence): SequenceResult {
  const { cell, goBackwards } = layer;
  const data: RecurrentLayer = {
    ...DEFAULTS[layer.getClassName()]!,
    ...activationsOf(cell),
    inputSize: x.shape[2],
    units: initial[0]!.shape[1],
  };
  const { parameters, states } = layerType(data);
  const params: Record<string, Tensor> = {
    kernel: cell.kernel.read(),
    recurrentKernel: cell.recurrentKernel.read(),
    bias: cell.bias ? cell.bias.read() : zeros([...parameters(data).bias!]),
  };
  const state = Object.fromEntries(Object.keys(states(data)).map((name, n) => [name, initial[n]!]));
  const result = recurrentSequence(x, { layer: data, params, state }, { lengths, reverse: goBackwards });
  return { output: result.output, states: Object.values(result.state) as [Tensor2D, ...Tensor2D[]] };
}

/** @returns the layer's features without a fused kernel on the current backend; empty if all are supported */
export function lackingOf(layer: RnnLayer, training: boolean): string[] {
  const name = layer.getClassName();
  if (!isFusedClass(layer)) return [name in DEFAULTS ? `a class that extends ${name}` : `class ${name}`];
  const { dropout, recurrentDropout } = layer.cell;
  const plain = DEFAULTS[name]!;
  const lacks = (option: object) => layerType(plain).lacking({ ...plain, ...option }).length > 0;
  const activations = Object.entries(activationsOf(layer.cell)).map(([option, value]): [boolean, string] => [
    lacks({ [option]: value }),
    `${option} '${value}'`,
  ]);
  // Outside training, tfjs multiplies by ones, so dropout has no effect.
  const settings: [missing: boolean, what: string][] = [
    [getBackend() !== 'unrolled', `backend '${getBackend()}'`],
    ...activations,
    [training && dropout > 0, 'dropout in training'],
    [training && recurrentDropout > 0, 'recurrentDropout in training'],
    [engine().state.gradientDepth > 1, 'gradients of gradients'],
  ];
  return settings.filter(([missing]) => missing).map(([, what]) => what);
}

/** Reports that a layer runs on tfjs's own code, and why. */
export function tellLacking({ name }: RnnLayer, lacking: readonly string[]): void {
  const reasons = lacking.join(', nor for ');
  const message = `[unrolled/kernels] ${name}: no fused kernel for ${reasons}; tfjs's own code runs instead, which is slower`;
  tellFallback({ caller: name, passedOver: 'the fused kernel', reasons: lacking, message });
}
