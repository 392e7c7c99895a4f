import { type ActivationData, hasFusedGates, type LayerType, type RecurrentLayerSizes } from './layer';

/**
 * Where the reset gate is applied: to the recurrent product (`reset-after`: Keras, PyTorch), or to the state
 * before the product (`reset-before`: Cho et al., TF1).
 */
export type GruVariant = 'reset-after' | 'reset-before';

/** Gated recurrent unit; equations in `packages/cells/src/gru.ts`. */
export interface GruLayer extends RecurrentLayerSizes {
  readonly type: 'gru';
  readonly variant: GruVariant;
  /** Activation of the candidate. */
  readonly activation: ActivationData;
  /** Activation of the gates. */
  readonly recurrentActivation: ActivationData;
}

/** The gates z, r, n, as in Keras and ONNX. */
export const GRU: LayerType<GruLayer> = {
  gates: ['update', 'reset', 'candidate'],
  op: 'gruSequence',
  outputSize: ({ units }) => units,
  parameters({ inputSize, units, variant }) {
    const columns = GRU.gates.length * units;
    return {
      kernel: [inputSize, columns],
      recurrentKernel: [units, columns],
      bias: [columns],
      ...(variant === 'reset-after' && { recurrentBias: [columns] }),
    };
  },
  states: ({ units }) => ({ h: units }),
  lacking: ({ activation, recurrentActivation }) =>
    hasFusedGates(activation, recurrentActivation) ? [] : ['other activations'],
};
