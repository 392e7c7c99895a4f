/** The TensorFlow engine's implementation of each recurrent layer type. A new type needs one entry here. */
import type { RecurrentLayer } from '../layers/layer-types';
import { gruStep, lstmStep, type StepFunction, simpleRnnStep } from './composed';
import { gruBackward, gruForward } from './gru';
import { lstmBackward, lstmForward, lstmInputGradient } from './lstm';
import type { Id } from './native-ops';
import type { Sequence } from './sequence';
import { simpleRnnBackward, simpleRnnForward } from './simple-rnn';
import type { CudnnMode } from './weight-layout';

/** The implementations by matrix products and elementwise ops and by cuDNN, and the reference for both. */
interface TensorFlowType<L extends RecurrentLayer> {
  /** Returns output, the states and, if kept, the reserve. */
  forward(sequence: Sequence<L>): Id[];
  /** Returns the gradients of parameters and initial states, in order, and dGates. */
  backward(sequence: Sequence<L>): Id[];
  /** dx from dGates. */
  inputGradient(sequence: Sequence<L>): Id;
  /** cuDNN's name of the layer; undefined if cuDNN does not support it. */
  cudnnMode(layer: L): CudnnMode | undefined;
  /** One step, by tfjs's own ops. */
  step(layer: L): StepFunction;
  /** The layers with which the kernels are tested on first use. */
  trialLayers(sizes: { inputSize: number; units: number }): [L, ...L[]];
}

const plainInputGradient = (sequence: Sequence) => sequence.inputGradient(sequence.id('kernel'));

const SIGMOID = { activation: 'tanh', recurrentActivation: 'sigmoid' } as const;
const HARD = { activation: 'tanh', recurrentActivation: 'hardSigmoid' } as const;

const TYPES: {
  readonly [T in RecurrentLayer['type']]: TensorFlowType<Extract<RecurrentLayer, { type: T }>>;
} = {
  lstm: {
    forward: lstmForward,
    backward: lstmBackward,
    inputGradient: lstmInputGradient,
    cudnnMode: ({ recurrentActivation }) => (recurrentActivation === 'sigmoid' ? 'lstm' : undefined),
    step: lstmStep,
    trialLayers: (sizes) => [
      { type: 'lstm', ...sizes, ...SIGMOID },
      { type: 'lstm', ...sizes, ...HARD },
    ],
  },
  gru: {
    forward: gruForward,
    backward: gruBackward,
    inputGradient: plainInputGradient,
    cudnnMode: ({ recurrentActivation, variant }) =>
      recurrentActivation === 'sigmoid' && variant === 'reset-after' ? 'gru' : undefined,
    step: gruStep,
    trialLayers: (sizes) => [
      { type: 'gru', variant: 'reset-after', ...sizes, ...SIGMOID },
      { type: 'gru', variant: 'reset-before', ...sizes, ...SIGMOID },
      { type: 'gru', variant: 'reset-after', ...sizes, ...HARD },
      { type: 'gru', variant: 'reset-before', ...sizes, ...HARD },
    ],
  },
  simpleRnn: {
    forward: simpleRnnForward,
    backward: simpleRnnBackward,
    inputGradient: plainInputGradient,
    cudnnMode: ({ activation }) => (activation === 'relu' ? 'rnn_relu' : 'rnn_tanh'),
    step: simpleRnnStep,
    trialLayers: (sizes) => [
      { type: 'simpleRnn', ...sizes, activation: 'tanh' },
      { type: 'simpleRnn', ...sizes, activation: 'relu' },
    ],
  },
};

/** The engine's implementation of the layer's type. */
export function tensorFlowType<L extends RecurrentLayer>({ type }: Pick<L, 'type'>): TensorFlowType<L> {
  return TYPES[type] as unknown as TensorFlowType<L>;
}
