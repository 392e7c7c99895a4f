/** tfjs-layers' recurrent classes with a fused op, and their supported options. */
import { engine, getBackend, type Tensor, type Tensor2D, type Tensor3D, zeros } from '@tensorflow/tfjs-core';
import {
  type ActivationName,
  layerType,
  type RecurrentLayer,
  recurrentSequence,
  tellFallback,
} from '../index';
import type { RnnCell, RnnLayer } from './rnn-layer';

/** A call's tensors as the fused ops take them. B rows, T steps, I inputs, H units. */
export interface Sequence {
  /** float32 [B,T,I] */
  readonly x: Tensor3D;
  /** [B,H] each: h and, of an LSTM, c. */
  readonly initial: readonly Tensor2D[];
  /** Valid steps of each row, when there is a mask. */
  readonly lengths: readonly number[] | undefined;
}

/** Outputs [B,T,H] in the order of x, and the states [B,H] after each row's last valid step. */
export interface SequenceResult {
  readonly output: Tensor3D;
  readonly states: readonly [Tensor2D, ...Tensor2D[]];
}

const PLAIN = { inputSize: 1, units: 1, activation: 'tanh' } as const;

/**
 * A layer of each class as tfjs-layers makes it by default, but for its sizes. It has the reset-before
 * variant of the GRU alone.
 */
const DEFAULTS: Readonly<Record<string, RecurrentLayer>> = {
  LSTM: { type: 'lstm', ...PLAIN, recurrentActivation: 'sigmoid' },
  GRU: { type: 'gru', variant: 'reset-before', ...PLAIN, recurrentActivation: 'sigmoid' },
  SimpleRNN: { type: 'simpleRnn', ...PLAIN },
};

/**
 * Whether the layer is of one of tfjs's own classes that have a fused op; a class that extends one of them
 * may do anything.
 */
export function isFusedClass(layer: RnnLayer): boolean {
  const parent = Object.getPrototypeOf(Object.getPrototypeOf(layer)) as object;
  const extendsRnn = (parent.constructor as { className?: string }).className === 'RNN';
  return extendsRnn && layer.getClassName() in DEFAULTS;
}

/** The activations by tfjs's names, which are ours for those that the ops have. */
function activationsOf({ activation, recurrentActivation }: RnnCell) {
  return {
    activation: activation.getClassName() as ActivationName,
    ...(recurrentActivation && { recurrentActivation: recurrentActivation.getClassName() as ActivationName }),
  };
}

/**
 * A whole sequence through a layer of a fused class, with the layer's own variables, so gradients flow to
 * them.
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

/**
 * @returns what there is no fused kernel for in the layer as it is set, on the current backend; empty when it
 *   has one
 */
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
  // Outside training, tfjs multiplies by ones.
  const settings: [missing: boolean, what: string][] = [
    [getBackend() !== 'unrolled', `backend '${getBackend()}'`],
    ...activations,
    [training && dropout > 0, 'dropout in training'],
    [training && recurrentDropout > 0, 'recurrentDropout in training'],
    [engine().state.gradientDepth > 1, 'gradients of gradients'],
  ];
  return settings.filter(([missing]) => missing).map(([, what]) => what);
}

/** Tells that a layer runs tfjs's own way, and why. */
export function tellLacking({ name }: RnnLayer, lacking: readonly string[]): void {
  const reasons = lacking.join(', nor for ');
  const message = `[unrolled/kernels] ${name}: no fused kernel for ${reasons}; running tfjs's own way, which is slower`;
  tellFallback({ caller: name, passedOver: 'the fused kernel', reasons: lacking, message });
}
