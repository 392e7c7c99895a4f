/** tfjs-layers' recurrent classes that a fused op stands for, and what of their options it has. */
import { engine, getBackend, type Tensor2D, type Tensor3D, zeros } from '@tensorflow/tfjs-core';
import {
  type GateActivation,
  gruSequence,
  lstmSequence,
  type SequenceInputs,
  simpleRnnSequence,
} from '../index';
import type { RecurrentCell, RecurrentLayer } from './recurrent-layer';

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

interface FusedClass {
  /** What the op has for `activation`, by tfjs's names. */
  readonly activations: readonly string[];
  run(cell: RecurrentCell, sequence: Sequence, reverse: boolean): SequenceResult;
}

/** What the ops have for `recurrentActivation`, by tfjs's names. */
const GATE_ACTIVATIONS: ReadonlyMap<string, GateActivation> = new Map([
  ['sigmoid', 'sigmoid'],
  ['hardSigmoid', 'hard-sigmoid'],
]);

function gateActivationOf({ recurrentActivation }: RecurrentCell): GateActivation | undefined {
  return GATE_ACTIVATIONS.get(recurrentActivation!.getClassName());
}

const LSTM: FusedClass = {
  activations: ['tanh'],
  run(cell, sequence, reverse) {
    const inputs = { ...inputsOf(cell, sequence), initialC: sequence.initial[1]! };
    const { output, h, c } = lstmSequence(inputs, {
      lengths: sequence.lengths,
      reverse,
      recurrentActivation: gateActivationOf(cell),
    });
    return { output, states: [h, c] };
  },
};

/** tfjs-layers has the reset-before variant alone. */
const GRU: FusedClass = {
  activations: ['tanh'],
  run(cell, sequence, reverse) {
    const { output, h } = gruSequence(inputsOf(cell, sequence), {
      variant: 'reset-before',
      lengths: sequence.lengths,
      reverse,
      recurrentActivation: gateActivationOf(cell),
    });
    return { output, states: [h] };
  },
};

const SIMPLE_RNN: FusedClass = {
  activations: ['tanh', 'relu'],
  run(cell, sequence, reverse) {
    const { output, h } = simpleRnnSequence(inputsOf(cell, sequence), {
      activation: cell.activation.getClassName() as 'tanh' | 'relu',
      lengths: sequence.lengths,
      reverse,
    });
    return { output, states: [h] };
  },
};

const FUSED: ReadonlyMap<string, FusedClass> = new Map([
  ['LSTM', LSTM],
  ['GRU', GRU],
  ['SimpleRNN', SIMPLE_RNN],
]);

/** The layer's own variables, so that gradients flow to them. */
function inputsOf(
  { kernel, recurrentKernel, bias }: RecurrentCell,
  { x, initial }: Sequence,
): SequenceInputs {
  const weights = kernel.read() as Tensor2D;
  return {
    x,
    kernel: weights,
    recurrentKernel: recurrentKernel.read() as Tensor2D,
    bias: bias ? bias.read() : zeros([weights.shape[1]]),
    initialH: initial[0]!,
  };
}

/** What stands for tfjs's own class of that name; a class that extends one of them may do anything, and has nothing. */
export function fusedClassOf(layer: RecurrentLayer): FusedClass | undefined {
  const parent = Object.getPrototypeOf(Object.getPrototypeOf(layer)) as object;
  const extendsRnn = (parent.constructor as { className?: string }).className === 'RNN';
  return extendsRnn ? FUSED.get(layer.getClassName()) : undefined;
}

/** @returns what there is no fused kernel for in the layer as it is set, on the current backend; empty when it has one */
export function lackingOf(layer: RecurrentLayer, training: boolean): string[] {
  const found = fusedClassOf(layer);
  const name = layer.getClassName();
  if (!found) return [FUSED.has(name) ? `a class that extends ${name}` : `class ${name}`];
  const { activation, recurrentActivation, dropout, recurrentDropout } = layer.cell;
  const activationName = activation.getClassName();
  const recurrentName = recurrentActivation?.getClassName() ?? 'sigmoid';
  // Outside training, tfjs multiplies by ones.
  const settings: [missing: boolean, what: string][] = [
    [getBackend() !== 'unrolled', `backend '${getBackend()}'`],
    [!found.activations.includes(activationName), `activation '${activationName}'`],
    [!GATE_ACTIVATIONS.has(recurrentName), `recurrentActivation '${recurrentName}'`],
    [training && dropout > 0, 'dropout in training'],
    [training && recurrentDropout > 0, 'recurrentDropout in training'],
    [engine().state.gradientDepth > 1, 'gradients of gradients'],
  ];
  return settings.filter(([missing]) => missing).map(([, what]) => what);
}
